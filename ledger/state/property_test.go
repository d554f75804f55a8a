package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// deeds are what the property draws from; {a} to {d} are agencies, {n} a number,
// {b} a batch or request.
var deeds = []string{
	"{a} proposes {b}", "{a} approves {b}", "{a} approves {b}", "{a} proposes {b} forged by {c}", "{a} proposes {b} with the peer-id of {c}",
	"{a} expels {b}", "{a} leaves", "{a} rotates", "{a} moves to {b}.example",
	"{a} proposes agreement 2 max_batch {n}", "{a} approves agreement 2 max_batch {n}",
	"{a} publishes {n} to {b}", "{a} publishes 1 to {b}", "{a} acknowledges {n} of {b}", "{a} acknowledges 1 of {b}",
	"{a} asks {b} for {n} phone as {q}", "{a} asks {b} for {n} phone,{n} email as {q}", "{a} answers {q} of {b}", "{a} refuses {q} of {b}", "{a} reports {n} weeks",
	"{a} requests {q} of {b}", "{a} requests {q} of {b} urgently", "{a} decides {q} of {b} full", "{a} decides {q} of {b} refused",
	"{a} delivers {q} to {b} full", "{a} opens {q}", "{a} reports {q} to {b} useful", "{a} erases {n} item",
	"{a} erases 1 item but signed by {b}", "{a} erases 1 item but as entry {n}", "{a} erases 1 item but the same bytes",
}

// TestReplicasAgree draws histories. What must hold after each step is held by
// world.apply: both replicas, one of them restored from a snapshot now and then,
// come to one verdict and one state, and what is refused changes no byte. In the
// end a replay from the leaves comes to the same.
func TestReplicasAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &scenario{world: newWorld(rt)}
		shares := rapid.SampledFrom([]agreement.Share{"1/2", "2/3", "1/1"})
		s.terms.JoinShare, s.terms.ExpelShare, s.terms.AmendShare = shares.Draw(rt, "join"), shares.Draw(rt, "expel"), shares.Draw(rt, "amend")
		s.terms.EntriesPerDay = rapid.SampledFrom([]uint32{100, 5000}).Draw(rt, "entries")
		s.terms.Quotas[0].PerDay, s.terms.Quotas[0].PerPeerDay = 12, 8
		ids := []string{"nl-police", "fr-fiu", "gb-hotline", "de-bka"}
		minute := 0
		run := func(deed string) {
			when := fmt.Sprintf("2026-03-%02d %02d:%02d", 1+minute/1440, minute/60%24, minute%60)
			if _, err := s.line(strings.Fields(when + " " + deed)); err != nil {
				rt.Fatalf("%s: %v", deed, err)
			}
		}
		run("nl-police founds")
		run("nl-police proposes fr-fiu")
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			minute += rapid.SampledFrom([]int{0, 1, 7, 400}).Draw(rt, "minutes")
			r := strings.NewReplacer(
				"{a}", rapid.SampledFrom(ids).Draw(rt, "a"), "{b}", rapid.SampledFrom(ids).Draw(rt, "b"), "{c}", rapid.SampledFrom(ids).Draw(rt, "c"),
				"{n}", rapid.SampledFrom([]string{"1", "2", "3", "5"}).Draw(rt, "n"), "{q}", rapid.SampledFrom([]string{"q1", "q2"}).Draw(rt, "q"),
			)
			run(r.Replace(rapid.SampledFrom(deeds).Draw(rt, "deed")))
			holds(rt, s.state())
		}
		s.replay()
	})
}

// holds checks what no history may break.
func holds(t tester, s *state.State) {
	t.Helper()
	if s.Count() < 1 || len(s.Voters()) < 1 || s.Epoch() < 1 {
		t.Fatal("a network without members")
	}
	seen := map[string]bool{}
	for _, m := range s.Members() {
		for _, key := range []string{string(m.Agency), m.PeerID, string(m.AgencyKey), string(m.MatchKey), m.LogKey, m.CosignerKey} {
			if seen[key] {
				t.Fatalf("%s shares a name or key", m.Agency)
			}
			seen[key] = true
		}
		if all := s.Asked(m.Agency, "*", "", s.Last()); all > s.Agreement().Quotas[0].PerDay {
			t.Fatalf("%s asked %d in a day", m.Agency, all)
		}
	}
	for _, r := range s.Requests() {
		if r.Stage != walked(r) {
			t.Fatalf("a request is %s after steps that lead to %s", r.Stage, walked(r))
		}
	}
}

// TestDuplicatesNameTheFirst: appending the same fact again says where it is.
func TestDuplicatesNameTheFirst(t *testing.T) {
	w := newWorld(t)
	at := int64(1_772_438_400_000)
	w.found(at, "nl-police", "fr-fiu")
	index := w.state().Size()
	q := query("b", 5, casework.Phone, 1, "fr-fiu")
	w.must(w.log("nl-police", at, q))
	other := query("b", 7, casework.Phone, 1, "fr-fiu")
	for _, again := range []entry.Body{q, other} {
		err := w.log("nl-police", at+1, again)
		var dup *state.DuplicateError
		if !errors.As(err, &dup) || dup.Index != index || dup.Type != entry.TypeQuery || !errors.Is(err, state.ErrDuplicate) {
			t.Errorf("%v", err)
		}
	}
	if i, ok := w.state().Find("nl-police", entry.TypeQuery, q.Key()); !ok || i != index {
		t.Errorf("Find: %d, %v", i, ok)
	}
	// Another agency's batch of the same number is not this agency's duplicate: it
	// would take the other's receipt for its own.
	if err := w.log("fr-fiu", at+1, query("b", 5, casework.Phone, 1, "nl-police")); errors.Is(err, state.ErrDuplicate) || !errors.Is(err, state.ErrOrder) {
		t.Errorf("%v", err)
	}
}

func TestReasons(t *testing.T) {
	for _, err := range []error{
		state.ErrNetwork, state.ErrGenesis, state.ErrNotMember, state.ErrExpelled, state.ErrSeq, state.ErrPrev, state.ErrTime, state.ErrAgreement,
		state.ErrQuota, state.ErrOrder, state.ErrRecord, state.ErrLevel, state.ErrUpgrade, state.ErrDuplicate, entry.ErrSignature, entry.ErrFormat, entry.ErrShape,
	} {
		code := state.Reason(fmt.Errorf("entry 7: %w", err))
		if code == "" || code == "other" || !errors.Is(state.FromReason(code), err) {
			t.Errorf("%v: %q", err, code)
		}
	}
	if state.Reason(nil) != "" || state.Reason(errors.New("x")) != "other" || state.FromReason("x") == nil {
		t.Error("reasons of nothing")
	}
}

// TestTimesDoNotOverflow: a leader that stamps any 64 bits as time gets nowhere.
func TestTimesDoNotOverflow(t *testing.T) {
	w := newWorld(t)
	at := int64(1_772_438_400_000)
	w.found(at, "nl-police")
	e, err := entry.Sign(w.next("nl-police", at), &entry.Erase{What: "item", Count: 1, Reason: "consent"}, w.agency("nl-police").key)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []int64{-1 << 63, -1, 0, entry.MaxTime + 1, 1<<63 - 1} {
		if err := w.apply(e.Raw(), bad); !errors.Is(err, state.ErrTime) {
			t.Errorf("stamped %d: %v", bad, err)
		}
	}
	w.must(w.apply(e.Raw(), at))
}

func TestRestoreRefuses(t *testing.T) {
	w := newWorld(t)
	at := int64(1_772_438_400_000)
	w.found(at, "nl-police", "fr-fiu")
	w.must(w.log("nl-police", at, query("b", 5, casework.Phone, 1, "fr-fiu")))
	good := w.state().Bytes()
	without := func(field uint64) []byte { // with null where the field's value was
		var fields map[uint64]cbor.RawMessage
		if err := cbor.Unmarshal(good, &fields); err != nil || len(fields[field]) == 0 {
			t.Fatalf("field %d: %v", field, err)
		}
		fields[field] = cbor.RawMessage{0xf6}
		sorted, err := cbor.CoreDetEncOptions().EncMode()
		if err != nil {
			t.Fatal(err)
		}
		b, err := sorted.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "trailing": append(bytes.Clone(good), 0), "null": {0xf6}, "no fields": {0xa0},
		"indefinite": append(append([]byte{0xbf}, good[1:]...), 0xff),
		"no queries": without(12),
	} {
		if _, err := state.Restore(bad); !errors.Is(err, state.ErrSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if empty, err := state.Restore(state.New().Bytes()); err != nil || empty.Hash() != state.New().Hash() {
		t.Errorf("the empty state: %v", err)
	}
}

func FuzzRestore(f *testing.F) {
	w := newWorld(f)
	at := int64(1_772_438_400_000)
	w.found(at, "nl-police", "fr-fiu")
	w.must(w.log("nl-police", at, query("b", 5, casework.Phone, 1, "fr-fiu")))
	w.must(w.log("nl-police", at, &entry.TagsPublished{Peer: "fr-fiu", Epoch: 1, Number: 1, Bytes: 9, Commitment: entry.Hash{1}}))
	f.Add(state.New().Bytes())
	f.Add(w.state().Bytes())
	raws := [][]byte{}
	for _, b := range []entry.Body{
		&entry.Answer{Batch: casework.BatchID(bytesOf(16, "batch", "b")), Asker: "nl-police", Query: 2, Count: 5},
		&entry.TagsAcknowledged{Publisher: "nl-police", Epoch: 1, Number: 1, Commitment: entry.Hash{1}},
		query("c", 5, casework.Phone, 1, "nl-police"),
		&entry.MemberExpel{Agency: "nl-police", Reason: "breach"},
	} {
		e, err := entry.Sign(w.next("fr-fiu", at), b, w.agency("fr-fiu").key)
		if err != nil {
			f.Fatal(err)
		}
		raws = append(raws, e.Raw())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := state.Restore(data)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Bytes(), data) {
			t.Error("a state has two encodings")
		}
		for _, raw := range raws { // whatever was restored can be used
			e, err := entry.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Apply(e, at); err == nil && s.Size() == 0 {
				t.Error("an entry that is not there was accepted")
			}
		}
		s.Policy().Quorum()
		s.Pending()
	})
}

// walked takes the steps that a request shows by their indexes, in that order,
// through the table of package dossier.
func walked(r state.Request) dossier.State {
	decide := dossier.DoRefuse
	if r.Outcome == casework.Full || r.Outcome == casework.Partial {
		decide = dossier.DoGrant
	}
	at, last := dossier.None, uint64(0)
	for _, s := range []struct {
		step  dossier.Step
		index uint64
	}{{dossier.DoRequest, r.Index}, {decide, r.Decision}, {dossier.DoDeliver, r.Delivery}, {dossier.DoOpen, r.Receipt}, {dossier.DoUse, r.Use}} {
		if s.index == 0 {
			continue
		}
		next, err := dossier.Next(dossier.Ledger, at, s.step)
		if err != nil || s.index <= last {
			return "a step before its turn"
		}
		at, last = next, s.index
	}
	return at
}
