package intake

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/policy/casework"
)

// A statement is one value as a source states it, before it is brought into its
// canonical form; or a whole text in which values may stand; or a remark on a
// record.
type statement struct {
	record string
	kind   casework.Kind // "" is guessed
	value  string
	prose  bool // value is a text to search
	line   int  // of the text's first line, where its lines are records
	alert  bool
	// hints for the canonical form
	region   string
	platform string
	chain    string
	bare     bool // a telephone number that may be international without its plus
	optional bool // a value that may be no identifier: then nothing is said
	tags     []string
	assumed  []string
	about    *about // shared by the statements of a record

	what   remark
	reason string
}

// A remark is what a statement says about its record instead of a value.
type remark uint8

const (
	isValue   remark = iota
	isProblem        // the record, or a part of it, cannot be used: reason
	isRecord         // a record was read; its statements came before
	isIgnored        // a record was read and holds nothing to match on
	isNote           // reason, on the whole source
)

// about is what a source says about the subject of a record. Zero fields fall
// back on the defaults.
type about struct {
	caseRef  string
	category casework.SubjectCategory
	consent  *bool
	grading  casework.Grading
	handling casework.Handling
	// a restriction in words that comes without a handling code
	restriction string
	terms       []string // of the disclosure that it came with
	tlp         casework.TLP
	seen        time.Time
	captured    time.Time
	tool        string
	local       bool // the source forbids to pass it on
	unseen      bool // the source says that it does not know when
}

// printable makes a name or a path safe to show: no control characters, no
// direction marks, not too long.
func printable(s string) string {
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
