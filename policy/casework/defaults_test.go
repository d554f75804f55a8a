package casework_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

func TestCaseIsOpenedAsStated(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*casework.Case)
		ok     bool
	}{
		"plain":          {func(*casework.Case) {}, true},
		"no reference":   {func(c *casework.Case) { c.Ref = "" }, false},
		"long reference": {func(c *casework.Case) { c.Ref = strings.Repeat("x", casework.MaxRef+1) }, false},
		"longest":        {func(c *casework.Case) { c.Ref = strings.Repeat("x", casework.MaxRef) }, true},
		"category":       {func(c *casework.Case) { c.Category = casework.Victim }, true},
		"no category":    {func(c *casework.Case) { c.Category = "bystander" }, false},
		"purpose":        {func(c *casework.Case) { c.Purpose = casework.Investigate }, true},
		"no purpose":     {func(c *casework.Case) { c.Purpose = "curiosity" }, false},
	} {
		k := casework.Case{Ref: "C-1"}
		c.change(&k)
		if err := k.Validate(); (err == nil) != c.ok || (err != nil && !errors.Is(err, casework.ErrStated)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var openCase = casework.Case{
	ID: casework.NewCaseID(), Ref: "C-1", Purpose: casework.Investigate, Offence: "human-trafficking", LegalBasis: "national law",
	Category: casework.Suspect, Grading: casework.Grading{Scheme: "4x4", Source: "B", Info: "2"}, Handling: casework.Handling{Codes: "H1"},
}

func TestJustificationIsCompletedByItsCase(t *testing.T) {
	j, err := casework.Justification{LegalBasis: "a court order", Reason: "receipt"}.Of(openCase)
	want := casework.Justification{
		Case: openCase.ID, CaseRef: "C-1", Purpose: casework.Investigate, Offence: "human-trafficking", Category: casework.Suspect,
		Aim: "identify", LegalBasis: "a court order", Reason: "receipt",
	}
	if err != nil || j != want {
		t.Errorf("%+v, %v", j, err)
	}
	for field, change := range map[string]func(*casework.Case){
		"purpose":     func(c *casework.Case) { c.Purpose = "" },
		"offence":     func(c *casework.Case) { c.Offence = "" },
		"legal-basis": func(c *casework.Case) { c.LegalBasis = "" },
	} {
		c := openCase
		change(&c)
		var missing *casework.UnstatedError
		if _, err := (casework.Justification{}).Of(c); !errors.Is(err, casework.ErrUnstated) || !errors.As(err, &missing) || missing.Field != field {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

func TestEvidenceAndRequestsAreCompletedByTheirCase(t *testing.T) {
	e := casework.Evidence{}.Of(openCase)
	if e.Category != casework.Suspect || e.Grading != openCase.Grading || e.Handling.Codes != "H1" {
		t.Errorf("%+v", e)
	}
	own := casework.Evidence{Category: casework.Victim, Handling: casework.Handling{Codes: "H3"}, Grading: casework.Grading{Scheme: "4x4", Source: "X", Info: "4"}}
	if got := own.Of(openCase); got.Category != casework.Victim || got.Handling.Codes != "H3" || got.Grading.Source != "X" {
		t.Errorf("what the source states was replaced: %+v", got)
	}
	second := openCase
	second.Offence = "fraud"
	if r := (casework.Request{LegalBasis: "treaty"}).Of(casework.Case{}, openCase, second); r.Offence != "human-trafficking" || r.LegalBasis != "treaty" || r.Purpose != casework.Investigate {
		t.Errorf("%+v", r)
	}
}

func TestSeverity(t *testing.T) {
	if casework.Severity("human-trafficking") != 1 || casework.Severity("") != 0.5 || casework.Severity("money-laundering") <= 0.5 {
		t.Error("offences are not weighed")
	}
}
