package state_test

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

const successor = "example.org/successor"

// certified is a checkpoint of a size that voters cosigned.
func (w *world) certified(size uint64, by ...casework.AgencyID) []byte {
	w.t.Helper()
	c := checkpoint.Checkpoint{Origin: network, Size: size}
	var lines [][]byte
	for _, id := range by {
		lines = append(lines, w.agency(id).party.Cosign(w.t, c, time.UnixMilli(w.state().Last())))
	}
	return checkpoint.Assemble(c, lines...)
}

// A seam is checked against the ledger that it retires: whoever made it can lie about
// where that ended, and about who signed.
func TestAttackSeam(t *testing.T) {
	w := newWorld(t)
	w.found(1_700_000_000_000, "nl-police", "fr-fiu", "gb-hotline", "de-bka")
	body := ed25519.NewKeyFromSeed(bytesOf(32, "oversight body"))
	for _, id := range []casework.AgencyID{"nl-police", "de-bka"} {
		a := w.agency(id)
		a.record.Oversight.VerifyKey = body.Public().(ed25519.PublicKey)
		w.must(w.log(id, 1_700_000_000_000, &entry.MemberRotate{Member: a.signed(t)}))
	}
	size := w.state().Size()
	seam := entry.Seam{
		Network: network, Genesis: w.state().Genesis(), Note: w.certified(size, "nl-police", "fr-fiu"), Successor: successor, Founder: "nl-police",
		Agreement: entry.Hash{1}, Survivors: []entry.Survivor{}, Bodies: []entry.BodySignature{},
	}
	sign := func(s entry.Seam) entry.Seam {
		return s.SignedBy("nl-police", w.agency("nl-police").key).SignedBy("de-bka", w.agency("de-bka").key).SignedByBody(body)
	}
	good := sign(seam)
	if c, err := w.state().Retires(good, size); err != nil || c.Size != size {
		t.Fatal(c, err)
	}
	if lost := w.state().Lost(good); !slices.Equal(lost, []casework.AgencyID{"fr-fiu", "gb-hotline"}) {
		t.Errorf("lost: %v", lost)
	}
	if ids := w.state().Unsigned(good); len(ids) > 0 {
		t.Errorf("unsigned: %v", ids)
	}
	if ids := w.state().Unsigned(seam.SignedBy("nl-police", w.agency("nl-police").key)); !slices.Equal(ids, []casework.AgencyID{"nl-police"}) {
		t.Errorf("without the body: unsigned %v", ids)
	}
	other := ed25519.NewKeyFromSeed(bytesOf(32, "nobody's key"))
	for what, change := range map[string]func() entry.Seam{
		"an earlier end":            func() entry.Seam { s := seam; s.Note = w.certified(size-1, "nl-police", "fr-fiu"); return sign(s) },
		"an end without a quorum":   func() entry.Seam { s := seam; s.Note = w.certified(size, "nl-police"); return sign(s) },
		"another network":           func() entry.Seam { s := seam; s.Network = "example.org/other"; return sign(s) },
		"another founding":          func() entry.Seam { s := seam; s.Genesis = entry.Hash{9}; return sign(s) },
		"a stranger that signs":     func() entry.Seam { return good.SignedBy("xx-nobody", other) },
		"a member under a made key": func() entry.Seam { return good.SignedBy("gb-hotline", other) },
		"a body of nobody":          func() entry.Seam { return good.SignedByBody(other) },
	} {
		if _, err := w.state().Retires(change(), size); !errors.Is(err, state.ErrSeam) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The first entry of a successor founds it as a genesis does, if its seam names it; later
// it founds nothing.
func TestSuccessorIsFounded(t *testing.T) {
	w := newWorld(t)
	w.found(1_700_000_000_000, "nl-police")
	a := w.agency("nl-police")
	seam := entry.Seam{
		Network: "example.org/retired", Genesis: entry.Hash{1}, Note: []byte("a checkpoint"), Successor: network, Founder: "nl-police",
		Agreement: sha(w.terms.Bytes()), Survivors: []entry.Survivor{}, Bodies: []entry.BodySignature{},
	}
	body := ed25519.NewKeyFromSeed(bytesOf(32, "oversight body"))
	found := func(s entry.Seam, by *agency) error {
		s = s.SignedBy(s.Founder, a.key).SignedByBody(body)
		e, err := entry.Sign(entry.Header{Network: network, Agency: by.id, Seq: 1, Time: 1_700_000_000_000},
			&entry.Recover{Agreement: w.terms.Bytes(), Founder: by.signed(t), Seam: s}, by.key)
		if err != nil {
			t.Fatal(err)
		}
		st := state.New()
		if err := st.Apply(e, e.Time); err != nil {
			return err
		}
		if len(st.Voters()) != 1 || st.Genesis() != e.Hash() {
			t.Errorf("founded with voters %v", st.Voters())
		}
		return nil
	}
	if err := found(seam, a); err != nil {
		t.Error(err)
	}
	if err := found(seam, w.agency("fr-fiu")); !errors.Is(err, state.ErrGenesis) {
		t.Errorf("founded by another: %v", err)
	}
	wrong := seam
	wrong.Successor = successor
	if err := found(wrong, a); !errors.Is(err, state.ErrGenesis) {
		t.Errorf("under another name: %v", err)
	}
	err := w.log("nl-police", 1_700_000_000_000, &entry.Recover{Agreement: w.terms.Bytes(), Founder: a.signed(t), Seam: seam.SignedBy("nl-police", a.key).SignedByBody(body)})
	if err == nil {
		t.Error("a running network was founded again")
	}
}
