package rank

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// worst is what a missing or unusable grading is worth: that of X4.
const worst = 0.3

// worth holds the letters and digits that are worth more than the worst; they
// mean nearly the same in the 4x4 and the Admiralty scheme.
var worth = map[string]float64{"A": 1, "B": 0.7, "C": 0.4, "1": 1, "2": 0.7, "3": 0.4}

func grade(in Input) Factor {
	letter, digit := strings.ToUpper(strings.TrimSpace(in.GradeSource)), strings.TrimSpace(in.GradeInfo)
	scheme := strings.ToLower(strings.TrimSpace(in.Scheme))
	known := map[string][2]string{"4x4": {"ABCX", "1234"}, "admiralty": {"ABCDEF", "123456"}}[scheme]
	if len(letter) != 1 || len(digit) != 1 || !strings.Contains(known[0], letter) || !strings.Contains(known[1], digit) {
		return Factor{"grade", worst, "not graded, so the worst"}
	}
	of := func(code string) float64 {
		if v, ok := worth[code]; ok {
			return v
		}
		return worst
	}
	return Factor{"grade", math.Sqrt(of(letter) * of(digit)), letter + digit + " in " + scheme}
}

const day = 24 * time.Hour

// halfLife is 0 for what never fades.
func halfLife(kind string) time.Duration {
	switch kind {
	case "phone", "imsi":
		return 180 * day
	case "wallet":
		return 3 * 365 * day
	case "image", "file", "md5", "sha1", "sha256", "pdq", "photodna":
		return 0
	}
	return 365 * day
}

func freshness(in Input, at time.Time) Factor {
	half := halfLife(in.Kind)
	if half == 0 {
		return Factor{"freshness", 1, "a hash does not age"}
	}
	if in.LastSeen.IsZero() {
		return Factor{"freshness", 0.25, "last seen is not known"}
	}
	age := max(0, at.Sub(in.LastSeen))
	v := math.Exp2(-float64(age) / float64(half))
	return Factor{"freshness", v, fmt.Sprintf("last seen %d days ago, halves in %d", age/day, half/day)}
}
