// Package rank says how much a lead matters, and why, in words that a person
// reads. It computes only; the time is given to it.
//
//	score = severity x kind x grade x freshness x rarity x prevalence x independence x corroboration
//
// Every factor lies in 0 to 1, but corroboration, which is 1 to Params.MostCorroboration.
//
//   - kind: how well such a value tells one person or group from others. A URL, a domain
//     or an IP address .5, an e-mail address .8, others 1.
//   - prevalence: 1 for what stands in two records of the own files or fewer, and 2/n
//     for n: what stands in every advert of a site is the site's and nobody's.
//   - grade: the geometric mean of what the letter and the digit are worth, so
//     that A1 is 1.0, B2 .7, C3 .4 and X4 .3, and either alone counts half.
//     Whatever is worse than C or 3, or is missing, is worth .3: the worst.
//   - freshness halves with the age since it was last seen: phone and the SIM's
//     IMSI 180 days, wallet 3 years, image and file hashes never, others 1 year.
//     An unknown time counts as two half-lives.
//   - rarity: log2(1 + N/(1+n)) / log2(1 + N/3), N agencies of which n hold it.
//   - independence: 0 where both items come from the same source report.
//   - corroboration: 1.5 with one other identifier of the own case that the same
//     agency holds, 2 with two, and so on by halves. A bulk case, of more than
//     Params.Bulk items, corroborates nothing: what it holds has little to do with
//     each other.
//
// Rarity in its plain form, log2(N/(1+n)), is 0 in a network of three for every
// lead, since two hold it at least. Adding 1 inside the logarithm keeps it
// above 0 for every N and n, still falling with n, and less than one bit from
// the plain form when N is large. Dividing by the value for n = 2, the fewest
// that make a lead, gives such a lead 1 in every network, and does not change
// the order within one.
//
// A value held by Params.Hub agencies or more is common: it is scored and
// listed, but does not alert. A value on a warning list, or of one source, has
// score 0 and says why. A peer can lie about its own flags, grading and times,
// and so raise or lower a lead; it cannot lift one off a warning list or past
// the hub, and each factor's reason shows what the lie would have to be.
package rank

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Input is what is known of a lead.
type Input struct {
	Kind          string  // of the identifier
	Severity      float64 // of the offence, 0 to 1
	GradeSource   string  // letter
	GradeInfo     string  // digit
	Scheme        string  // "4x4" or "admiralty"
	LastSeen      time.Time
	Holders       int  // agencies known to hold it, this one included
	Agencies      int  // in the network
	SameSource    bool // both items come from one source report
	CoOccurring   int  // other identifiers of the own case that the peer holds
	OnWarningList bool
	Places        int // records of the own files that it stands in
	CaseItems     int // about how many items the case has that CoOccurring is of
}

// Params is what a network or an agency sets. Zero values stand for those of DefaultParams.
type Params struct {
	Hub               int     // holders from which a value is common
	MostCorroboration float64 // bound of that factor
	Bulk              int     // items above which a case is a bulk case
}

// DefaultParams are eight holders, a factor of three, and a hundred items.
func DefaultParams() Params { return Params{Hub: 8, MostCorroboration: 3, Bulk: 100} }

// A Factor is one term of a score.
type Factor struct {
	Name  string
	Value float64
	Why   string
}

// A Score orders leads, the greatest first.
type Score struct {
	Value      float64
	Factors    []Factor
	Common     bool   // a hub: listed, but no alert
	Suppressed string // why there is never an alert; empty if there may be
}

// Alerts reports whether the lead is to be shown unasked.
func (s Score) Alerts() bool { return !s.Common && s.Suppressed == "" && s.Value > 0 }

// Reason is one line for a person: the score, and each factor with its why.
func (s Score) Reason() string {
	var parts []string
	for _, f := range s.Factors {
		parts = append(parts, fmt.Sprintf("%s %.2f (%s)", f.Name, f.Value, f.Why))
	}
	line := fmt.Sprintf("%.2f = %s", s.Value, strings.Join(parts, " x "))
	switch {
	case s.Suppressed != "":
		return "no alert, " + s.Suppressed + ": " + line
	case s.Common:
		return "common, no alert: " + line
	}
	return line
}

// Rank scores a lead at a time.
func Rank(in Input, p Params, at time.Time) Score {
	if p.Hub < 3 { // two hold every lead
		p.Hub = DefaultParams().Hub
	}
	if !(p.MostCorroboration >= 1) {
		p.MostCorroboration = DefaultParams().MostCorroboration
	}
	if p.Bulk < 1 {
		p.Bulk = DefaultParams().Bulk
	}
	s := Score{Value: 1, Common: in.Holders >= p.Hub, Factors: []Factor{
		severity(in.Severity), kind(in), grade(in), freshness(in, at), rarity(in), prevalence(in), independence(in), corroboration(in, p),
	}}
	for _, f := range s.Factors {
		s.Value *= f.Value
	}
	switch {
	case in.OnWarningList:
		s.Value, s.Suppressed = 0, "on a warning list"
	case in.SameSource:
		s.Suppressed = "same source report"
	}
	return s
}

func severity(v float64) Factor {
	switch {
	case !(v > 0): // NaN too
		return Factor{"severity", 0, "not stated"}
	case v > 1:
		v = 1
	}
	return Factor{"severity", v, fmt.Sprintf("offence weighs %.0f of 100", 100*v)}
}

func independence(in Input) Factor {
	if in.SameSource {
		return Factor{"independence", 0, "both copies of one report"}
	}
	return Factor{"independence", 1, "whether both have it from one source is not known"}
}

func corroboration(in Input, p Params) Factor {
	switch {
	case in.CoOccurring <= 0:
		return Factor{"corroboration", 1, "stands alone"}
	case in.CaseItems > p.Bulk:
		return Factor{"corroboration", 1, fmt.Sprintf("of a bulk case of about %d items: what else is shared of it says nothing", in.CaseItems)}
	}
	v := min(1+0.5*float64(in.CoOccurring), p.MostCorroboration)
	if in.CoOccurring == 1 {
		return Factor{"corroboration", v, "1 more identifier of the case is shared with the agency"}
	}
	return Factor{"corroboration", v, fmt.Sprintf("%d more identifiers of the case are shared with the agency", in.CoOccurring)}
}

// kind weighs how well a value of the kind tells one person or group from others.
func kind(in Input) Factor {
	switch in.Kind {
	case "url", "domain", "ip":
		return Factor{"kind", 0.5, "a " + in.Kind + " names a place that many use"}
	case "email":
		return Factor{"kind", 0.8, "an e-mail address may be a site's"}
	}
	return Factor{"kind", 1, "a " + in.Kind + " is somebody's"}
}

// common is how many records of the own files a value may stand in and be somebody's.
const common = 2

func prevalence(in Input) Factor {
	switch {
	case in.Places <= 1:
		return Factor{"prevalence", 1, "stands in one record of the own files"}
	case in.Places <= common:
		return Factor{"prevalence", 1, fmt.Sprintf("stands in %d records of the own files", in.Places)}
	}
	return Factor{"prevalence", float64(common) / float64(in.Places), fmt.Sprintf("stands in %d records of the own files: more a site's than a person's", in.Places)}
}

func rarity(in Input) Factor {
	n := max(in.Holders, 2)
	all := max(in.Agencies, n)
	v := math.Log2(1+float64(all)/float64(1+n)) / math.Log2(1+float64(all)/3)
	return Factor{"rarity", v, fmt.Sprintf("held by %d of %d agencies", n, all)}
}
