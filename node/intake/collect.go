package intake

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

var errNational = errors.New("phone: a national number in the text, and nothing says of which country")

// A collector folds chunks into the report and hands on what was found.
// It is owned by one goroutine.
type collector struct {
	report   *Report
	limits   Limits
	yield    func([]Found) error
	meter    *meter
	progress func(bytes int64, records int)

	bad   bool    // the record being read has a problem
	found []Found // of a chunk; used again for the next
}

func (c *collector) collect(ch *chunk) error {
	found := c.found[:0]
	for i := range ch.statements {
		s := &ch.statements[i]
		switch s.What {
		case reading.IsValue:
			all := c.value(s, ch.outcomes[i])
			for j := range all {
				all[j].Provenance.Format = cmp.Or(s.Format, c.report.Format)
			}
			found = append(found, all...)
		case reading.IsProblem:
			c.problem(s.Record, s.Err)
		case reading.IsRecord, reading.IsIgnored:
			c.report.Records++
			if !c.bad {
				c.report.Good++
			}
			if s.What == reading.IsIgnored {
				c.report.Ignored++
			}
			c.bad = false
		case reading.IsRefused:
			c.refused(s.Record, s.Err)
		case reading.IsNote:
			c.report.note(s.Text)
		}
	}
	c.found = found
	if len(found) > 0 {
		if err := c.yield(found); err != nil {
			return err
		}
	}
	if c.progress != nil {
		c.progress(c.meter.progress(), c.report.Records)
	}
	return nil
}

// value counts what became of one value or text.
func (c *collector) value(s *reading.Statement, done outcome) []Found {
	if done.err != nil {
		if !s.Prose {
			c.report.count(s.Kind).Refused++
			switch {
			case errors.Is(done.err, identify.ErrRegionNeeded):
				c.report.lacks("region", 1)
			case errors.Is(done.err, identify.ErrPlatformNeeded):
				c.report.lacks("platform", 1)
			}
		}
		c.problem(s.Record, ofKind(s.Kind, done.err))
	}
	if done.national > 0 {
		c.report.count(casework.Phone).Refused += done.national
		c.report.lacks("region", done.national)
		c.problem(s.Record, errNational)
	}
	for i := range done.found {
		f := &done.found[i]
		count := c.report.count(f.Identifier.Kind())
		if f.WhyNot == "" {
			count.New++
			if len(f.Keys) > 0 {
				c.report.Second++
			}
			continue
		}
		count.NeedsPerson++
		c.report.because(f.WhyNot, 1)
		if t := f.Provenance.Terms; f.WhyNot == casework.UnderTerms && t.From != "" {
			c.report.disclosedBy(t.From)
		}
	}
	return done.found
}

// problem keeps what is wrong with the record that is being read.
func (c *collector) problem(record string, why error) {
	c.bad = true
	c.refused(record, why)
}

// refused keeps what was not read beside the records.
func (c *collector) refused(record string, why error) {
	c.report.Faults++
	if len(c.report.Problems) < c.limits.Problems {
		c.report.Problems = append(c.report.Problems, Problem{Record: record, Reason: why.Error()})
	}
}

// finish counts a last record that was cut off.
func (c *collector) finish() {
	if c.bad {
		c.report.Records++
		c.bad = false
	}
}

// ofKind says which kind of value an error is about.
func ofKind(k casework.Kind, err error) error {
	if k == "" {
		return err
	}
	return fmt.Errorf("%s: %w", k, err)
}
