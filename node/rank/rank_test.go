package rank_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/rank"
	"pgregory.net/rapid"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.AddDate(0, 0, -days) }

// TestWorksheet is to be read line by line; the products are worked by hand.
func TestWorksheet(t *testing.T) {
	const x44, adm = "4x4", "admiralty"
	for _, c := range []struct {
		what   string
		in     rank.Input
		score  float64
		alerts bool
	}{
		//                                          kind     sev grade          seen    n  N  same  co  warn  places, items
		{"the best there is: all factors 1", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 0, false, 1, 10}, 1, true},
		{"shared by 2 of 3, B2: .7", rank.Input{"phone", 1, "B", "2", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .7, true},
		{"C3: .4", rank.Input{"phone", 1, "C", "3", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .4, true},
		{"X4: .3", rank.Input{"phone", 1, "X", "4", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .3, true},
		{"not graded, as X4: .3", rank.Input{"phone", 1, "", "", "", ago(0), 2, 3, false, 0, false, 1, 10}, .3, true},
		{"F6 in Admiralty: .3", rank.Input{"phone", 1, "F", "6", adm, ago(0), 2, 3, false, 0, false, 1, 10}, .3, true},
		{"F does not exist in 4x4: .3", rank.Input{"phone", 1, "F", "1", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .3, true},
		{"A4: root of 1 x .3 = .548", rank.Input{"phone", 1, "A", "4", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .5477, true},
		{"phone of 180 days: .5", rank.Input{"phone", 1, "A", "1", x44, ago(180), 2, 3, false, 0, false, 1, 10}, .5, true},
		{"handle of a year: .5", rank.Input{"handle", 1, "A", "1", x44, ago(365), 2, 3, false, 0, false, 1, 10}, .5, true},
		{"wallet of 3 years: .5", rank.Input{"wallet", 1, "A", "1", x44, ago(1095), 2, 3, false, 0, false, 1, 10}, .5, true},
		{"hash of 10 years: 1", rank.Input{"sha256", 1, "A", "1", x44, ago(3650), 2, 3, false, 0, false, 1, 10}, 1, true},
		{"phone never dated: .25", rank.Input{"phone", 1, "A", "1", x44, time.Time{}, 2, 3, false, 0, false, 1, 10}, .25, true},
		{"all 3 of 3: log2(1.75)/log2(2) = .807", rank.Input{"phone", 1, "A", "1", x44, ago(0), 3, 3, false, 0, false, 1, 10}, .8074, true},
		{"both of 2: 1", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 2, false, 0, false, 1, 10}, 1, true},
		{"2 of 27: 1", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 27, false, 0, false, 1, 10}, 1, true},
		{"7 of 27: log2(4.375)/log2(10) = .641", rank.Input{"phone", 1, "A", "1", x44, ago(0), 7, 27, false, 0, false, 1, 10}, .6410, true},
		{"8 of 27 is a hub: log2(4)/log2(10) = .602", rank.Input{"phone", 1, "A", "1", x44, ago(0), 8, 27, false, 0, false, 1, 10}, .6021, false},
		{"one more identifier: 1.5", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 1, false, 1, 10}, 1.5, true},
		{"ten more: bound of 3", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 10, false, 1, 10}, 3, true},
		{"one source report twice: 0", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, true, 0, false, 1, 10}, 0, false},
		{"a hotline's number: 0", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 0, true, 1, 10}, 0, false},
		{"severity not stated: 0", rank.Input{"phone", math.NaN(), "A", "1", x44, ago(0), 2, 3, false, 0, false, 1, 10}, 0, false},
		{"seen tomorrow counts as today: 1", rank.Input{"phone", 1, "A", "1", x44, ago(-1), 2, 3, false, 0, false, 1, 10}, 1, true},
		{"a URL: .5", rank.Input{"url", 1, "A", "1", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .5, true},
		{"an e-mail address: .8", rank.Input{"email", 1, "A", "1", x44, ago(0), 2, 3, false, 0, false, 1, 10}, .8, true},
		{"in two records: 1", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 0, false, 2, 10}, 1, true},
		{"in twenty: .1", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 0, false, 20, 10}, .1, true},
		{"ten more of a bulk case: 1", rank.Input{"phone", 1, "A", "1", x44, ago(0), 2, 3, false, 10, false, 1, 101}, 1, true},
		{".8 x .7 x .5 x 1 x 1 x 1.5 = .42", rank.Input{"phone", .8, "B", "2", x44, ago(180), 2, 3, false, 1, false, 1, 10}, .42, true},
	} {
		s := rank.Rank(c.in, rank.DefaultParams(), now)
		if math.Abs(s.Value-c.score) > 1e-4 || s.Alerts() != c.alerts {
			t.Errorf("%s: %.4f, alerts %v", c.what, s.Value, s.Alerts())
		}
	}
}

func TestReason(t *testing.T) {
	in := rank.Input{Kind: "phone", Severity: 1, GradeSource: "b", GradeInfo: "2", Scheme: "4x4", LastSeen: ago(180), Holders: 2, Agencies: 3, CoOccurring: 1, Places: 1}
	want := "0.52 = severity 1.00 (offence weighs 100 of 100) x kind 1.00 (a phone is somebody's) x grade 0.70 (B2 in 4x4) x freshness 0.50 (last seen 180 days ago, halves in 180) x rarity 1.00 (held by 2 of 3 agencies) x prevalence 1.00 (stands in one record of the own files) x independence 1.00 (whether both have it from one source is not known) x corroboration 1.50 (1 more identifier of the case is shared with the agency)"
	if got := rank.Rank(in, rank.Params{}, now).Reason(); got != want {
		t.Errorf("%s", got)
	}
	in.OnWarningList = true
	if got := rank.Rank(in, rank.Params{}, now).Reason(); !strings.HasPrefix(got, "no alert, on a warning list: 0.00") {
		t.Errorf("%s", got)
	}
}

func TestBoundsAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rank.Input{
			Kind: rapid.SampledFrom([]string{"phone", "wallet", "pdq", "?"}).Draw(t, "kind"), Severity: rapid.Float64().Draw(t, "severity"),
			LastSeen: ago(rapid.IntRange(-10, 3000).Draw(t, "age")), Holders: rapid.IntRange(-1, 40).Draw(t, "holders"),
			Agencies: rapid.IntRange(-1, 40).Draw(t, "agencies"), CoOccurring: rapid.IntRange(-1, 9).Draw(t, "co"),
		}
		s := rank.Rank(in, rank.Params{}, now)
		if !(s.Value >= 0 && s.Value <= 3) || len(s.Factors) != 8 {
			t.Fatal("score out of bounds:", s.Value)
		}
		if in.Severity > 1e-9 && s.Value <= 0 {
			t.Fatal("a lead with a stated severity vanished")
		}
		in.Holders = max(in.Holders, 2)
		in.Agencies = max(in.Agencies, in.Holders+1)
		less := in
		less.Holders++
		if in.Severity > 1e-9 && rank.Rank(less, rank.Params{}, now).Value >= rank.Rank(in, rank.Params{}, now).Value {
			t.Fatal("more holders, but not less rare")
		}
	})
}
