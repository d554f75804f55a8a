package state_test

import (
	"errors"
	"testing"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const someTime = int64(1_772_438_400_000)

// laterText is an agreement of the next version as a later build writes it: of
// another level, with a term that this build does not know.
func laterText(t *testing.T, level uint32) []byte {
	t.Helper()
	terms := agreement.Default(network)
	terms.Version, terms.Level = 2, level
	fields := map[uint64]any{}
	var own map[uint64]canon.Raw
	if err := canon.NewFormat(canon.Limits{Size: 1 << 16, Array: 1 << 10, Map: 1 << 10, Depth: 8}).Decode(terms.Bytes(), &own); err != nil {
		t.Fatal(err)
	}
	for k, v := range own {
		fields[k] = v
	}
	fields[900] = "what a later build added"
	return canon.Encode(fields)
}

// foundKnowing founds a network of two members whose nodes know a level.
func (w *world) foundKnowing(level uint32) {
	w.t.Helper()
	for _, id := range []string{"nl-police", "fr-fiu"} {
		w.agency(casework.AgencyID(id)).record.Level = level
	}
	w.found(someTime, "nl-police", "fr-fiu")
}

// TestLevelIsRaisedByAll: while a node of one member does not know a level, nobody's
// draft raises the agreement to it, whatever else the draft says.
func TestLevelIsRaisedByAll(t *testing.T) {
	w := newWorld(t)
	w.agency("nl-police").record.Level = 2
	w.found(someTime, "nl-police", "fr-fiu")
	if err := w.log("nl-police", someTime, &entry.AgreementPropose{Agreement: laterText(t, 2)}); !errors.Is(err, state.ErrLevel) {
		t.Errorf("%v", err)
	}
	if w.state().KnownLevel() != 1 {
		t.Errorf("all know %d", w.state().KnownLevel())
	}
}

// TestOlderBuildGivesNoVerdict: a build that knows one level less than the members
// agree on says that it cannot judge. It neither rejects what the others accept, nor
// accepts it.
func TestOlderBuildGivesNoVerdict(t *testing.T) {
	w := newWorld(t)
	w.foundKnowing(2)
	before := w.state().Hash()
	e, err := entry.Sign(w.next("nl-police", someTime), &entry.AgreementPropose{Agreement: laterText(t, 2)}, w.agency("nl-police").key)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.state().Apply(e, someTime); !errors.Is(err, state.ErrUpgrade) || state.FromReason(state.Reason(err)) == nil {
		t.Errorf("%v", err)
	}
	if w.state().Hash() != before {
		t.Error("it changed something")
	}
	old := state.NewKnowing(0) // of a time before this level
	g, err := entry.Parse(w.accepted[0][8:])
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Apply(g, someTime); !errors.Is(err, state.ErrUpgrade) {
		t.Errorf("a network that was founded at a later level: %v", err)
	}
}

// TestTypesOfALaterLevel: a type is refused until the agreement is of its level, so
// that a build which cannot read it refuses it likewise.
func TestTypesOfALaterLevel(t *testing.T) {
	w := newWorld(t)
	w.found(someTime, "nl-police")
	defer state.SetLevel(entry.TypeErase, 2)()
	erase := &entry.Erase{What: "item", Count: 1, Reason: "consent"}
	if err := w.log("nl-police", someTime, erase); !errors.Is(err, state.ErrLevel) || state.Reason(err) != "level" {
		t.Errorf("%v", err)
	}
}

// TestLevelOfAMember: it does not fall, and who knows less than is agreed, or than a
// draft asks for, does not come in.
func TestLevelOfAMember(t *testing.T) {
	w := newWorld(t)
	w.foundKnowing(2)
	nl := w.agency("nl-police")
	nl.record.Level = 1
	if err := w.log("nl-police", someTime, &entry.MemberRotate{Member: nl.signed(t)}); !errors.Is(err, state.ErrRecord) {
		t.Errorf("a level that falls: %v", err)
	}
	nl.record.Level = 3
	w.must(w.log("nl-police", someTime, &entry.MemberRotate{Member: nl.signed(t)}))
}
