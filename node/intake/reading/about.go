package reading

import (
	"errors"
	"strings"

	"golang.org/x/text/language"

	"github.com/crosscase/crosscase/policy/casework"
)

// What a source states badly is taken for the most restrictive value, and said.
var (
	ErrCategory = errors.New("the category of the person is none that is known; taken as unknown")
	ErrConsent  = errors.New("the consent is neither yes nor no; taken as no")
	ErrGrading  = errors.New("the grading is no code that is known; taken as X4")
	ErrHandling = errors.New("the handling is no code that is known, or H3 without words; taken as H1+H2+H3")
	ErrTLP      = errors.New("the marking is no TLP label; taken as TLP:RED")
	ErrTime     = errors.New("the time cannot be read, or its day and month can be taken for each other; left out")
	ErrRegion   = errors.New("the region is no ISO 3166 code; left out")
)

// worst is what unreadable codes are taken for.
var (
	worstGrading  = casework.Grading{Scheme: "4x4", Source: "X", Info: "4"}
	worstHandling = casework.Handling{Codes: "H1+H2+H3", Text: "as unreadable in the source"}
)

// SetCategory and its siblings read what a source states into an about. They
// give "" or what is wrong with it.
func (a *About) SetCategory(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	name := PlainName(text)
	for _, c := range casework.SubjectCategories() {
		if PlainName(string(c)) == name {
			a.Category = c
			return nil
		}
	}
	if c, ok := categoryWords[name]; ok {
		a.Category = c
		return nil
	}
	a.Category = casework.Unknown
	return ErrCategory
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

func (a *About) SetConsent(text string) error {
	yes, no := true, false
	switch PlainName(text) {
	case "":
		return nil
	case "true", "yes", "y", "1", "ja", "oui", "si", "tak", "da", "given", "granted":
		a.Consent = &yes
	case "false", "no", "n", "0", "nein", "non", "nie", "nu", "refused", "withdrawn", "none":
		a.Consent = &no
	default:
		a.Consent = &no
		return ErrConsent
	}
	return nil
}

func (a *About) SetGrading(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	g, err := casework.ParseGrading(text)
	if err != nil {
		a.Grading = worstGrading
		return ErrGrading
	}
	a.Grading = g
	return nil
}

func (a *About) SetHandling(codes, text string) error {
	if codes = strings.TrimSpace(codes); codes == "" {
		return nil
	}
	codes = strings.Trim(strings.NewReplacer(",", "+", ";", "+", "/", "+").Replace(codes), "+")
	h, err := casework.ParseHandling(codes, text)
	if err != nil {
		a.Handling = worstHandling
		return ErrHandling
	}
	a.Handling = h
	return nil
}

func (a *About) SetTLP(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	t, ok := ParseTLP(text)
	a.TLP = Stricter(a.TLP, t)
	if !ok {
		return ErrTLP
	}
	return nil
}

// regionOf reads an ISO 3166 country code of two or three letters.
func ParseRegion(text string) (string, bool) {
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
