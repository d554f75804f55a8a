package checkpoint_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/policy/casework"
)

// TestOldNoteStaysOld: one voter of three that claims to have cosigned later than
// it did must not make an old checkpoint look fresh.
func TestOldNoteStaysOld(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	c := some(9)
	at := func(i int, when time.Time) []byte {
		logLine, _, _ := strings.Cut(string(signLines(t, c, v[i])), "\n")
		return []byte(logLine + "\n" + cosignAt(t, c, v[i].cosigner, when))
	}
	old, now := time.Unix(1_700_000_000, 0).UTC(), time.Unix(1_700_086_400, 0).UTC()
	for name, test := range map[string]struct {
		times []time.Time
		want  time.Time
	}{
		"two, one of them late":         {[]time.Time{old, now}, old},
		"three, one of them late":       {[]time.Time{old, now, old}, old},
		"three, a majority of them new": {[]time.Time{now, old, now}, now},
	} {
		var lines [][]byte
		for i, when := range test.times {
			lines = append(lines, at(i, when))
		}
		got, err := p.Verify(checkpoint.Assemble(c, lines...))
		if err != nil {
			t.Fatal(name, err)
		}
		if !got.Time.Equal(test.want) {
			t.Errorf("%s: %s, want %s", name, got.Time, test.want)
		}
	}
}

// cosignAt cosigns with a time of the caller's choice, as a lying voter would.
func cosignAt(t *testing.T, c checkpoint.Checkpoint, secret string, at time.Time) string {
	t.Helper()
	fields := strings.SplitN(secret, "+", 5) // PRIVATE+KEY+name+hash+key
	key, err := base64.StdEncoding.DecodeString(fields[4])
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519FromSeed(key[1:])
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at.Unix(), c.Text())
	body := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	body = append(body, sign25519(private, []byte(message))...)
	id := cosignerHash(fields[2], private)
	return fmt.Sprintf("— %s %s\n", fields[2], base64.StdEncoding.EncodeToString(append(id, body...)))
}

func TestCountedOnce(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	c := some(4)
	lines := signLines(t, c, v[0])
	_, cosigned, _ := strings.Cut(string(signLines(t, c, v[1])), "\n")
	logged, _, _ := strings.Cut(string(signLines(t, c, v[1])), "\n")
	for name, test := range map[string]struct {
		note []byte
		want error
	}{
		"a cosignature without its log signature counts": {checkpoint.Assemble(c, lines, []byte(cosigned)), nil},
		"a log signature without cosignature does not":   {checkpoint.Assemble(c, lines, []byte(logged+"\n")), checkpoint.ErrNoQuorum},
		"cosignatures without any log signature":         {checkpoint.Assemble(c, []byte(cosigned), onlyCosigned(t, c, v[2])), checkpoint.ErrNoQuorum},
		"one voter many times":                           {checkpoint.Assemble(c, bytes.Repeat(lines, 20)), checkpoint.ErrNoQuorum},
	} {
		if _, err := p.Verify(test.note); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	twice := p
	twice.Voters = append(twice.Voters[:2:2], twice.Voters[0])
	if _, err := twice.Verify(checkpoint.Assemble(c, lines)); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("one key for two voters: %v", err)
	}
}

func onlyCosigned(t *testing.T, c checkpoint.Checkpoint, v voter) []byte {
	t.Helper()
	_, line, _ := strings.Cut(string(signLines(t, c, v)), "\n")
	return []byte(line)
}

// TestOwnLines: a voter that slips a broken line in over another's name is left
// with its own two lines.
func TestOwnLines(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	c := some(4)
	honest, other := signLines(t, c, v[1]), some(4)
	spoilt := append(bytes.Clone(honest), signLines(t, other, v[0])...) // nl-police's lines, for another root
	if _, err := p.Verify(checkpoint.Assemble(c, signLines(t, c, v[2]), spoilt)); !errors.Is(err, checkpoint.ErrSignature) {
		t.Fatalf("the attack does not work any more: %v", err)
	}
	own, err := p.OwnLines(c, "fr-fiu", spoilt)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(own, honest) {
		t.Errorf("%q", own)
	}
	if _, err := p.Verify(checkpoint.Assemble(c, signLines(t, c, v[2]), own)); err != nil {
		t.Error(err)
	}
	for name, test := range map[string]struct {
		from  casework.AgencyID
		lines []byte
		want  error
	}{
		"a stranger":          {"de-bka", honest, checkpoint.ErrNoQuorum},
		"another's lines":     {"fr-fiu", signLines(t, c, v[0]), checkpoint.ErrNoQuorum},
		"no cosignature":      {"fr-fiu", honest[:bytes.IndexByte(honest, '\n')+1], checkpoint.ErrNoQuorum},
		"of another root":     {"fr-fiu", signLines(t, other, v[1]), checkpoint.ErrSignature},
		"nothing":             {"fr-fiu", nil, checkpoint.ErrFormat},
		"another text before": {"fr-fiu", append([]byte(other.Text()+"\n"), signLines(t, other, v[1])...), checkpoint.ErrSignature},
		"huge":                {"fr-fiu", make([]byte, checkpoint.MaxSize), checkpoint.ErrFormat},
	} {
		if _, err := p.OwnLines(c, test.from, test.lines); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestPolicyText(t *testing.T) {
	p, _ := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	back, err := checkpoint.ParsePolicy("# of a network\n\n" + p.String())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Error(diff)
	}
	p.Witnesses = []string{witness(t, "a.example"), witness(t, "b.example")}
	p.Needed = 2
	if back, err = checkpoint.ParsePolicy(p.String()); err != nil || cmp.Diff(p, back) != "" {
		t.Errorf("with witnesses: %v\n%s", err, cmp.Diff(p, back))
	}
	text := p.String()
	for name, bad := range map[string]string{
		"empty":             "",
		"lower quorum":      strings.Replace(text, "group voters 2", "group voters 1", 1),
		"no witnesses":      strings.Replace(text, "quorum certified", "quorum voters", 1),
		"quorum none":       strings.Replace(text, "quorum certified", "quorum none", 1),
		"a key too many":    "log " + p.Voters[0].LogKey + "\n" + text,
		"one voter twice":   strings.ReplaceAll(text, p.Voters[1].CosignerKey, p.Voters[0].CosignerKey),
		"two log keys same": strings.ReplaceAll(text, p.Voters[1].LogKey, p.Voters[0].LogKey),
		"unknown line":      text + "mirror x\n",
		"huge":              strings.Repeat("#\n", 64<<10),
	} {
		if _, err := checkpoint.ParsePolicy(bad); !errors.Is(err, checkpoint.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPinnedPolicyForeign: unmodified torchwood parses a pinned policy and accepts a
// checkpoint that the voter signed, and none that it did not.
func TestPinnedPolicyForeign(t *testing.T) {
	p, v := voters(t, "nl-police", "fr-fiu", "gb-hotline")
	c := some(4)
	all := checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, v[1]), signLines(t, c, v[2]))
	down := checkpoint.Assemble(c, signLines(t, c, v[0]), signLines(t, c, v[1]))
	one := checkpoint.Assemble(c, signLines(t, c, v[0]))
	for i, voter := range p.Voters {
		text, err := p.Pinned(voter.Agency)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := torchwood.ParsePolicy([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if _, _, err := torchwood.VerifyCheckpoint(all, policy); err != nil {
			t.Errorf("%s: %v", voter.Agency, err)
		}
		if _, _, err := torchwood.VerifyCheckpoint(down, policy); (err == nil) != (i < 2) {
			t.Errorf("%s, with gb-hotline down: %v", voter.Agency, err)
		}
		if _, _, err := torchwood.VerifyCheckpoint(one, policy); err == nil {
			t.Errorf("%s: no quorum, and accepted", voter.Agency)
		}
	}
	if _, err := p.Pinned("de-bka"); !errors.Is(err, checkpoint.ErrPolicy) {
		t.Error(err)
	}
}

func witness(t *testing.T, name string) string {
	t.Helper()
	_, v, err := checkpoint.NewCosignerKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestKeysHaveOneSpelling: two spellings of one key would be two votes.
func TestKeysHaveOneSpelling(t *testing.T) {
	p, _ := voters(t, "nl-police")
	lk, ck := p.Voters[0].LogKey, p.Voters[0].CosignerKey
	plain := witness(t, origin+"/nl-police")
	zero := strings.Repeat("\x00", 31)
	for name, test := range map[string]struct {
		log, cosigner string
		want          error
	}{
		"good":                      {lk, ck, nil},
		"another good cosigner key": {lk, plain, nil},
		"line break in the log key": {lk[:len(lk)-4] + "\n" + lk[len(lk)-4:], ck, checkpoint.ErrKey},
		"line break in a cosigner":  {lk, ck[:len(ck)-4] + "\n" + ck[len(ck)-4:], checkpoint.ErrKey},
		"wrong hash":                {lk, strings.Replace(ck, strings.SplitN(ck, "+", 3)[1], "00000000", 1), checkpoint.ErrKey},
		"a log key as cosigner key": {lk, asLogKey(t, origin+"/nl-police"), checkpoint.ErrKey},
		"small order":               {lk, cosignerText(origin+"/nl-police", "\x01"+zero), checkpoint.ErrKey},
		"two encodings of a point":  {lk, cosignerText(origin+"/nl-police", "\xee"+strings.Repeat("\xff", 30)+"\x7f"), checkpoint.ErrKey},
		"nonsense":                  {"x", ck, checkpoint.ErrFormat},
	} {
		if err := checkpoint.CheckKeys(origin, "nl-police", test.log, test.cosigner); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if err := sign.CheckKey([]byte("\x01" + zero)); !errors.Is(err, sign.ErrKey) {
		t.Errorf("small order: %v", err)
	}
	if !checkpoint.Clash(lk, strings.SplitAfterN(lk, "+", 3)[0]+strings.SplitAfterN(lk, "+", 3)[1]+"AAAA") || checkpoint.Clash(lk, ck) || checkpoint.Clash("", "") {
		t.Error("Clash")
	}
}

func asLogKey(t *testing.T, name string) string {
	t.Helper()
	_, v, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func FuzzParsePolicy(f *testing.F) {
	f.Add("log x\nwitness voter/aa y\ngroup voters 1 voter/aa\nquorum voters\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := checkpoint.ParsePolicy(text)
		if err != nil {
			return
		}
		if again, err := checkpoint.ParsePolicy(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("it does not read its own text: %v", err)
		}
	})
}
