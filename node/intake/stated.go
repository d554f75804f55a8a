package intake

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/crosscase/crosscase/policy/casework"
)

// What a source states badly is taken for the most restrictive value, and said.
const (
	badCategory = "the category of the person is none that is known; taken as unknown"
	badConsent  = "the consent is neither yes nor no; taken as no"
	badGrading  = "the grading is no code that is known; taken as X4"
	badHandling = "the handling is no code that is known, or H3 without words; taken as H1+H2+H3"
	badTLP      = "the marking is no TLP label; taken as TLP:RED"
	badTime     = "the time cannot be read, or its day and month can be taken for each other; left out"
	badRegion   = "the region is no ISO 3166 code; left out"
)

// worst is what unreadable codes are taken for.
var (
	worstGrading  = casework.Grading{Scheme: "4x4", Source: "X", Info: "4"}
	worstHandling = casework.Handling{Codes: "H1+H2+H3", Text: "as unreadable in the source"}
)

// setCategory and its siblings read what a source states into an about. They
// give "" or what is wrong with it.
func (a *about) setCategory(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	name := plainName(text)
	for _, c := range casework.SubjectCategories() {
		if plainName(string(c)) == name {
			a.category = c
			return ""
		}
	}
	if c, ok := categoryWords[name]; ok {
		a.category = c
		return ""
	}
	a.category = casework.Unknown
	return badCategory
}

var categoryWords = map[string]casework.SubjectCategory{
	"suspected": casework.Suspect, "accused": casework.Suspect, "perpetrator": casework.Suspect, "offender": casework.Suspect,
	"verdachtiger": casework.Suspect, "beschuldigter": casework.Suspect, "tatverdachtiger": casework.Suspect, "misencause": casework.Suspect,
	"sospechoso": casework.Suspect, "indagato": casework.Suspect, "verdachte": casework.Suspect, "trafficker": casework.Suspect,
	"victime": casework.Victim, "opfer": casework.Victim, "victima": casework.Victim, "vittima": casework.Victim, "slachtoffer": casework.Victim,
	"minor": casework.Victim, "child": casework.Victim, "survivor": casework.Victim,
	"zeuge": casework.Witness, "temoin": casework.Witness, "testigo": casework.Witness, "getuige": casework.Witness,
	"kontakt": casework.Contact, "contacto": casework.Contact, "associate": casework.Contact, "missingperson": casework.Missing,
	"reporter": casework.SelfReporter, "selfreporter": casework.SelfReporter, "caller": casework.SelfReporter, "complainant": casework.SelfReporter,
	"unbekannt": casework.Unknown, "inconnu": casework.Unknown, "none": casework.Unknown, "na": casework.Unknown,
}

func (a *about) setConsent(text string) string {
	yes, no := true, false
	switch plainName(text) {
	case "":
		return ""
	case "true", "yes", "y", "1", "ja", "oui", "si", "tak", "da", "given", "granted":
		a.consent = &yes
	case "false", "no", "n", "0", "nein", "non", "nie", "nu", "refused", "withdrawn", "none":
		a.consent = &no
	default:
		a.consent = &no
		return badConsent
	}
	return ""
}

func (a *about) setGrading(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	g, err := casework.ParseGrading(text)
	if err != nil {
		a.grading = worstGrading
		return badGrading
	}
	a.grading = g
	return ""
}

func (a *about) setHandling(codes, text string) string {
	if codes = strings.TrimSpace(codes); codes == "" {
		return ""
	}
	codes = strings.Trim(strings.NewReplacer(",", "+", ";", "+", "/", "+").Replace(codes), "+")
	h, err := casework.ParseHandling(codes, text)
	if err != nil {
		a.handling = worstHandling
		return badHandling
	}
	a.handling = h
	return ""
}

func (a *about) setTLP(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	t, ok := tlpOf(text)
	a.tlp = stricter(a.tlp, t)
	if !ok {
		return badTLP
	}
	return ""
}

// tlpOf reads a label in the spellings of TLP 1.0 and 2.0 ("tlp:amber",
// "TLP:WHITE", "amber+strict"). What it does not know is RED.
func tlpOf(text string) (casework.TLP, bool) {
	t := strings.ToUpper(strings.TrimSpace(text))
	t = strings.TrimLeft(strings.TrimPrefix(t, "TLP"), ":-_= ")
	switch strings.Trim(strings.ReplaceAll(t, " ", ""), `"`) {
	case "RED", "EX:CHR": // the extension forbids more than RED does
		return casework.TLPRed, true
	case "AMBER+STRICT", "AMBER-STRICT", "AMBERSTRICT", "AMBER_STRICT":
		return casework.TLPAmberStrict, true
	case "AMBER":
		return casework.TLPAmber, true
	case "GREEN":
		return casework.TLPGreen, true
	case "CLEAR", "WHITE":
		return casework.TLPClear, true
	}
	return casework.TLPRed, false
}

// strictness orders the labels.
var strictness = []casework.TLP{casework.TLPRed, casework.TLPAmberStrict, casework.TLPAmber, casework.TLPGreen, casework.TLPClear}

// stricter gives the label that fewer may read under; "" is none.
func stricter(a, b casework.TLP) casework.TLP {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	case slices.Index(strictness, a) <= slices.Index(strictness, b):
		return a
	}
	return b
}

func (a *about) setSeen(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	at, ok := timeOf(text)
	if !ok {
		return badTime
	}
	if at.After(a.seen) {
		a.seen = at
	}
	return ""
}

// layouts in which times are read, the first that fits; one without a zone is taken
// as UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02", "02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006",
	"20060102", time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006",
}

var microsoftDate = regexp.MustCompile(`^/Date\((-?\d{1,15})([+-]\d{4})?\)/$`)

// timeOf reads a time in the forms that exporters write. A date whose day and
// month can be taken for each other is not read.
func timeOf(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return time.Time{}, false
	}
	for _, l := range layouts {
		if !mayBe(l, text) {
			continue
		}
		if at, err := time.Parse(l, text); err == nil {
			return sane(at)
		}
	}
	if m := microsoftDate.FindStringSubmatch(text); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		if err == nil {
			return sane(time.UnixMilli(ms))
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) >= 9 {
		if len(text) >= 13 {
			return sane(time.UnixMilli(n))
		}
		return sane(time.Unix(n, 0))
	}
	day, dayErr := time.Parse("02/01/2006", text)
	month, monthErr := time.Parse("01/02/2006", text)
	switch {
	case dayErr == nil && monthErr != nil:
		return sane(day)
	case monthErr == nil && (dayErr != nil || day.Equal(month)):
		return sane(month)
	}
	return time.Time{}, false
}

// mayBe reports whether a text has the marks between the numbers that a layout of
// numbers begins with. A failed reading of a time costs more than all that is done
// with a record otherwise.
func mayBe(layout, text string) bool {
	if !strings.Contains(layout, "01") || layout[0] > '9' {
		return true
	}
	for i := range min(11, len(layout)) {
		if c := layout[i]; c < '0' || c > '9' {
			if i >= len(text) || text[i] != c {
				return false
			}
		}
	}
	return true
}

// sane refuses the years that broken clocks and overflows make.
func sane(at time.Time) (time.Time, bool) {
	at = at.UTC()
	return at, at.Year() >= 1970 && at.Year() < 2200
}

// regionOf reads an ISO 3166 country code of two or three letters.
func regionOf(text string) (string, bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	if len(text) != 2 && len(text) != 3 || strings.ContainsAny(text, "0123456789") {
		return "", false
	}
	r, err := language.ParseRegion(text)
	if err != nil || !r.IsCountry() {
		return "", false
	}
	return r.Canonicalize().String(), true
}
