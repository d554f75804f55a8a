package reading

import (
	"fmt"
	"io"
	"slices"
)

// A Sink takes what a reader finds, in the order of the source. Its methods return an
// error when reading is to stop, which a reader passes on as it is.
type Sink struct {
	// Add takes one statement.
	Add func(Statement) error
	// Open reads a file that stands inside the source; nil refuses it.
	Open func(out *Sink, name string, r io.Reader) error
	// Triage, if set, takes each report of the public; nothing of it is then stated.
	Triage func(PublicReport) error
	// Reports folds the repetitions of reports.
	Reports *Reports

	about   *About   // of what says nothing of its own
	context []string // of what stands inside a record
	prefix  string   // of the records of a nested file
	folder  string   // archives inside of the source, down to the one being read
	format  string   // of the nested file
}

// Inside returns a sink for a file that stands inside the source: its records are
// named with the file's own name in front.
func (s *Sink) Inside(name, format string) *Sink {
	inner := *s
	inner.prefix, inner.folder, inner.format = s.prefix+Printable(s.folder+name)+": ", "", format
	return &inner
}

// With returns a sink for what stands inside a record: values that say nothing of
// their own are stated as what the record says.
func (s *Sink) With(a *About) *Sink {
	inner := *s
	inner.about = a
	return &inner
}

// Saying returns a sink for what stands inside a record of which the source says
// something.
func (s *Sink) Saying(context ...string) *Sink {
	inner := *s
	inner.context = append(slices.Clone(s.context), context...)
	return &inner
}

// Within returns a sink for an archive that stands inside the source: the names of its
// files begin with its own.
func (s *Sink) Within(name string) *Sink {
	inner := *s
	inner.folder = s.folder + name + "/"
	return &inner
}

func (s *Sink) add(what Remark, st Statement) error {
	st.What = what
	if s.prefix != "" {
		st.Record = s.prefix + st.Record
	}
	st.Format = s.format
	if st.About == nil {
		st.About = s.about
	}
	if len(s.context) > 0 {
		st.Context = append(slices.Clone(s.context), st.Context...)
	}
	return s.Add(st)
}

// Value states a value, or a text to search.
func (s *Sink) Value(st Statement) error {
	if st.Value == "" {
		return nil
	}
	return s.add(IsValue, st)
}

// Say states what was held back, whatever it is.
func (s *Sink) Say(st Statement) error {
	if st.What == IsValue {
		return s.Value(st)
	}
	return s.add(st.What, st)
}

// Problem tells of a record, or of a part of one, that is not taken. The error holds
// no value.
func (s *Sink) Problem(record string, why error) error {
	return s.add(IsProblem, Statement{Record: record, Err: why})
}

// Problems tells of those that are not nil.
func (s *Sink) Problems(record string, all ...error) error {
	for _, why := range all {
		if why != nil {
			if err := s.Problem(record, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// Refused tells of a file inside the source that is not read.
func (s *Sink) Refused(name string, why error) error {
	return s.add(IsRefused, Statement{Record: Printable(s.folder + name), Err: why})
}

// Record marks the end of a record.
func (s *Sink) Record() error { return s.add(IsRecord, Statement{}) }

// Broken tells of a record that cannot be read at all.
func (s *Sink) Broken(record string, why error) error {
	if err := s.Problem(record, why); err != nil {
		return err
	}
	return s.Record()
}

// Ignored marks the end of a record that holds nothing to match on.
func (s *Sink) Ignored() error { return s.add(IsIgnored, Statement{}) }

// Note makes a remark on the whole source.
func (s *Sink) Note(text string) error {
	return s.add(IsNote, Statement{Text: s.prefix + text})
}

// Foreign notes how many records were not UTF-8.
func (s *Sink) Foreign(n int) error {
	if n == 0 {
		return nil
	}
	return s.Note(fmt.Sprintf("%d rows are not UTF-8 and were read as Windows-1252", n))
}

// Nested reads a file that stands inside the source as what it is: its format is
// recognised, and its records are named with its name in front.
func (s *Sink) Nested(name string, r io.Reader) error { return s.Open(s, name, r) }

// Path returns the name of a nested file with the archives around it, fit to show.
func (s *Sink) Path(name string) string { return Printable(s.folder + name) }
