package text

import (
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/nyaruka/phonenumbers"
)

// A window is a part of a run that is one telephone number.
type window struct {
	number
	from, to int // atoms of the run
	cost     float64
}

// Bounds of the work that one run may ask for: a number has at most 16 atoms that are
// worth trying, and a run of a thousand digits is a table, not an advert.
const (
	maxWindow  = 18
	maxRunSize = 120
)

// windows cuts a run into numbers: the cut that leaves the least over, and parts the
// run where the writer parted it.
func (x *extractor) windows(r run) []window {
	list := r.atoms
	n := len(list)
	if n > maxRunSize {
		list, n = list[:maxRunSize], maxRunSize
	}
	best := make([]float64, n+1)
	chosen := make([]*window, n)
	for i := n - 1; i >= 0; i-- {
		best[i] = best[i+1] + skipCost(list, i)
		if i > 0 && strength(list[i]) == 0 {
			// no number begins inside a token: "x42" is not 42
			continue
		}
		for j := i + 1; j <= min(n, i+maxWindow); j++ {
			if j < n && strength(list[j]) == 0 {
				continue
			}
			w, ok := x.window(list[i:j])
			if !ok {
				continue
			}
			w.from, w.to = i, j
			inside := 0
			for _, a := range list[i+1 : j] {
				inside = max(inside, strength(a))
			}
			w.cost = 0.4 + 0.2*float64(inside)
			if j < n && strength(list[j]) < inside {
				w.cost += 0.5
			}
			if i > 0 && strength(list[i]) < inside {
				w.cost += 0.5
			}
			if list[j-1].counts {
				w.cost += 0.3
			}
			w.cost += 2 * (1 - w.confidence) // a doubtful reading gives way to a sure one that leaves something over
			if c := w.cost + best[j]; c < best[i] {
				best[i], chosen[i] = c, &w
			}
		}
	}
	var out []window
	for i := 0; i < n; {
		w := chosen[i]
		if w == nil {
			i++
			continue
		}
		out = append(out, *w)
		i = w.to
	}
	factors := make([]float64, len(out))
	for i, w := range out {
		left := w.from > 0 && (i == 0 || out[i-1].to < w.from || out[i-1].confidence < sure)
		right := w.to < n && !otherEnd(list[w.to], list[w.to-1]) && (i == len(out)-1 || out[i+1].from > w.to || out[i+1].confidence < sure)
		factors[i] = leftOver(list, w, left, right)
	}
	for i := range out {
		out[i].confidence *= factors[i]
	}
	return out
}

// sure is the confidence of a number that is complete as it is dialled: two of them
// may stand side by side.
const sure = 0.75

// skipCost is what it costs to leave an atom out.
func skipCost(list []atom, i int) float64 {
	a := list[i]
	if a.weak {
		return 0.1
	}
	if a.digits != "" {
		return 0.7 + 0.15*float64(min(len(a.digits), 8))
	}
	return 0.9
}

// leftOver lowers the confidence where digits stand right beside a number, written
// like it: then it may be a part of something longer.
func leftOver(list []atom, w window, left, right bool) float64 {
	factor := 1.0
	beside := func(in, out atom, gap int) {
		if out.weak || gap > 1 || (in.digits != "") != (out.digits != "") {
			return
		}
		factor *= 0.5
	}
	if left && !list[w.from].plus && !strings.ContainsAny(list[w.from].gap, "(") {
		beside(list[w.from], list[w.from-1], strength(list[w.from]))
	}
	if right {
		beside(list[w.to-1], list[w.to], strength(list[w.to]))
	}
	return factor
}

// window reads some atoms as one number.
func (x *extractor) window(list []atom) (window, bool) {
	size := 0
	for _, a := range list {
		switch {
		case a.digits != "":
			size += len(a.digits)
		case a.role == teen, a.role == ten, a.role == compound, a.role == times:
			size += 2
		case a.role == hundreds, a.role == hundred:
			size += 3
		default:
			size++
		}
	}
	if size < 6 || size > 22 {
		return window{}, false
	}
	var out window
	found := false
	for _, digits := range readings(list, list[0].plus || strings.HasPrefix(list[0].digits, "00")) {
		if len(digits) < 7 || len(digits) > 17 {
			continue
		}
		f, ok := x.dial(digits, list[0].plus)
		if ok && (!found || f.confidence > out.confidence) {
			out.number, found = f, true
			if f.confidence >= 0.8 {
				break
			}
		}
	}
	return out, found
}

// A number is a telephone number that digits were read as.
type number struct {
	e164       string
	assumed    []string
	confidence float64
}

// parse reads digits as they are dialled in a region, or internationally.
func parse(digits, region string) (number, error) {
	e164, assumed, err := identify.Dial(digits, region)
	return number{e164: e164, assumed: assumed, confidence: 1}, err
}

// result returns the number as an identifier.
func (n number) result(confidence float64) identify.Result {
	return identify.Result{Identifier: casework.NewIdentifier(casework.Phone, n.e164), Assumed: n.assumed, Confidence: confidence}
}

// A dialled number is remembered for the rest of the text: windows ask again.
type dialled struct {
	number number
	ok     bool
}

// dial reads digits as a subscriber of the region would dial them.
func (x *extractor) dial(digits string, plus bool) (number, bool) {
	key := digits
	if plus {
		key = "+" + digits
	}
	if d, ok := x.asked[key]; ok {
		return d.number, d.ok
	}
	f, ok := x.dialNew(digits, plus)
	if len(x.asked) < 4096 {
		x.asked[key] = dialled{f, ok}
	}
	return f, ok
}

func (x *extractor) dialNew(digits string, plus bool) (number, bool) {
	if plus {
		if f, err := parse("+"+digits, ""); err == nil {
			f.confidence = 0.95
			return f, true
		}
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok && len(rest) > 7 {
		if f, err := parse("+"+rest, ""); err == nil {
			f.confidence = 0.9
			f.assumed = append(f.assumed, "00 read as the international prefix")
			return f, true
		}
	}
	if x.region != "" {
		if f, ok := x.national(digits); ok {
			return f, true
		}
	}
	if !plus && len(digits) >= 10 && digits[0] != '0' {
		if f, err := parse("+"+digits, ""); err == nil {
			f.confidence = 0.42
			f.assumed = append(f.assumed, "written without the plus of a number with country code")
			return f, true
		}
	}
	return number{}, false
}

// national reads digits in the text's region.
func (x *extractor) national(digits string) (number, bool) {
	f, err := parse(digits, x.region)
	if err != nil {
		return number{}, false
	}
	code := x.code
	if !strings.HasPrefix(f.e164, code) {
		f.confidence = 0.85 // dialled with the region's own international prefix
		return f, true
	}
	rest := f.e164[len(code):]
	switch {
	case strings.HasPrefix(digits, x.trunk) || x.trunk == "":
		f.confidence = 0.85
	case digits == code[1:]+rest:
		f.confidence = 0.75
	case digits == identify.NationalDigits(f.e164), x.region == "IN" && len(digits) == 10 && digits[0] >= '6':
		f.confidence = 0.85 // of a kind that is dialled without the trunk prefix
	default:
		f.confidence = 0.42 // the trunk prefix is missing
		f.assumed = append(f.assumed, "written without its first "+x.trunk)
	}
	if len(digits) <= 8 {
		f.confidence = min(f.confidence, 0.45)
	}
	return f, true
}

// trunkOf returns the prefix with which a region's national numbers are dialled, where
// they are not dialled without.
func trunkOf(region string) string {
	trunk := phonenumbers.GetNddPrefixForRegion(region, true)
	if trunk == "1" {
		return "" // North America leaves it out in print
	}
	return trunk
}

// nationalRun reports whether a run that gave no number is what a person is told to
// call: a number that lacks its country.
func (r run) nationalRun() bool {
	all := readings(r.atoms[:min(len(r.atoms), maxWindow)], false)
	return len(all) > 0 && len(all[0]) >= 7 && len(all[0]) <= 13 && cueOf(r.before, r.atoms[0].gap) == calling
}

// rising reports whether the groups are a row of sizes, years or lottery numbers:
// at least four small numbers, each above the one before.
func rising(list []atom) bool {
	last, n := -1, 0
	for _, a := range list {
		if len(a.digits) == 0 || len(a.digits) > 2 || len(a.digits) == 2 && a.digits[0] == '0' {
			return false
		}
		v := 0
		for _, c := range a.digits {
			v = 10*v + int(c-'0')
		}
		if v <= last {
			return false
		}
		last = v
		n++
	}
	return n >= 4
}

// sortFound puts what was found in the order of the text.
func sortFound(all []Found) {
	slices.SortStableFunc(all, func(a, b Found) int { return a.Start - b.Start })
}
