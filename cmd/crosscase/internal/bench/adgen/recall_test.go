package adgen_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/bench/adgen"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/text"
	"github.com/crosscase/crosscase/policy/casework"
)

// A score counts what was found of the numbers in texts of one style.
type score struct{ texts, right, wrong, missed int }

func (s score) recall() float64 { return ratio(s.right, s.missed) }

func (s score) precision() float64 { return ratio(s.right, s.wrong) }

func ratio(of, rest int) float64 {
	if of+rest == 0 {
		return 1
	}
	return float64(of) / float64(of+rest)
}

// measure extracts from every text and holds what may be matched against the answers.
func measure(t *testing.T, texts []adgen.Text, show int) (all score, byStyle map[string]*score) {
	t.Helper()
	byStyle = map[string]*score{}
	for _, ad := range texts {
		s := byStyle[ad.Style]
		if s == nil {
			s = new(score)
			byStyle[ad.Style] = s
		}
		s.texts++
		all.texts++
		found, _ := text.Extract(ad.Text, identify.Hint{Region: ad.Region})
		var got []string
		for _, f := range found {
			if f.Identifier.Kind() == casework.Phone && f.Match() {
				got = append(got, f.Identifier.Reveal())
			}
		}
		before := *s
		for _, value := range ad.Expected {
			if slices.Contains(got, value) {
				s.right++
			} else {
				s.missed++
			}
		}
		for _, value := range got {
			if !slices.Contains(ad.Expected, value) {
				s.wrong++
			}
		}
		all.right, all.missed, all.wrong = all.right+s.right-before.right, all.missed+s.missed-before.missed, all.wrong+s.wrong-before.wrong
		if show > 0 && (s.wrong > before.wrong || s.missed > before.missed) {
			show--
			var shown []string
			for _, f := range found {
				shown = append(shown, fmt.Sprintf("%s %.2f", f.Identifier.Reveal(), f.Confidence))
			}
			t.Logf("%s %s %s %q\n\twant %v\n\tgot %v", ad.ID, ad.Style, ad.Region, ad.Text, ad.Expected, shown)
		}
	}
	return all, byStyle
}

func report(t *testing.T, byStyle map[string]*score) {
	t.Helper()
	for _, style := range slices.Sorted(maps.Keys(byStyle)) {
		s := byStyle[style]
		t.Logf("%-28s %5d texts  recall %.3f  precision %.3f  (%d right, %d missed, %d wrong)", style, s.texts, s.recall(), s.precision(), s.right, s.missed, s.wrong)
	}
}

// The published sample, by style.
func TestExtractSample(t *testing.T) {
	f, err := os.Open("testdata/obfuscated_phones_open.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var texts []adgen.Text
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var ad adgen.Text
		if err := json.Unmarshal(lines.Bytes(), &ad); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, ad)
	}
	all, _ := measure(t, texts, 60)
	t.Logf("%d texts: recall %.3f, precision %.3f", all.texts, all.recall(), all.precision())
	if all.texts != 60 || all.recall() < 0.98 || all.precision() < 0.98 {
		t.Errorf("%+v", all)
	}
}

// Generated texts in five languages, by style: no style may be one that is not read.
func TestExtractGenerated(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 2_000
	}
	show := 0
	if os.Getenv("SHOW") != "" {
		fmt.Sscan(os.Getenv("SHOW"), &show)
	}
	all, byStyle := measure(t, adgen.Texts(n, 1), show)
	report(t, byStyle)
	t.Logf("%d texts: recall %.4f, precision %.4f", all.texts, all.recall(), all.precision())
	if all.recall() < 0.97 || all.precision() < 0.995 {
		t.Errorf("%+v", all)
	}
	for style, s := range byStyle {
		if !strings.HasPrefix(style, "decoy-") && s.recall() < 0.6 {
			t.Errorf("%s: recall %.3f", style, s.recall())
		}
	}
}
