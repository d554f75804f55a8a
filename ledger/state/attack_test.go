package state_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

var five = []casework.AgencyID{"nl-police", "fr-fiu", "gb-hotline", "de-bka", "es-guardia"}

// TestAttackTwoOfFiveExpelThree: under the default agreement two members try to rid
// themselves of the other three, one after the other and all at once.
func TestAttackTwoOfFiveExpelThree(t *testing.T) {
	w := newWorld(t)
	w.found(someTime, five...)
	for round := range 3 {
		for _, target := range five[2:] {
			for _, id := range five[:2] {
				_ = w.log(id, someTime+int64(round), &entry.MemberExpel{Agency: target, Reason: "breach"})
			}
		}
	}
	if n := w.state().Count(); n != 5 {
		t.Errorf("%d members are left of 5", n)
	}
}

// TestAttackOneExpulsionOpensTheNext: four expel one; two of them had named another
// before and hope that their wish counts among four.
func TestAttackOneExpulsionOpensTheNext(t *testing.T) {
	w := newWorld(t)
	w.found(someTime, five...)
	expel := func(by, target casework.AgencyID) {
		_ = w.log(by, someTime, &entry.MemberExpel{Agency: target, Reason: "breach"})
	}
	for _, target := range five[2:4] {
		expel(five[0], target)
		expel(five[1], target)
	}
	for _, by := range five[:4] {
		expel(by, five[4])
	}
	if got := w.state().Voters(); w.state().Count() != 4 || len(got) != 3 {
		t.Errorf("%d members, voters %v", w.state().Count(), got)
	}
}

// TestAttackMemberDrownsOthers: a member that is no voter logs requests of the largest
// size without end. What it may log in a day is bounded in entries and bytes, and so
// is what of it the state keeps open.
func TestAttackMemberDrownsOthers(t *testing.T) {
	w := newWorld(t)
	w.terms.EntriesPerDay, w.terms.BytesPerDay = 400, 1<<20
	w.found(someTime, "nl-police", "fr-fiu")
	var bytes, logged int
	var err error
	for i := range 2000 {
		b := &entry.Request{
			Request: casework.RequestID(bytesOf(16, "flood", i)), To: "nl-police", Hash: entry.Hash{1}, Urgency: casework.Routine,
			Due: someTime + casework.Routine.Limit().Milliseconds(), Officer: entry.Hash{1}, Approver: entry.Hash{2}, Detail: make([]byte, entry.SealedSize),
		}
		if err = w.log("fr-fiu", someTime, b); err != nil {
			break
		}
		logged++
		bytes += len(w.last)
	}
	if !errors.Is(err, state.ErrQuota) || bytes > 1<<20 || logged == 0 {
		t.Errorf("%d entries of %d bytes, %v", logged, bytes, err)
	}
	if got := w.state().Logged("fr-fiu", someTime); got.Bytes != uint64(bytes) || int(got.Entries) != logged {
		t.Errorf("counted %+v", got)
	}
	w.must(w.log("nl-police", someTime, &entry.Erase{What: "item", Count: 1, Reason: "consent"}))
	// Open proposals and drafts are kept whole, day after day.
	for what, body := range map[string]func(int) entry.Body{
		"proposals": func(i int) entry.Body {
			return &entry.MemberPropose{Member: w.agency(casework.AgencyID(fmt.Sprintf("xx-%d", i))).signed(t)}
		},
		"drafts": func(i int) entry.Body {
			a := agreement.Default(network)
			a.Version, a.Title = 2, fmt.Sprint(i)
			return &entry.AgreementPropose{Agreement: a.Bytes()}
		},
	} {
		open := 0
		for i := range 12 {
			at := someTime + int64(i+1)*24*60*60*1000
			if err := w.log("nl-police", max(at, w.state().Last()), body(i)); err == nil {
				open++
			} else if !errors.Is(err, state.ErrQuota) {
				t.Fatal(what, err)
			}
		}
		if open != 8 {
			t.Errorf("%d %s of one member wait", open, what)
		}
	}
}

// TestRotateEachKey: after a theft each key is replaced by itself. Whoever stole the
// agency key signs nothing afterwards.
func TestRotateEachKey(t *testing.T) {
	w := newWorld(t)
	w.found(someTime, "nl-police", "fr-fiu")
	nl, fresh := w.agency("nl-police"), newAgency(t, "nl-police", 1)
	for name, change := range map[string]func(){
		"node key":       func() { nl.record.PeerID, nl.node = fresh.record.PeerID, fresh.party.Node },
		"log key":        func() { nl.record.LogKey, nl.log = fresh.record.LogKey, fresh.party.Log },
		"disclosure key": func() { nl.record.DisclosureKey = fresh.record.DisclosureKey },
		"oversight keys": func() { nl.record.Oversight = fresh.record.Oversight },
	} {
		change()
		if err := w.log("nl-police", someTime, &entry.MemberRotate{Member: nl.signed(t)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	stolen := nl.key
	nl.record.AgencyKey = fresh.record.AgencyKey
	next := *nl
	next.key = fresh.key
	b := &entry.MemberRotate{Member: next.signed(t)}
	if err := w.logAs(w.next("nl-police", someTime), someTime, b, fresh.key); !errors.Is(err, entry.ErrSignature) {
		t.Errorf("signed under a key that nobody knows yet: %v", err)
	}
	w.must(w.logAs(w.next("nl-police", someTime), someTime, b, stolen))
	erase := &entry.Erase{What: "item", Count: 1, Reason: "consent"}
	if err := w.logAs(w.next("nl-police", someTime), someTime, erase, stolen); !errors.Is(err, entry.ErrSignature) {
		t.Errorf("under the stolen key: %v", err)
	}
	w.must(w.logAs(w.next("nl-police", someTime), someTime, erase, fresh.key))
}
