package rules_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/rules"
)

// TestWorksheet holds the built-in rules to a worksheet that a lawyer can read.
func TestWorksheet(t *testing.T) {
	text, err := os.ReadFile("testdata/default.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := rules.Default()
	first := map[string]string{}
	var cases int
	for block := range strings.SplitSeq(string(text), "\n\n") {
		settings, want, name := map[string]string{}, "", ""
		below := false
		for line := range strings.SplitSeq(block, "\n") {
			key, value, found := strings.Cut(line, ":")
			switch value = strings.TrimSpace(value); {
			case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			case line == "---":
				below = true
			case below:
				want = strings.TrimSpace(line)
			case key == "case":
				name = value
			case found:
				settings[key] = value
			default:
				t.Fatalf("a line of the worksheet is not understood: %q", line)
			}
		}
		if name == "" {
			continue
		}
		cases++
		if len(first) == 0 {
			first = settings
		}
		t.Run(name, func(t *testing.T) {
			facts := read(t, first, settings)
			d := r.Decide(facts, time.Unix(0, 0))
			var fields []string
			for _, f := range d.Fields {
				fields = append(fields, string(f))
			}
			got := d.Verdict.String() + ": " + strings.Join(fields, ", ")
			if d.Verdict == rules.Refuse {
				got = "refuse: " + string(d.Ground)
			}
			if got != want {
				t.Errorf("got %q, want %q\n%s", got, want, strings.Join(d.Reasons, "\n"))
			}
			if len(d.Reasons) == 0 {
				t.Error("a decision without reasons")
			}
		})
	}
	if cases < 15 {
		t.Errorf("only %d cases were read", cases)
	}
}

func read(t *testing.T, first, settings map[string]string) rules.Facts {
	get := func(key string) string {
		if v, ok := settings[key]; ok {
			return v
		}
		return first[key]
	}
	list := func(key string) []string {
		return slices.DeleteFunc(strings.Split(strings.ReplaceAll(get(key), " ", ""), ","), func(s string) bool { return s == "" })
	}
	for key := range settings {
		if _, ok := first[key]; !ok {
			t.Fatalf("the worksheet has a setting %q that the first block has not", key)
		}
	}
	days, err := strconv.Atoi(get("retention"))
	if err != nil {
		t.Fatal(err)
	}
	asker, country, _ := strings.Cut(get("asker"), " ")
	f := rules.Facts{
		Asker: casework.AgencyID(asker), AskerCountry: strings.Trim(country, "()"),
		Agreed: get("agreed") == "yes", Kind: casework.Phone,
		Category: casework.SubjectCategory(get("category")), Consent: get("consent") == "yes", Hold: get("hold") == "yes",
		Request: casework.Request{ID: casework.NewRequestID(), Purpose: casework.Purpose(get("purpose")), Use: get("use"), Retention: days},
	}
	if get("judicial") == "yes" {
		f.Request.Judicial = "ref 1"
	}
	for _, h := range list("handling") {
		f.Handling = append(f.Handling, casework.Handling{Codes: h})
	}
	for _, w := range list("wanted") {
		f.Request.Wanted = append(f.Request.Wanted, casework.Field(w))
	}
	return f
}

// A forbid that fails to evaluate is skipped by Cedar, which then answers Allow.
func TestErrorRefuses(t *testing.T) {
	r, err := rules.Parse([]byte(`
@id("all") permit (principal, action == Action::"disclose", resource);
@id("overflow") @ground("national_security")
forbid (principal, action == Action::"disclose", resource)
when { context.retention_days + 9223372036854775807 > 0 };`))
	if err != nil {
		t.Fatal(err)
	}
	f := rules.Facts{Asker: "fr-fiu", Agreed: true, Kind: casework.Phone, Category: casework.Suspect, Request: casework.Request{
		ID: casework.NewRequestID(), Retention: 10, Wanted: []casework.Field{casework.FieldContact}}}
	if d := r.Decide(f, time.Now()); d.Verdict != rules.Refuse {
		t.Errorf("a rule that failed let %v through", d.Fields)
	}
	f.Request.Retention = -10 // now the forbid evaluates, and holds
	if d := r.Decide(f, time.Now()); d.Verdict != rules.Refuse || d.Ground != casework.NationalSecurity {
		t.Errorf("%v %v", d.Verdict, d.Ground)
	}
}

func TestZeroRulesRefuse(t *testing.T) {
	f := rules.Facts{Request: casework.Request{Wanted: []casework.Field{casework.FieldContact}}}
	if d := (&rules.Rules{}).Decide(f, time.Now()); d.Verdict != rules.Refuse {
		t.Error("rules that nobody loaded permit")
	}
	var none *rules.Rules
	if d := none.Decide(f, time.Now()); d.Verdict != rules.Refuse {
		t.Error("no rules permit")
	}
	if (rules.Decision{}).Verdict != rules.Refuse {
		t.Error("the zero decision permits")
	}
}

func TestParseRefuses(t *testing.T) {
	if _, err := rules.Parse(rules.DefaultText()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"empty":                {"", "no rule"},
		"not Cedar":            {"allow everything", ""},
		"no id":                {`permit (principal, action, resource);`, "@id"},
		"two of one id":        {`@id("a") permit (principal, action, resource); @id("a") permit (principal, action, resource);`, "two rules"},
		"forbid, no ground":    {`@id("a") forbid (principal, action, resource);`, "@ground"},
		"unknown ground":       {`@id("a") @ground("because") forbid (principal, action, resource);`, "@ground"},
		"unknown annotation":   {`@id("a") @gruond("x") permit (principal, action, resource);`, "@gruond"},
		"unknown attribute":    {`@id("a") permit (principal, action == Action::"disclose", resource) when { resource.colour == "red" };`, "rule a"},
		"another type":         {`@id("a") permit (principal, action == Action::"disclose", resource) when { context.agreed == "yes" };`, "rule a"},
		"unknown action":       {`@id("a") permit (principal, action == Action::"publish", resource);`, "rule a"},
		"escalation of forbid": {`@id("a") @ground("not_available") @escalate("x") forbid (principal, action, resource);`, "@escalate"},
	} {
		_, err := rules.Parse([]byte(c.text))
		if !errors.Is(err, rules.ErrRules) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(rules.DefaultText())
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := rules.Parse(text)
		if (err == nil) == (r == nil) {
			t.Error("rules and error, or neither")
		}
	})
}
