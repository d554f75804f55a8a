// Package export writes identifiers of a case, or of a disclosure, in the formats
// that other systems read: STIX 2.1, MISP's core format, CASE/UCO and CSV.
//
// What goes out carries what it was given under: TLP, handling codes, grading,
// category of the person, consent, time, tool. Reading an export back with intake
// returns the same, which is tested for every kind and every format. An item that
// states nothing goes out under the most restrictive reading there is.
//
// A disclosure carries its terms as well (the conditions, the date by which it is
// to be deleted, handling, TLP, who gave it), where each format has a place for
// them: STIX in statement markings of every object and in a note on all of them,
// MISP in an object of the event and in the comments of its attributes, CASE in
// statement markings and in an authorization with its end, a CSV in columns. Read
// back, conditions and date stand in the words of each item's handling, with H3.
//
//   - Ids are random. STIX asks for ids computed from a value; such an id tells
//     everyone who can guess the value that it is in the file, and stays the same
//     in all of them, so that none is made here.
//   - A CSV is opened in spreadsheets, which take a cell that begins with = + - @
//     for a formula: such a cell gets an apostrophe in front, and intake takes it
//     off again.
//   - An export is a plain file with identifiers in it. Whoever writes one answers
//     for where it lies; the ledger entry that permits it is made before, by the
//     caller.
package export

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// An Item is one identifier with what must travel with it.
type Item struct {
	Identifier casework.Identifier
	CaseRef    string
	Category   casework.SubjectCategory
	Consent    bool
	Grading    casework.Grading
	Handling   casework.Handling
	TLP        casework.TLP
	Seen       time.Time
	Captured   time.Time
	Tool       string
	Terms      *casework.Terms // of the agency that disclosed this one item; nil: nobody did
}

// A Head describes the whole export.
type Head struct {
	Title  string // of the case, or of the disclosure
	Agency string // that makes the export
	Made   time.Time
	Terms  Terms // of a disclosure
}

// handling spells out the codes and the words of a handling, also of one that
// was left unsaid.
func handling(h casework.Handling) (codes, words string) {
	codes, words = h.String(), h.Text
	if strings.Contains(codes, "H3") && strings.TrimSpace(words) == "" {
		words = "not stated"
	}
	return codes, words
}

// newUUID returns a random UUID (RFC 9562 version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (Go 1.24)
	b[6] = b[6]&0x0F | 0x40
	b[8] = b[8]&0x3F | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// stamp writes a time as STIX, MISP and JSON-LD take it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// split parts "platform:name" and "chain:address".
func split(value string) (before, after string) {
	before, after, _ = strings.Cut(value, ":")
	return before, after
}

// bareIP reports whether a canonical address has neither port nor time.
func bareIP(value string) bool {
	return !strings.Contains(value, "@") && !strings.HasPrefix(value, "[") && (strings.Count(value, ":") != 1)
}
