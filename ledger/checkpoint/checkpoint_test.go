package checkpoint_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/policy/casework"
)

const origin = "example.org/pilot"

type voter struct{ log, cosigner string }

func voters(t *testing.T, names ...casework.AgencyID) (checkpoint.Policy, []voter) {
	t.Helper()
	p := checkpoint.Policy{Origin: origin}
	var secrets []voter
	for _, n := range names {
		ls, lv, err := checkpoint.NewLogKey(origin)
		if err != nil {
			t.Fatal(err)
		}
		cs, cv, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(origin, n))
		if err != nil {
			t.Fatal(err)
		}
		if err := checkpoint.CheckKeys(origin, n, lv, cv); err != nil {
			t.Fatal(err)
		}
		p.Voters = append(p.Voters, checkpoint.Voter{Agency: n, LogKey: lv, CosignerKey: cv})
		secrets = append(secrets, voter{ls, cs})
	}
	return p, secrets
}

func signLines(t *testing.T, c checkpoint.Checkpoint, v voter) []byte {
	t.Helper()
	lines, err := checkpoint.Sign(c, v.log, v.cosigner)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func some(size uint64) checkpoint.Checkpoint {
	c := checkpoint.Checkpoint{Origin: origin, Size: size}
	rand.Read(c.Root[:])
	return c
}

func TestQuorum(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	c := some(7)
	one := checkpoint.Assemble(c, signLines(t, c, v[0]))
	if _, err := p.Verify(one); !errors.Is(err, checkpoint.ErrNoQuorum) {
		t.Errorf("one of three: %v", err)
	}
	if _, err := p.Verify(checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, v[0]))); !errors.Is(err, checkpoint.ErrNoQuorum) {
		t.Errorf("one twice: %v", err)
	}
	got, err := p.Verify(checkpoint.Assemble(c, signLines(t, c, v[2]), signLines(t, c, v[0])))
	if err != nil {
		t.Fatal(err)
	}
	if got.Checkpoint != c || len(got.Cosigners) != 2 || got.Cosigners[0] != "nl-police" || time.Since(got.Time) > time.Minute {
		t.Errorf("%+v", got)
	}
	if back, err := checkpoint.Parse(got.Note); err != nil || back != c {
		t.Errorf("Parse: %+v, %v", back, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	_, strangers := voters(t, "nl-police", "fr-fiu")
	c, other := some(7), some(7)
	foreign := c
	foreign.Origin = "example.org/other"
	whole := checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, v[1]))
	logLine, _, _ := strings.Cut(string(signLines(t, c, v[1])), "\n")
	for name, test := range map[string]struct {
		note []byte
		want error
	}{
		"strangers":          {checkpoint.Assemble(c, signLines(t, c, strangers[0]), signLines(t, c, strangers[1])), checkpoint.ErrNoQuorum},
		"one and a stranger": {checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, strangers[1])), checkpoint.ErrNoQuorum},
		"no cosignature":     {checkpoint.Assemble(c, signLines(t, c, v[0]), []byte(logLine+"\n")), checkpoint.ErrNoQuorum},
		"of another root":    {checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, other, v[1])), checkpoint.ErrSignature},
		"size changed":       {[]byte(strings.Replace(string(whole), "\n7\n", "\n8\n", 1)), checkpoint.ErrSignature},
		"another origin":     {[]byte(strings.Replace(string(whole), origin+"\n", foreign.Origin+"\n", 1)), checkpoint.ErrSignature},
		"truncated":          {whole[:len(whole)-20], checkpoint.ErrFormat},
		"empty":              {nil, checkpoint.ErrFormat},
		"huge":               {make([]byte, checkpoint.MaxSize+1), checkpoint.ErrFormat},
	} {
		if _, err := p.Verify(test.note); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if _, err := (checkpoint.Policy{}).Verify(whole); !errors.Is(err, checkpoint.ErrNoQuorum) {
		t.Errorf("the zero policy: %v", err)
	}
	if _, err := checkpoint.Sign(foreign, v[0].log, v[0].cosigner); !errors.Is(err, checkpoint.ErrOrigin) {
		t.Errorf("signing for another log: %v", err)
	}
	if err := checkpoint.CheckKeys(origin, "fr-fiu", p.Voters[0].LogKey, p.Voters[0].CosignerKey); !errors.Is(err, checkpoint.ErrOrigin) {
		t.Errorf("another's cosigner key: %v", err)
	}
}

func TestWitnesses(t *testing.T) {
	p, v := voters(t, "nl-police")
	ws, wv, err := checkpoint.NewCosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	p.Witnesses, p.Needed = []string{wv}, 1
	c := some(3)
	if _, err := p.Verify(checkpoint.Assemble(c, signLines(t, c, v[0]))); !errors.Is(err, checkpoint.ErrWitnesses) {
		t.Errorf("no witness: %v", err)
	}
	_, wline, ok := strings.Cut(string(signLines(t, c, voter{v[0].log, ws})), "\n")
	if !ok {
		t.Fatal("no cosignature line")
	}
	if _, err := p.Verify(checkpoint.Assemble(c, signLines(t, c, v[0]), []byte(wline))); err != nil {
		t.Errorf("with a witness: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	p := checkpoint.Policy{Origin: origin}
	_, lv, _ := checkpoint.NewLogKey(origin)
	_, cv, _ := checkpoint.NewCosignerKey(origin + "/a")
	p.Voters = []checkpoint.Voter{{Agency: "aa", LogKey: lv, CosignerKey: cv}}
	f.Add([]byte(checkpoint.Checkpoint{Origin: origin, Size: 1, Root: tlog.Hash{1}}.Text() + "\n— x AAAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := p.Verify(data); err == nil {
			t.Error("a note that nobody signed was certified")
		}
		if c, err := checkpoint.Parse(data); err == nil && !strings.HasPrefix(string(data), c.Text()) {
			t.Error("the text read is not the text written")
		}
	})
}
