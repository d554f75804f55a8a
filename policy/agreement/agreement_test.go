package agreement_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/crypto/canon"
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
		"network":          func(a *agreement.Agreement) { a.Network = "a b" },
		"version":          func(a *agreement.Agreement) { a.Version = 0 },
		"kinds":            func(a *agreement.Agreement) { a.Kinds = []casework.Kind{"name"} },
		"purposes":         func(a *agreement.Agreement) { a.Purposes = []casework.Purpose{"curiosity"} },
		"legal_bases":      func(a *agreement.Agreement) { a.LegalBases = nil },
		"pairs":            func(a *agreement.Agreement) { a.Pairs = []agreement.Pair{{A: "X", B: "*"}} },
		"quotas":           func(a *agreement.Agreement) { a.Quotas = append(a.Quotas, a.Quotas[0]) },
		"voters":           func(a *agreement.Agreement) { a.Voters = 4 },
		"join_share":       func(a *agreement.Agreement) { a.JoinShare = "2/5" },
		"expel_share":      func(a *agreement.Agreement) { a.ExpelShare = "" },
		"amend_share":      func(a *agreement.Agreement) { a.AmendShare = "3" },
		"query_max_age":    func(a *agreement.Agreement) { a.QueryMaxAge = 60 },
		"append_max_ahead": func(a *agreement.Agreement) { a.AppendMaxAhead = a.EntryMaxSkew + 1 },
		"entries_per_day":  func(a *agreement.Agreement) { a.EntriesPerDay = 0 },
		"bytes_per_day":    func(a *agreement.Agreement) { a.BytesPerDay = 0 },
		"level":            func(a *agreement.Agreement) { a.Level = 0 },
		"normaliser":       func(a *agreement.Agreement) { a.Normaliser = 0 },
		"max_batch":        func(a *agreement.Agreement) { a.MaxBatch = 1 << 21 },
		"silent_permille":  func(a *agreement.Agreement) { a.SilentPermille = 1001 },
		"receipt_max_age":  func(a *agreement.Agreement) { a.ReceiptMaxAge = 0 },
		"entry_max_skew":   func(a *agreement.Agreement) { a.EntryMaxSkew = 0 },
		"retention_days":   func(a *agreement.Agreement) { a.RetentionDays = 0 },
	} {
		a := agreement.Default("example.org/pilot")
		change(&a)
		if err := a.Validate(); !errors.Is(err, agreement.ErrAgreement) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	for name, change := range map[string]func(*agreement.Agreement){
		"title of two lines":        func(a *agreement.Agreement) { a.Title = "one\ntwo" },
		"legal basis twice":         func(a *agreement.Agreement) { a.LegalBases = []string{"a", "a"} },
		"an empty offence":          func(a *agreement.Agreement) { a.Offences = []string{""} },
		"a padded offence":          func(a *agreement.Agreement) { a.Offences = []string{" x"} },
		"witnesses that nobody is":  func(a *agreement.Agreement) { a.Witnesses = 1 },
		"a pair of one":             func(a *agreement.Agreement) { a.Pairs = []agreement.Pair{{A: "nl-police", B: "nl-police"}} },
		"a pair for a foreign kind": func(a *agreement.Agreement) { a.Pairs[0].Kinds = []casework.Kind{casework.PDQ} },
		"a kind twice":              func(a *agreement.Agreement) { a.Kinds = append(a.Kinds, a.Kinds[0]) },
		"a purpose twice":           func(a *agreement.Agreement) { a.Purposes = append(a.Purposes, a.Purposes[0]) },
		"a quota for another kind":  func(a *agreement.Agreement) { a.Quotas[0].Kind = casework.PDQ },
	} {
		a := agreement.Default("example.org/pilot")
		change(&a)
		if err := a.Validate(); !errors.Is(err, agreement.ErrAgreement) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := agreement.Parse(a.Bytes()); !errors.Is(err, agreement.ErrAgreement) {
			t.Errorf("%s was read: %v", name, err)
		}
	}
}

func TestParseTOMLRefusesUnknownKeys(t *testing.T) {
	text, err := agreement.Default("example.org/pilot").TOML()
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string][]string{
		"voteres = 3":                      {`"voteres"`, `"voters"`},
		"Max_Batch = 1":                    {`"Max_Batch"`, `"max_batch"`},
		"[[pairs]]\na = \"*\"\nbb = \"*\"": {`"pairs.bb"`, `"pairs.b"`},
		"quota = 1":                        {`"quota"`, `"quotas"`},
	} {
		bad := line + "\n" + string(text)
		if strings.HasPrefix(line, "[") {
			bad = string(text) + line + "\n"
		}
		_, err := agreement.ParseTOML([]byte(bad))
		if !errors.Is(err, agreement.ErrAgreement) {
			t.Errorf("%s: %v", line, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not name %s", line, err, w)
			}
		}
	}
	for name, bad := range map[string]string{
		"no TOML":         "voters: 3",
		"a negative":      strings.Replace(string(text), "voters = 3", "voters = -3", 1),
		"a huge number":   strings.Replace(string(text), "voters = 3", "voters = 4294967299", 1),
		"a text":          strings.Replace(string(text), "voters = 3", "voters = \"3\"", 1),
		"a key twice":     string(text) + "\n[[pairs]]\na = \"nl\"\na = \"fr\"\nb = \"*\"\n",
		"a setting out":   strings.Replace(string(text), "voters = 3", "", 1),
		"a huge text":     strings.Repeat("#\n", 64<<10),
		"bytes, no UTF-8": "title = \"\xff\"\n" + string(text),
	} {
		if _, err := agreement.ParseTOML([]byte(bad)); !errors.Is(err, agreement.ErrAgreement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCanonical: one agreement has one hash, however its lists came to be empty.
func TestCanonical(t *testing.T) {
	a := agreement.Default("example.org/pilot")
	a.Offences, a.Quotas = nil, nil
	b := a
	b.Offences, b.Quotas = []string{}, []agreement.Quota{}
	if a.Hash() != b.Hash() {
		t.Error("an empty list and none give two hashes")
	}
	if _, err := agreement.Parse(a.Bytes()); err != nil {
		t.Error(err)
	}
	good := agreement.Default("example.org/pilot").Bytes()
	if good[0] != 0xb8 || good[1] != 25 {
		t.Fatalf("%x", good[:2])
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "trailing": append(bytes.Clone(good), 0), "huge": make([]byte, agreement.MaxSize+1),
		"indefinite":   append(append([]byte{0xbf}, good[2:]...), 0xff),
		"not shortest": append([]byte{0xb9, 0, 25}, good[2:]...),
		"unknown key":  append(append([]byte{0xb8, 26}, good[2:]...), 0x18, 26, 0x00),
		"a key twice":  append(append([]byte{0xb8, 26}, good[2:]...), 0x18, 25, 0x01),
		"null list":    bytes.Replace(a.Bytes(), []byte{0x07, 0x80}, []byte{0x07, 0xf6}, 1),
	} {
		if _, err := agreement.Parse(bad); !errors.Is(err, agreement.ErrAgreement) {
			t.Errorf("%s: %v", name, err)
		}
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

// TestLevelOf: the level of an agreement of a later build can be read, whatever else
// that build wrote.
func TestLevelOf(t *testing.T) {
	a := agreement.Default("example.org/pilot")
	if level, err := agreement.LevelOf(a.Bytes()); err != nil || level != agreement.Level {
		t.Errorf("%d, %v", level, err)
	}
	later := canon.Encode(map[int]any{1: "example.org/pilot", 20: 7, 900: map[string]int{"new": 1}})
	if level, err := agreement.LevelOf(later); err != nil || level != 7 {
		t.Errorf("%d, %v", level, err)
	}
	if _, err := agreement.Parse(later); !errors.Is(err, agreement.ErrAgreement) {
		t.Errorf("a later agreement was read: %v", err)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "no level": canon.Encode(map[int]any{1: "x"}), "a text": canon.Encode(map[int]any{20: "7"})} {
		if _, err := agreement.LevelOf(bad); !errors.Is(err, agreement.ErrAgreement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
