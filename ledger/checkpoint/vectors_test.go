package checkpoint_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/policy/casework"
)

// TestCosignatureCases holds published and made-up notes of one log and three
// witnesses against a policy in which each witness is a voter.
func TestCosignatureCases(t *testing.T) {
	data, err := os.ReadFile("testdata/checkpoint_cosignature_cases_open.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Log       string   `json:"log_vkey"`
		Witnesses []string `json:"witness_vkeys_cosignature_v1"`
		Cases     []struct {
			Desc, Note string
			Quorum     bool `json:"quorum_2_of_3"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(file.Log, "+")
	p := checkpoint.Policy{Origin: name}
	for i, w := range file.Witnesses {
		v := checkpoint.Voter{Agency: casework.AgencyID(fmt.Sprintf("witness%d", i+1)), LogKey: file.Log, CosignerKey: w}
		if i > 0 { // the others' log keys signed nothing
			if _, v.LogKey, err = checkpoint.NewLogKey(name); err != nil {
				t.Fatal(err)
			}
		}
		p.Voters = append(p.Voters, v)
	}
	for _, c := range file.Cases {
		got, err := p.Verify([]byte(c.Note))
		if strings.Contains(c.Desc, "extension line") {
			// Allowed by the specification; a network's checkpoints never have one.
			if !errors.Is(err, checkpoint.ErrFormat) {
				t.Errorf("%s: %v", c.Desc, err)
			}
			continue
		}
		if (err == nil) != c.Quorum {
			t.Errorf("%s: %v, want quorum %v", c.Desc, err, c.Quorum)
		}
		if err == nil && (got.Size == 0 || len(got.Cosigners) < 2 || got.Time.Year() < 2020) {
			t.Errorf("%s: %+v", c.Desc, got)
		}
	}
}

// TestForeignNotes reads notes of other logs: none is certified under a policy of
// ours, and what they claim is read as their specifications say.
func TestForeignNotes(t *testing.T) {
	sunlight, err := os.ReadFile("testdata/sunlight_cosigned_checkpoint.txt")
	if err != nil {
		t.Fatal(err)
	}
	c, err := checkpoint.Parse(sunlight)
	if err != nil || c.Origin != "rome2026h1.example.org" || c.Size != 300 || c.Root.String() != "lCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=" {
		t.Errorf("%+v, %v", c, err)
	}
	p, _ := voters(t, "nl-police")
	p.Voters[0].CosignerKey = "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN"
	p.Origin = c.Origin
	// Its cosignature holds, and without a log key of ours that is not enough.
	if _, err := p.Verify(sunlight); !errors.Is(err, checkpoint.ErrNoQuorum) || !strings.Contains(err.Error(), "log key") {
		t.Errorf("a foreign log's cosigned checkpoint: %v", err)
	}
	var example struct{ Note string }
	data, err := os.ReadFile("testdata/c2sp_signed_note_example.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &example); err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.Parse([]byte(example.Note)); !errors.Is(err, checkpoint.ErrFormat) {
		t.Errorf("a note that is no checkpoint: %v", err)
	}
}

// TestTorchwood reads our notes and policies with an implementation that is not ours.
func TestTorchwood(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	c := some(7)
	two := checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, v[2]))
	three := checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, v[1]), signLines(t, c, v[2]))
	one := checkpoint.Assemble(c, signLines(t, c, v[0]))
	theirs := func(text string) torchwood.Policy {
		t.Helper()
		q, err := torchwood.ParsePolicy([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	// It wants the signature of every log that a policy lists.
	all := theirs(p.String())
	signed := theirs(strings.Replace(p.String(), "log "+p.Voters[1].LogKey+"\n", "", 1))
	first := theirs(strings.NewReplacer("log "+p.Voters[1].LogKey+"\n", "", "log "+p.Voters[2].LogKey+"\n", "").Replace(p.String()))
	for name, test := range map[string]struct {
		q    torchwood.Policy
		note []byte
		ok   bool
	}{"three": {all, three, true}, "two": {signed, two, true}, "one": {first, one, false}} {
		got, _, err := torchwood.VerifyCheckpoint(test.note, test.q)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (got.Origin != origin || got.N != 7 || got.Hash != tlog.Hash(c.Root)) {
			t.Errorf("%s: %+v", name, got)
		}
		if _, err := p.Verify(test.note); (err == nil) != test.ok {
			t.Errorf("%s: ours says %v", name, err)
		}
	}
	// A cosignature of theirs is one of ours.
	secret, verifier, err := checkpoint.NewCosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := torchwood.NewCosignatureVerifier(verifier); err != nil || s.Name() != "witness.example" {
		t.Errorf("%s: %v", s.Name(), err)
	}
}
