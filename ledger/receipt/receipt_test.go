package receipt_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/policy/casework"
)

const origin = "example.org/pilot"

// ledger is a small log with one voter.
type ledger struct {
	leaves [][]byte
	hashes []tlog.Hash
	policy checkpoint.Policy
	log    string
	cosign string
}

func (l *ledger) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func newLedger(t testing.TB, n int) *ledger {
	t.Helper()
	ls, lv, err := checkpoint.NewLogKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	cs, cv, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(origin, "nl-police"))
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{log: ls, cosign: cs, policy: checkpoint.Policy{Origin: origin, Voters: []checkpoint.Voter{{Agency: "nl-police", LogKey: lv, CosignerKey: cv}}}}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var prev entry.Hash
	for i := range n {
		e, err := entry.Sign(entry.Header{Network: origin, Agency: "nl-police", Seq: uint64(i + 1), Prev: prev, Time: int64(1000 + i)},
			&entry.Erase{What: "item", Count: uint32(i + 1), Reason: "retention"}, key)
		if err != nil {
			t.Fatal(err)
		}
		prev = e.Hash()
		leaf := entry.Leaf(int64(2000+i), e.Raw())
		stored, err := tlog.StoredHashes(int64(i), leaf, l)
		if err != nil {
			t.Fatal(err)
		}
		l.hashes = append(l.hashes, stored...)
		l.leaves = append(l.leaves, leaf)
	}
	return l
}

func (l *ledger) note(t testing.TB, size int) []byte {
	t.Helper()
	root, err := tlog.TreeHash(int64(size), l)
	if err != nil {
		t.Fatal(err)
	}
	c := checkpoint.Checkpoint{Origin: origin, Size: uint64(size), Root: root}
	lines, err := checkpoint.Sign(c, l.log, l.cosign)
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint.Assemble(c, lines)
}

func (l *ledger) receipt(t testing.TB, index, size int) receipt.Receipt {
	t.Helper()
	p, err := tlog.ProveRecord(int64(size), int64(index), l)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.New(l.leaves[index], uint64(index), p, l.note(t, size))
}

func TestVerify(t *testing.T) {
	l := newLedger(t, 11)
	for size := 1; size <= 11; size++ {
		for index := range size {
			r, err := receipt.Parse(l.receipt(t, index, size).Bytes())
			if err != nil {
				t.Fatal(err)
			}
			v, err := r.Verify(l.policy)
			if err != nil {
				t.Fatalf("%d of %d: %v", index, size, err)
			}
			if v.Index != uint64(index) || v.Appended != int64(2000+index) || v.Entry.Seq != uint64(index+1) || v.Certified.Size != uint64(size) {
				t.Errorf("%d of %d: %+v", index, size, v)
			}
			if i, err := r.Index(); err != nil || i != v.Index {
				t.Errorf("Index: %d, %v", i, err)
			}
		}
	}
}

func TestForgeriesAreRefused(t *testing.T) {
	l, other := newLedger(t, 11), newLedger(t, 11)
	good := l.receipt(t, 4, 11)
	swap := func(old, new string) receipt.Receipt {
		return receipt.Receipt{Leaf: good.Leaf, Proof: []byte(strings.Replace(string(good.Proof), old, new, 1))}
	}
	changed := slices.Clone(good.Leaf)
	changed[3] ^= 1 // another append time
	for name, c := range map[string]struct {
		r    receipt.Receipt
		want error
	}{
		"another entry":           {receipt.Receipt{Leaf: l.leaves[5], Proof: good.Proof}, receipt.ErrInclusion},
		"another time":            {receipt.Receipt{Leaf: changed, Proof: good.Proof}, receipt.ErrInclusion},
		"another index":           {swap("index 4", "index 5"), receipt.ErrInclusion},
		"an index past the end":   {swap("index 4", "index 11"), receipt.ErrIndex},
		"a huge index":            {swap("index 4", "index 18446744073709551615"), receipt.ErrIndex},
		"an index in other words": {swap("index 4", "index 04"), receipt.ErrFormat},
		"a negative index":        {swap("index 4", "index -4"), receipt.ErrFormat},
		"a step of the proof out": {cutLine(good, 2), receipt.ErrInclusion},
		"a step of it twice":      {twice(good, 2), receipt.ErrInclusion},
		"an older checkpoint":     {receipt.Receipt{Leaf: good.Leaf, Proof: l.receipt(t, 3, 4).Proof}, receipt.ErrInclusion},
		"checkpoint before entry": {withNote(good, l.note(t, 4)), receipt.ErrIndex},
		"bytes after the proof":   {receipt.Receipt{Leaf: good.Leaf, Proof: append(slices.Clone(good.Proof), 'x')}, receipt.ErrFormat},
		"a line after the proof":  {receipt.Receipt{Leaf: good.Leaf, Proof: append(slices.Clone(good.Proof), "x\n"...)}, checkpoint.ErrFormat},
		"CRLF":                    {receipt.Receipt{Leaf: good.Leaf, Proof: []byte(strings.ReplaceAll(string(good.Proof), "\n", "\r\n"))}, receipt.ErrFormat},
		"an inner node as a leaf": {receipt.Receipt{Leaf: append([]byte{1}, make([]byte, 64)...), Proof: good.Proof}, receipt.ErrInclusion},
		"a foreign entry":         {foreign(t, l), receipt.ErrNetwork},
		"another network's voter": {other.receipt(t, 4, 11), checkpoint.ErrNoQuorum},
		"another size":            {swap("\n11\n", "\n12\n"), checkpoint.ErrSignature},
		"extra data":              {swap("index 4", "extra AAAA\nindex 4"), receipt.ErrFormat},
		"no proof":                {receipt.Receipt{Leaf: good.Leaf}, receipt.ErrFormat},
		"a huge leaf":             {receipt.Receipt{Leaf: make([]byte, 17<<10), Proof: good.Proof}, receipt.ErrFormat},
		"the zero receipt":        {receipt.Receipt{}, receipt.ErrFormat},
	} {
		if _, err := c.r.Verify(l.policy); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	elsewhere := l.policy
	elsewhere.Origin = "example.org/other"
	if _, err := good.Verify(elsewhere); !errors.Is(err, checkpoint.ErrOrigin) {
		t.Errorf("checked against another network: %v", err)
	}
}

// lines returns the lines of a proof, of which one may be taken out or doubled.
func lines(r receipt.Receipt) []string { return strings.SplitAfter(string(r.Proof), "\n") }

func cutLine(r receipt.Receipt, n int) receipt.Receipt {
	return receipt.Receipt{Leaf: r.Leaf, Proof: []byte(strings.Join(slices.Delete(lines(r), n, n+1), ""))}
}

func twice(r receipt.Receipt, n int) receipt.Receipt {
	l := lines(r)
	return receipt.Receipt{Leaf: r.Leaf, Proof: []byte(strings.Join(slices.Insert(l, n, l[n]), ""))}
}

func withNote(r receipt.Receipt, note []byte) receipt.Receipt {
	head, _, _ := strings.Cut(string(r.Proof), "\n\n")
	return receipt.Receipt{Leaf: r.Leaf, Proof: append([]byte(head+"\n\n"), note...)}
}

// foreign is an entry of another network in this network's tree, as a dishonest
// majority could have put it there.
func foreign(t *testing.T, l *ledger) receipt.Receipt {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := entry.Sign(entry.Header{Network: "example.org/other", Agency: "nl-police", Seq: 1, Time: 1000}, &entry.Erase{What: "item", Count: 1, Reason: "retention"}, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf := entry.Leaf(1000, e.Raw())
	c := checkpoint.Checkpoint{Origin: origin, Size: 1, Root: tlog.RecordHash(leaf)}
	sigs, err := checkpoint.Sign(c, l.log, l.cosign)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.New(leaf, 0, nil, checkpoint.Assemble(c, sigs))
}

// TestTorchwood verifies a receipt's proof with an implementation that is not ours.
func TestTorchwood(t *testing.T) {
	l := newLedger(t, 7)
	p, err := torchwood.ParsePolicy([]byte(l.policy.String()))
	if err != nil {
		t.Fatal(err)
	}
	r := l.receipt(t, 4, 7)
	if err := torchwood.VerifyProof(p, tlog.RecordHash(r.Leaf), r.Proof); err != nil {
		t.Error(err)
	}
	if err := torchwood.VerifyProof(p, tlog.RecordHash(l.leaves[5]), r.Proof); err == nil {
		t.Error("it takes another entry")
	}
}

// TestMinority: what one voter of three signs is no receipt.
func TestMinority(t *testing.T) {
	l, second, third := newLedger(t, 3), newLedger(t, 1), newLedger(t, 1)
	good := l.receipt(t, 1, 3)
	for i, other := range []*ledger{second, third} {
		v := other.policy.Voters[0]
		v.Agency = []casework.AgencyID{"fr-fiu", "gb-hotline"}[i]
		l.policy.Voters = append(l.policy.Voters, v)
	}
	if _, err := good.Verify(l.policy); !errors.Is(err, checkpoint.ErrNoQuorum) {
		t.Errorf("%v", err)
	}
	if _, err := good.Verify(checkpoint.Policy{}); !errors.Is(err, checkpoint.ErrNoQuorum) {
		t.Errorf("the zero policy: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := newLedger(t, 2).receipt(t, 1, 2).Bytes()
	for name, bad := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "trailing": append(slices.Clone(good), 0), "huge": make([]byte, receipt.MaxSize+1),
	} {
		if _, err := receipt.Parse(bad); !errors.Is(err, receipt.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	l := newLedger(f, 3)
	f.Add(l.receipt(f, 2, 3).Bytes())
	want := fmt.Sprintf("%x", l.leaves[2])
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := receipt.Parse(data)
		if err != nil {
			return
		}
		if v, err := r.Verify(l.policy); err == nil && fmt.Sprintf("%x", r.Leaf) != want {
			t.Errorf("a forged receipt for entry %d was accepted", v.Index)
		}
	})
}
