package agreement_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

func TestRoundTrips(t *testing.T) {
	a := agreement.Default("example.org/pilot")
	back, err := agreement.Parse(a.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, back); diff != "" {
		t.Error(diff)
	}
	text, err := a.TOML()
	if err != nil {
		t.Fatal(err)
	}
	fromText, err := agreement.ParseTOML(text)
	if err != nil {
		t.Fatal(err)
	}
	if fromText.Hash() != a.Hash() {
		t.Errorf("TOML does not give the same agreement:\n%s", text)
	}
}

func TestZeroAllowsNothing(t *testing.T) {
	var a agreement.Agreement
	if a.MayMatch("nl-police", "fr-fiu", casework.Phone) || a.Allows(casework.Investigate, "", "") || a.Validate() == nil || len(a.QuotasFor(casework.Phone)) > 0 {
		t.Error("an empty agreement allows something")
	}
}

func TestMayMatch(t *testing.T) {
	a := agreement.Default("example.org/pilot")
	a.Pairs = []agreement.Pair{
		{A: "nl-police", B: "fr-fiu"},
		{A: "gb-hotline", B: agreement.Any, Kinds: []casework.Kind{casework.SHA256}},
	}
	for _, c := range []struct {
		x, y casework.AgencyID
		kind casework.Kind
		may  bool
	}{
		{"nl-police", "fr-fiu", casework.Phone, true},
		{"fr-fiu", "nl-police", casework.Phone, true},
		{"nl-police", "nl-police", casework.Phone, false},
		{"nl-police", "gb-hotline", casework.Phone, false},
		{"nl-police", "gb-hotline", casework.SHA256, true},
		{"de-bka", "fr-fiu", casework.Phone, false},
		{"nl-police", "fr-fiu", casework.PDQ, false},
	} {
		if got := a.MayMatch(c.x, c.y, c.kind); got != c.may {
			t.Errorf("%s, %s, %s: %v", c.x, c.y, c.kind, got)
		}
	}
}

func TestValidateNamesTheSetting(t *testing.T) {
	for key, change := range map[string]func(*agreement.Agreement){
		"network":         func(a *agreement.Agreement) { a.Network = "a b" },
		"version":         func(a *agreement.Agreement) { a.Version = 0 },
		"kinds":           func(a *agreement.Agreement) { a.Kinds = []casework.Kind{"name"} },
		"purposes":        func(a *agreement.Agreement) { a.Purposes = []casework.Purpose{"curiosity"} },
		"legal_bases":     func(a *agreement.Agreement) { a.LegalBases = nil },
		"pairs":           func(a *agreement.Agreement) { a.Pairs = []agreement.Pair{{A: "X", B: "*"}} },
		"quotas":          func(a *agreement.Agreement) { a.Quotas = append(a.Quotas, a.Quotas[0]) },
		"voters":          func(a *agreement.Agreement) { a.Voters = 4 },
		"join_approvals":  func(a *agreement.Agreement) { a.JoinApprovals = 0 },
		"expel_approvals": func(a *agreement.Agreement) { a.ExpelApprovals = 0 },
		"normaliser":      func(a *agreement.Agreement) { a.Normaliser = 0 },
		"max_batch":       func(a *agreement.Agreement) { a.MaxBatch = 1 << 21 },
		"silent_permille": func(a *agreement.Agreement) { a.SilentPermille = 1001 },
		"receipt_max_age": func(a *agreement.Agreement) { a.ReceiptMaxAge = 0 },
		"entry_max_skew":  func(a *agreement.Agreement) { a.EntryMaxSkew = 0 },
		"retention_days":  func(a *agreement.Agreement) { a.RetentionDays = 0 },
	} {
		a := agreement.Default("example.org/pilot")
		change(&a)
		if err := a.Validate(); !errors.Is(err, agreement.ErrAgreement) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestParseTOMLRefusesUnknownKeys(t *testing.T) {
	text, err := agreement.Default("example.org/pilot").TOML()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agreement.ParseTOML(append([]byte("voteres = 3\n"), text...)); !errors.Is(err, agreement.ErrAgreement) || !strings.Contains(err.Error(), "voteres") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(agreement.Default("example.org/pilot").Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := agreement.Parse(data)
		if err == nil && !bytes.Equal(a.Bytes(), data) {
			t.Error("bytes that are not canonical were accepted")
		}
	})
}

func FuzzParseTOML(f *testing.F) {
	text, err := agreement.Default("example.org/pilot").TOML()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := agreement.ParseTOML(data); err == nil && a.Validate() != nil {
			t.Error("terms that do not hold were accepted")
		}
	})
}
