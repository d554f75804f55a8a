package reading

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Statement is one value as a source states it, before it is brought into its
// canonical form; or a whole text in which values may stand; or a remark on a
// record.
type Statement struct {
	Record string
	Kind   casework.Kind // "" is guessed
	Value  string
	Prose  bool // value is a text to search
	Line   int  // of the text's first line, where its lines are records
	Alert  bool
	// hints for the canonical form
	Region   string
	Platform string
	Chain    string
	Bare     bool // a telephone number that may be international without its plus
	Optional bool // a value that may be no identifier: then nothing is said
	Context  []string
	Assumed  []string
	About    *About // shared by the statements of a record

	Format string // of the nested file that it stands in; "" for the source's own

	What Remark
	Err  error  // why a record, or a part of it, is not taken; it holds no value
	Text string // of a note
}

// A Remark is what a statement says about its record instead of a value.
type Remark uint8

const (
	IsValue   Remark = iota
	IsProblem        // the record, or a part of it, cannot be used: Err
	IsRecord         // a record was read; its statements came before
	IsIgnored        // a record was read and holds nothing to match on
	IsNote           // Text, on the whole source
	IsRefused        // a file inside the source is not read: Err
)

// An About is what a source says about the subject of a record. Zero fields fall
// back on the defaults.
type About struct {
	CaseRef  string
	Category casework.SubjectCategory
	Consent  *bool
	Grading  casework.Grading
	Handling casework.Handling
	// a restriction in words that comes without a handling code
	Restriction string
	Terms       []string // of the disclosure that it came with
	TLP         casework.TLP
	Seen        time.Time
	Captured    time.Time
	Tool        string
	Local       bool // the source forbids to pass it on
	Unseen      bool // the source says that it does not know when
}

// Printable makes a name or a path safe to show: no control characters, no
// direction marks, not too long.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > 200 {
		runes := []rune(s)
		s = string(runes[:200]) + "..."
	}
	return s
}
