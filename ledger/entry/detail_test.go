package entry_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

func padded(t testing.TB, d entry.OversightDetail) []byte {
	t.Helper()
	out, err := entry.Padded(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDetail(t *testing.T) {
	d := entry.OversightDetail{
		Officer: casework.OfficerID{1}, Salts: map[string][32]byte{"case": {2}}, Policy: []string{"permit"}, Elements: &entry.Elements{Published: 3, Silent: 1},
		Hits: map[string]uint32{"fr-fiu": 2},
	}
	good := padded(t, d)
	back, err := entry.ParseDetail(good)
	if err != nil || cmp.Diff(d, back) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(d, back))
	}
	changed := func(at int, b byte) []byte {
		out := bytes.Clone(good)
		out[at] = b
		return out
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "trailing": append(bytes.Clone(good), 0), "short": good[:len(good)-1], "a length past the end": changed(0, 0xff),
		"padding that says something": changed(len(good)-1, 1), "a length too short": changed(1, good[1]-1),
	} {
		if _, err := entry.ParseDetail(bad); !errors.Is(err, entry.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAttackLengthOfReason: who reads the ledger learns from the size of a detail
// neither how long a reason is, nor what was typed with the command.
func TestAttackLengthOfReason(t *testing.T) {
	key, err := seal.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 100, 2000} {
		c := casework.Command{Params: []byte(strings.Repeat("+3161234567", n))}
		d := entry.OversightDetail{Command: c.Act(), Justification: &casework.Justification{Reason: strings.Repeat("x", n), At: time.Now()}}
		sealed, err := d.Seal(key.Public(), network)
		if err != nil || len(sealed) != entry.SealedSize {
			t.Errorf("a reason of %d bytes: %d sealed, %v", n, len(sealed), err)
			continue
		}
		back, err := entry.OpenDetail(key, network, sealed)
		if err != nil || back.Justification.Reason != d.Justification.Reason {
			t.Error(err)
		}
		if _, err := entry.OpenDetail(key, "example.org/other", sealed); err == nil {
			t.Error("it opens in another network")
		}
	}
	d := entry.OversightDetail{Justification: &casework.Justification{Reason: strings.Repeat("x", 5000)}}
	if _, err := d.Seal(key.Public(), network); !errors.Is(err, entry.ErrTooLong) {
		t.Errorf("a reason of 5,000 bytes: %v", err)
	}
}

// TestAttackTypedValuesInDetail: the key of an oversight body, once it leaks, does
// not open the identifiers that officers typed.
func TestAttackTypedValuesInDetail(t *testing.T) {
	const typed = "+31612345678"
	command := casework.NewCommand(network, "nl-police", make([]byte, 32), "ask", []byte(`{"values":["`+typed+`"]}`), time.Now())
	plain := padded(t, entry.OversightDetail{Command: command.Act()})
	if bytes.Contains(plain, []byte(typed)) {
		t.Error("the detail holds the value")
	}
	// Neither can a guess of the value be tested: the salt stays with the agency.
	if bytes.Contains(plain, command.Salt[:]) {
		t.Error("the detail holds the salt")
	}
}

func FuzzDetail(f *testing.F) {
	f.Add(padded(f, entry.OversightDetail{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := entry.ParseDetail(data); err == nil && !bytes.Equal(padded(t, d), data) {
			t.Error("a detail has two encodings")
		}
	})
}
