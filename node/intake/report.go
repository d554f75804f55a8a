package intake

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Count says what became of the values of one kind. Each value that was read
// is in exactly one of New, Known, NeedsPerson and Refused; all that may match is
// New until the store has been asked.
type Count struct {
	New         int `json:"new"`
	Known       int `json:"known"`
	NeedsPerson int `json:"needs_person"` // stored, and shown to a person before it may match
	Refused     int `json:"refused"`
}

// A Report tells a person what was made of a source.
type Report struct {
	Source  string                   `json:"source"`
	SHA256  string                   `json:"sha256,omitempty"`
	Bytes   int64                    `json:"bytes"`
	Format  string                   `json:"format"`
	Stored  bool                     `json:"stored"` // New and Known were told apart by the store
	Why     string                   `json:"why"`    // what it was taken for, and by what
	Notes   []string                 `json:"notes,omitempty"`
	Records int                      `json:"records"`
	Good    int                      `json:"good"`    // records without a problem
	Ignored int                      `json:"ignored"` // records that hold no kind of identifier, or are marked as deleted
	ByKind  map[casework.Kind]*Count `json:"by_kind,omitempty"`
	WhyNot  map[casework.WhyNot]int  `json:"why_not,omitempty"` // of what NeedsPerson counts
	// Originators disclosed what stays here under their terms.
	Originators []casework.AgencyID `json:"originators,omitempty"`
	Second      int                 `json:"second,omitempty"`  // of what may match: how many have a second form, which is matched as well
	Lacking     map[string]int      `json:"lacking,omitempty"` // of what Refused counts: "region" or "platform" would have made them readable
	Faults      int                 `json:"faults"`            // problems, all of them
	Problems    []Problem           `json:"problems,omitempty"`
	Files       []FileReport        `json:"files,omitempty"` // of a folder, as many as are kept
}

// A FileReport says in short what one file of a folder was taken for.
type FileReport struct {
	Name    string `json:"name"`
	Format  string `json:"format,omitempty"` // empty: it was not read
	Records int    `json:"records"`
	Found   int    `json:"found"`
	Refused int    `json:"refused"`
	Faults  int    `json:"faults"`
}

// maxFiles is how many files of a folder are told one by one.
const maxFiles = 1000

// file keeps what a file of a folder was taken for.
func (r *Report) file(o Report, err error) {
	if len(r.Files) == maxFiles {
		return
	}
	t := o.Totals()
	f := FileReport{Name: o.Source, Format: o.Format, Records: o.Records, Found: t.New + t.Known + t.NeedsPerson, Refused: t.Refused, Faults: o.Faults}
	if err != nil {
		f.Format, f.Faults = "", f.Faults+1
	}
	r.Files = append(r.Files, f)
}

// count returns the count of a kind; values whose kind is not known are counted
// under "".
func (r *Report) count(kind casework.Kind) *Count {
	if r.ByKind == nil {
		r.ByKind = map[casework.Kind]*Count{}
	}
	if r.ByKind[kind] == nil {
		r.ByKind[kind] = new(Count)
	}
	return r.ByKind[kind]
}

// Settle tells the report that what was found is stored, and how many of each
// kind the store held before.
func (r *Report) Settle(known map[casework.Kind]int) {
	r.Stored = true
	for kind, n := range known {
		c := r.count(kind)
		n = max(0, min(n, c.New))
		c.New -= n
		c.Known += n
	}
}

// Totals adds the kinds up.
func (r *Report) Totals() Count {
	var t Count
	for _, c := range r.ByKind {
		t.New += c.New
		t.Known += c.Known
		t.NeedsPerson += c.NeedsPerson
		t.Refused += c.Refused
	}
	return t
}

// Merge adds another source's counts, as a walk over a folder does.
func (r *Report) Merge(o Report, keep int) {
	r.Bytes += o.Bytes
	r.Records += o.Records
	r.Good += o.Good
	r.Ignored += o.Ignored
	r.Faults += o.Faults
	r.Second += o.Second
	for kind, c := range o.ByKind {
		have := r.count(kind)
		have.New += c.New
		have.Known += c.Known
		have.NeedsPerson += c.NeedsPerson
		have.Refused += c.Refused
	}
	for _, a := range o.Originators {
		r.disclosedBy(a)
	}
	for why, n := range o.WhyNot {
		r.because(why, n)
	}
	for what, n := range o.Lacking {
		r.lacks(what, n)
	}
	for _, p := range o.Problems {
		if len(r.Problems) < keep {
			if o.Source != "" && o.Source != r.Source {
				p.Record = o.Source + ": " + p.Record
			}
			r.Problems = append(r.Problems, p)
		}
	}
}

func (r *Report) disclosedBy(a casework.AgencyID) {
	if !slices.Contains(r.Originators, a) {
		r.Originators = append(r.Originators, a)
	}
}

func (r *Report) because(why casework.WhyNot, n int) {
	if r.WhyNot == nil {
		r.WhyNot = map[casework.WhyNot]int{}
	}
	r.WhyNot[why] += n
}

func (r *Report) lacks(what string, n int) {
	if r.Lacking == nil {
		r.Lacking = map[string]int{}
	}
	r.Lacking[what] += n
}

// note keeps a remark once.
func (r *Report) note(text string) {
	if len(r.Notes) < 50 && !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// WriteText writes the report for a person.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	if r.Format == "" && r.Why != "a folder" {
		fmt.Fprintf(&b, "%s: not read: %s\n", reading.Printable(r.Source), cmp.Or(r.Why, "there is nothing in it"))
	} else {
		fmt.Fprintf(&b, "%s: read as %s (%s)\n", reading.Printable(r.Source), cmp.Or(r.Format, "its files"), r.Why)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	fmt.Fprintf(&b, "  %d records, %d without a problem", r.Records, r.Good)
	if r.Ignored > 0 {
		fmt.Fprintf(&b, ", %d with nothing to match on", r.Ignored)
	}
	b.WriteString("\n")
	if len(r.ByKind) > 0 {
		line := func(name string, c Count) {
			if r.Stored {
				fmt.Fprintf(&b, "  %-10s %8d %8d %8d %14d\n", name, c.New, c.Known, c.Refused, c.NeedsPerson)
			} else {
				fmt.Fprintf(&b, "  %-10s %8d %8d %14d\n", name, c.New+c.Known, c.Refused, c.NeedsPerson)
			}
		}
		if r.Stored {
			fmt.Fprintf(&b, "\n  %-10s %8s %8s %8s %14s\n", "kind", "new", "known", "refused", "needs a person")
		} else {
			fmt.Fprintf(&b, "\n  %-10s %8s %8s %14s\n", "kind", "found", "refused", "needs a person")
		}
		for _, kind := range append(casework.Kinds(), "") {
			c, ok := r.ByKind[kind]
			if !ok || *c == (Count{}) {
				continue
			}
			name := string(kind)
			if name == "" {
				name = "(no kind)"
			}
			line(name, *c)
		}
		line("all", r.Totals())
	}
	r.writeFiles(&b)
	if len(r.Problems) > 0 {
		b.WriteString("\n  not taken:\n")
		for _, p := range r.Problems {
			fmt.Fprintf(&b, "    %s: %s\n", reading.Printable(p.Record), reading.Printable(p.Reason))
		}
		if more := r.Faults - len(r.Problems); more > 0 {
			fmt.Fprintf(&b, "    and %d more of the same sort\n", more)
		}
	}
	for _, line := range r.advice() {
		fmt.Fprintf(&b, "\n  %s\n", line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFiles says of each file of a folder what it was taken for.
func (r *Report) writeFiles(b *strings.Builder) {
	if len(r.Files) == 0 {
		return
	}
	b.WriteString("\n  files:\n")
	for _, f := range r.Files {
		format := f.Format
		if format == "" {
			format = "not read"
		}
		fmt.Fprintf(b, "    %-40s %-13s %d records, %d found", reading.Printable(f.Name), format, f.Records, f.Found)
		if f.Refused > 0 {
			fmt.Fprintf(b, ", %d refused", f.Refused)
		}
		if f.Faults > 0 {
			fmt.Fprintf(b, ", %s", count(f.Faults, "problem", "problems"))
		}
		b.WriteByte('\n')
	}
	if len(r.Files) == maxFiles {
		fmt.Fprintf(b, "    more than %d files: the others are in the sums alone\n", maxFiles)
	}
}

// advice says what to do with what was not taken.
func (r *Report) advice() []string {
	var lines []string
	t := r.Totals()
	kept := "would be stored, and never matched"
	if r.Stored {
		kept = "stored, and never matched"
	}
	region, platform := r.Lacking["region"], r.Lacking["platform"]
	if region > 0 {
		lines = append(lines, count(region, "telephone number is national and nothing says", "telephone numbers are national and nothing says")+
			" of which country. Give the country with --region, such as --region NL, or in a column, and read it again.")
	}
	if platform > 0 {
		lines = append(lines, count(platform, "name comes without its platform", "names come without their platform")+
			". Give it with --platform, write platform:name, or add a column with it, and read it again.")
	}
	if t.Refused > region+platform {
		lines = append(lines, "Refused values are no identifiers of the kind that their source says. "+
			"Correct them in the source and read it again: what is already stored is not stored twice.")
	}
	if n := r.WhyNot[casework.LowConfidence]; n > 0 {
		lines = append(lines, count(n, "was", "were")+" read with low confidence: "+kept+". Look at them, and add the right ones with 'crosscase add'.")
	}
	if n := r.WhyNot[casework.OnWarningList]; n > 0 {
		lines = append(lines, count(n, "is", "are")+" on a warning list (numbers reserved for fiction, an empty file's hash, link pages): "+kept+".")
	}
	if n := r.WhyNot[casework.NoConsent]; n > 0 {
		lines = append(lines, count(n, "belongs", "belong")+" to a victim or to the person who reported, without recorded consent: "+kept+" until consent is recorded with --consent.")
	}
	if n := r.WhyNot[casework.UnderTerms]; n > 0 {
		ask := "the agency that disclosed them"
		if len(r.Originators) > 0 {
			ask = strings.Trim(fmt.Sprint(r.Originators), "[]")
		}
		lines = append(lines, count(n, "was", "were")+" disclosed by another agency under terms that do not let it be passed on: "+kept+", whatever --visibility says. Ask "+ask+" before anything is passed on.")
	}
	if r.Second > 0 {
		lines = append(lines, count(r.Second, "is", "are")+" also matched in a second form: an e-mail address without its provider's alias, a device number with its check digit.")
	}
	if t == (Count{}) && r.Faults == 0 {
		lines = append(lines, "Nothing in it is an identifier. If it should be, put a header with the names of the columns on top.")
	}
	return lines
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
