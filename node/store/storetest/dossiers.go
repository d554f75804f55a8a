package storetest

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

func dossierOf(n byte, direction dossier.Direction) store.Dossier {
	return store.Dossier{DossierHeader: store.DossierHeader{
		Request: casework.Request{ID: casework.RequestID{n}, Created: time.UnixMilli(int64(n)), Facts: "facts"}, Direction: direction, State: "sent",
	}}
}

// A list of dossiers reads no package, and neither does a list of messages.
func testListsReadNoPackage(t T, s Store) {
	ctx := t.Context()
	const size = 4 << 20
	for n := range byte(3) {
		d := dossierOf(n+1, "out")
		d.Sealed, d.Answer = bytes.Repeat([]byte{n}, size), &casework.Disclosure{Note: string(bytes.Repeat([]byte{'a'}, size))}
		if err := s.SaveDossier(ctx, d); err != nil {
			t.Fatal(err)
		}
		if err := s.PutOutgoing(ctx, store.Outgoing{ID: casework.MessageID{n + 1}}, d.Sealed); err != nil {
			t.Fatal(err)
		}
	}
	allocated := func(f func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	got := allocated(func() {
		if all, err := s.Dossiers(ctx); err != nil || len(all) != 3 || all[1].Request.ID != (casework.RequestID{2}) || all[1].Request.Facts != "facts" {
			t.Errorf("%d dossiers, %v", len(all), err)
		}
		if all, err := s.Outgoing(ctx); err != nil || len(all) != 3 {
			t.Errorf("%d messages, %v", len(all), err)
		}
	})
	if got > size/4 {
		t.Errorf("the lists took %d bytes of memory; packages have %d each", got, size)
	}
	if d, err := s.Dossier(ctx, casework.RequestID{3}); err != nil || len(d.Sealed) != size || d.Sealed[0] != 2 || len(d.Answer.Note) != size {
		t.Errorf("a dossier with its package: %v", err)
	}
	if sealed, err := s.OutgoingSealed(ctx, casework.MessageID{2}); err != nil || len(sealed) != size || sealed[0] != 1 {
		t.Errorf("a message: %v", err)
	}
}

// A package changes and goes with its dossier, and a step that does not touch it does
// not write it again.
func testPackages(t T, s Store) {
	ctx := t.Context()
	d := dossierOf(1, "out")
	check := func(what string, want store.Dossier) {
		t.Helper()
		if err := s.SaveDossier(ctx, want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Dossier(ctx, want.Request.ID)
		if err != nil || !bytes.Equal(got.Sealed, want.Sealed) || (got.Answer == nil) != (want.Answer == nil) || got.Answer != nil && got.Answer.Note != want.Answer.Note {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("none", d)
	d.Sealed = []byte("sealed")
	check("sealed", d)
	d.Answer = &casework.Disclosure{Note: "a"}
	check("answer", d)
	d.State = "opened"
	check("unchanged", d)
	d.Answer, d.Sealed = &casework.Disclosure{Note: "b"}, []byte("use report")
	check("changed", d)
	d.Answer, d.Sealed = nil, nil
	check("deleted", d)
	if _, err := s.Dossier(ctx, casework.RequestID{9}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	m := store.Outgoing{ID: casework.MessageID{1}, Kind: "use"}
	if err := s.PutOutgoing(ctx, m, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	m.Waits = "away"
	if err := s.SaveOutgoing(ctx, m); err != nil {
		t.Fatal(err)
	}
	if sealed, err := s.OutgoingSealed(ctx, m.ID); err != nil || string(sealed) != "sealed" {
		t.Errorf("a message that waits: %q %v", sealed, err)
	}
	if err := s.DeleteOutgoing(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OutgoingSealed(ctx, m.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of a message that arrived: %v", err)
	}
}

// The store finds what waits for the ledger, and what has to be deleted.
func testPendingAndExpiring(t T, s Store) {
	ctx, at := t.Context(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for n, change := range []func(*store.Dossier){
		func(d *store.Dossier) { d.Pending = "request" },
		func(d *store.Dossier) { d.DeleteBy, d.Sealed = at.Add(time.Hour), []byte("a package") },
		func(d *store.Dossier) { d.DeleteBy = at.Add(-time.Hour) }, // deleted already
		func(d *store.Dossier) { d.DeleteBy, d.Answer = at, &casework.Disclosure{Note: "opened"} },
		func(d *store.Dossier) {
			d.Pending, d.DeleteBy, d.Sealed = "use", at.Add(-time.Hour), []byte("a package")
		},
	} {
		d := dossierOf(byte(n+1), "out")
		change(&d)
		if err := s.SaveDossier(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Pending(ctx); err != nil || !slices.Equal(got, []casework.RequestID{{1}, {5}}) {
		t.Errorf("pending: %v %v", got, err)
	}
	if got, err := s.Expiring(ctx, at); err != nil || !slices.Equal(got, []casework.RequestID{{5}, {4}}) {
		t.Errorf("expiring: %v %v", got, err)
	}
	if got, err := s.Expiring(ctx, at.Add(-2*time.Hour)); err != nil || len(got) != 0 {
		t.Errorf("before: %v %v", got, err)
	}
}
