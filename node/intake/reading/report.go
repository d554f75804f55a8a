package reading

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// A PublicReport is a report of the public or of a hotline as it stands in its source,
// for a person to look at.
type PublicReport struct {
	Record  string
	ID      string // the sender's
	Caller  string // telephone number; empty where withheld
	Email   string
	Text    string
	Seen    time.Time
	Country string // ISO 3166; empty: nothing says which
	Why     string // why that country
	Consent bool   // to pass on who reported
}

// Format prints no report under any verb.
func (PublicReport) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[report]") }

// Keys are what a report is told by, besides its place: the sender's number of it,
// and who said what.
func (r PublicReport) Keys() []string {
	var keys []string
	if r.ID != "" {
		keys = append(keys, "id\x00"+r.ID)
	}
	return append(keys, "words\x00"+PlainName(r.Caller)+"\x00"+PlainName(r.Email)+"\x00"+PlainName(r.Text))
}

// maxReports is how many reports of one source are remembered to find repetitions.
const maxReports = 200_000

// Reports remembers the reports of one source.
type Reports struct {
	seen     map[[32]byte]bool
	repeated int
}

// Repeats reports whether a report repeats an earlier one, by the sender's number of it
// or by who said what.
func (s *Reports) Repeats(r PublicReport) bool {
	if s.seen == nil {
		s.seen = map[[32]byte]bool{}
	}
	for _, key := range r.Keys() {
		if s.seen[sha256.Sum256([]byte(key))] {
			s.repeated++
			return true
		}
	}
	for _, key := range r.Keys() {
		if len(s.seen) < 2*maxReports {
			s.seen[sha256.Sum256([]byte(key))] = true
		}
	}
	return false
}

// Note says how many reports repeat another one; "" where none does.
func (s *Reports) Note() string {
	if s.repeated == 0 {
		return ""
	}
	return fmt.Sprintf("%d reports repeat another one and were folded into it", s.repeated)
}

// nobody are the senders that gateways and hotlines write for one who is not known.
var nobody = map[string]bool{
	"": true, "anonymous": true, "unknown": true, "restricted": true, "private": true, "withheld": true, "unavailable": true,
	"266696687": true, "+266696687": true, "7378742833": true, "86282452253": true, // the words dialled on a keypad
}

// Nobody reports whether the sender of a report stands for one who is not known.
func Nobody(sender string) bool { return nobody[strings.ToLower(strings.TrimSpace(sender))] }
