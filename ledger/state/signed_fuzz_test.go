package state_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// signPayload signs a payload as it stands, as a member can that writes its own program.
func signPayload(payload []byte, key ed25519.PrivateKey) []byte {
	protected := []byte{0xa1, 0x01, 0x27}
	signature := ed25519.Sign(key, canon.Encode([]any{"Signature1", protected, []byte{}, payload}))
	return canon.Encode([]any{protected, map[int]int{}, payload, signature})
}

// payloadOf reads the payload of an entry.
func payloadOf(t tester, raw []byte) []byte {
	t.Helper()
	var s struct {
		_           struct{} `cbor:",toarray"`
		Protected   []byte
		Unprotected map[int]int
		Payload     []byte
		Signature   []byte
	}
	if err := canon.NewFormat(canon.Limits{Size: entry.MaxSize, Array: 64, Map: 64, Depth: 8}).Decode(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s.Payload
}

// FuzzSignedEntry: a member signs whatever payload it likes. Two replicas come to one
// verdict and one state, a refused entry changes nothing, and what is taken moves its
// author's chain by one and no other's.
func FuzzSignedEntry(f *testing.F) {
	const at = 1_700_000_000_000
	w := newWorld(f)
	w.found(at, "nl-police", "fr-fiu", "gb-hotline")
	me := w.agency("nl-police")
	terms := w.terms
	terms.Version++
	for _, b := range []entry.Body{
		&entry.Erase{What: "item", Count: 1, Reason: "retention"},
		&entry.MemberExpel{Agency: "fr-fiu", Reason: "breach"},
		&entry.MemberRotate{Member: me.signed(f)},
		&entry.AgreementPropose{Agreement: terms.Bytes()},
		&entry.VoterReplace{Agency: "fr-fiu", Identity: entry.Identity{1}},
		&entry.TagsPublished{Peer: "fr-fiu", Epoch: 1, Number: 1, Added: 256, Bytes: 2048, Commitment: entry.Hash{1}},
		&entry.Report{From: at - 8*24*60*60*1000, Until: at - 1000, Detail: make([]byte, entry.SealedSize)},
		query("b1", 3, casework.Phone, 1, "fr-fiu"),
	} {
		e, err := entry.Sign(w.next("nl-police", at), b, me.key)
		if err != nil {
			f.Fatal(err)
		}
		if err := w.state().Check(e, at); err != nil {
			f.Fatalf("%s is no seed: %v", b.Type(), err)
		}
		f.Add(payloadOf(f, e.Raw()), int64(0))
	}
	before := w.state().Bytes()
	f.Fuzz(func(t *testing.T, payload []byte, later int64) {
		e, err := entry.Parse(signPayload(payload, me.key))
		if err != nil {
			return
		}
		var after [2]*state.State
		var verdicts [2]error
		for i := range after {
			if after[i], err = state.Restore(before); err != nil {
				t.Fatal(err)
			}
			checked := after[i].Check(e, at+later)
			if verdicts[i] = after[i].Apply(e, at+later); state.Reason(checked) != state.Reason(verdicts[i]) {
				t.Fatalf("Check says %v, and Apply %v", checked, verdicts[i])
			}
		}
		if state.Reason(verdicts[0]) != state.Reason(verdicts[1]) || after[0].Hash() != after[1].Hash() {
			t.Fatalf("two replicas differ over %s: %v, %v", e.Type, verdicts[0], verdicts[1])
		}
		if changed := after[0].Hash() != w.state().Hash(); changed != (verdicts[0] == nil) {
			t.Fatalf("verdict %v on %s, and changed %v", verdicts[0], e.Type, changed)
		}
		for _, id := range []casework.AgencyID{"nl-police", "fr-fiu", "gb-hotline"} {
			was, _ := w.state().Chain(id)
			is, _ := after[0].Chain(id)
			if want := id == "nl-police" && verdicts[0] == nil; (is == was+1) != want || !want && is != was {
				t.Fatalf("%s: the chain of %s went from %d to %d", e.Type, id, was, is)
			}
		}
	})
}
