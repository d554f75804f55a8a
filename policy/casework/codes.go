package casework

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrCode is wrapped by every failure to read a code.
var ErrCode = errors.New("unknown code")

// A SubjectCategory is the role of the person whom an item is about (LED art. 6).
type SubjectCategory string

// Categories of data subjects. The empty category reads as Unknown, which
// expires after six months.
const (
	Unknown   SubjectCategory = "unknown"
	Suspect   SubjectCategory = "suspect"
	Convicted SubjectCategory = "convicted"
	Victim    SubjectCategory = "victim"
	Witness   SubjectCategory = "witness"
	Contact   SubjectCategory = "contact"
	Missing   SubjectCategory = "missing"
	Remains   SubjectCategory = "remains"
	// SelfReporter gave an identifier away about themselves; consent governs it.
	SelfReporter SubjectCategory = "self-reporter"
)

// SubjectCategories lists the categories in reading order.
func SubjectCategories() []SubjectCategory {
	return []SubjectCategory{Suspect, Convicted, Victim, Witness, Contact, Missing, Remains, SelfReporter, Unknown}
}

// Or returns the category, or Unknown where none was stated.
func (c SubjectCategory) Or() SubjectCategory {
	if c == "" {
		return Unknown
	}
	return c
}

// NeedsConsent reports whether items of the category stay out of every match
// set until consent, or the policy's condition, is recorded.
func (c SubjectCategory) NeedsConsent() bool { return c == Victim || c == SelfReporter }

// A Purpose is what a query or a disclosure is for.
type Purpose string

// The purposes that an agreement may allow.
const (
	Prevent         Purpose = "prevent"
	Detect          Purpose = "detect"
	Investigate     Purpose = "investigate"
	Prosecute       Purpose = "prosecute"
	SafeguardVictim Purpose = "safeguard-victim"
	MissingPerson   Purpose = "missing-person"
)

// Purposes lists the purposes.
func Purposes() []Purpose {
	return []Purpose{Prevent, Detect, Investigate, Prosecute, SafeguardVictim, MissingPerson}
}

// A Ground is why a request was refused (Directive (EU) 2023/977 art. 6).
type Ground string

// Grounds of refusal.
const (
	NotAvailable          Ground = "not_available"
	RequestDefective      Ground = "request_defective"
	JudicialRefused       Ground = "judicial_authorisation_refused"
	CategoryNotAllowed    Ground = "category_not_allowed"
	InaccurateOrOutdated  Ground = "inaccurate_or_outdated"
	NationalSecurity      Ground = "national_security"
	OngoingOrSafety       Ground = "ongoing_investigation_or_safety"
	LegalPersonInterests  Ground = "legal_person_interests"
	MinorOffenceOrNone    Ground = "minor_offence_or_none_here"
	ThirdPartyNotConsents Ground = "third_party_consent_missing"
)

// Grounds lists the grounds of refusal.
func Grounds() []Ground {
	return []Ground{NotAvailable, RequestDefective, JudicialRefused, CategoryNotAllowed, InaccurateOrOutdated,
		NationalSecurity, OngoingOrSafety, LegalPersonInterests, MinorOffenceOrNone, ThirdPartyNotConsents}
}

// An Urgency sets the clock of a request (Directive (EU) 2023/977 art. 5).
type Urgency string

// Urgency classes with their limits: 8 hours, 3 calendar days, 7 calendar days.
const (
	Routine        Urgency = "routine"         // 7 days
	UrgentIndirect Urgency = "urgent-indirect" // 3 days
	Urgent         Urgency = "urgent"          // 8 hours, directly accessible
)

// A Role is what an officer may do.
type Role string

// Roles of officers. The empty role may do nothing.
const (
	Investigator Role = "investigator"
	Supervisor   Role = "supervisor"
	Operator     Role = "operator"
	Auditor      Role = "auditor"
)

// Valid reports whether the role is known.
func (r Role) Valid() bool {
	return slices.Contains([]Role{Investigator, Supervisor, Operator, Auditor}, r)
}

// A Visibility says whether an item may take part in matching.
type Visibility string

// Visibilities. The zero value never leaves the agency.
const (
	Local  Visibility = ""       // never leaves
	Silent Visibility = "silent" // asked, never published
	Shared Visibility = "shared" // published to the policy's audience, and asked
)

// A Handling is a set of Europol handling codes, in the form "H1+H2" and with
// the text that H3 requires. The zero value is the strictest: H1, H2 and H3.
type Handling struct {
	Codes string `json:"codes" cbor:"1,keyasint"`
	Text  string `json:"text,omitempty" cbor:"2,keyasint,omitempty"`
}

// ParseHandling reads codes such as "H0" or "H1+H2"; H3 needs a text.
func ParseHandling(codes, text string) (Handling, error) {
	var seen []string
	for c := range strings.SplitSeq(strings.ToUpper(strings.ReplaceAll(codes, " ", "")), "+") {
		if !slices.Contains([]string{"H0", "H1", "H2", "H3"}, c) {
			return Handling{}, fmt.Errorf("%w: handling code %q; they are H0, H1, H2 and H3", ErrCode, c)
		}
		if !slices.Contains(seen, c) {
			seen = append(seen, c)
		}
	}
	slices.Sort(seen)
	if slices.Contains(seen, "H3") && strings.TrimSpace(text) == "" {
		return Handling{}, fmt.Errorf("%w: H3 needs the restriction in words", ErrCode)
	}
	return Handling{Codes: strings.Join(seen, "+"), Text: text}, nil
}

// Has reports whether a code is one of the handling's; an unstated handling has all but H0.
func (h Handling) Has(code string) bool {
	return slices.Contains(strings.Split(h.String(), "+"), code)
}

// String returns the codes; an unstated handling reads as the strictest one.
func (h Handling) String() string {
	if h.Codes == "" {
		return "H1+H2+H3"
	}
	return h.Codes
}

// A Grading is the evaluation of a source and of its information, kept in the
// scheme in which it was made. The zero value is the worst: X4.
type Grading struct {
	Scheme string `json:"scheme,omitempty" cbor:"1,keyasint,omitempty"` // "4x4" or "admiralty"
	Source string `json:"source,omitempty" cbor:"2,keyasint,omitempty"` // A, B, C, X
	Info   string `json:"info,omitempty" cbor:"3,keyasint,omitempty"`   // 1..4
}

// ParseGrading reads a 4x4 code such as "B2", or an Admiralty code given with
// its scheme ("admiralty:C3"). An empty text is the worst grading.
func ParseGrading(text string) (Grading, error) {
	if text == "" {
		return Grading{}, nil
	}
	scheme, code, found := strings.Cut(strings.ToUpper(text), ":")
	if !found {
		scheme, code = "4X4", scheme
	}
	sources, infos := "ABCX", "1234"
	if scheme == "ADMIRALTY" {
		sources, infos = "ABCDEF", "123456"
	} else if scheme != "4X4" {
		return Grading{}, fmt.Errorf("%w: grading scheme %q; they are 4x4 and admiralty", ErrCode, scheme)
	}
	if len(code) != 2 || !strings.Contains(sources, code[:1]) || !strings.Contains(infos, code[1:]) {
		return Grading{}, fmt.Errorf("%w: grading %q", ErrCode, code)
	}
	return Grading{Scheme: strings.ToLower(scheme), Source: code[:1], Info: code[1:]}, nil
}

// String returns the code; an unstated grading reads as the worst.
func (g Grading) String() string {
	switch {
	case g.Source == "" || g.Info == "":
		return "X4"
	case g.Scheme == "admiralty":
		return "admiralty:" + g.Source + g.Info
	}
	return g.Source + g.Info
}

// A TLP is a Traffic Light Protocol 2.0 marking: who may read.
type TLP string

// TLP labels. The empty one reads as TLP:RED.
const (
	TLPRed         TLP = "RED"
	TLPAmberStrict TLP = "AMBER+STRICT"
	TLPAmber       TLP = "AMBER"
	TLPGreen       TLP = "GREEN"
	TLPClear       TLP = "CLEAR"
)

// Or returns the marking, or RED where none was stated.
func (t TLP) Or() TLP {
	if t == "" {
		return TLPRed
	}
	return t
}
