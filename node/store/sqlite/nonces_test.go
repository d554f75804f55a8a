package sqlite_test

import (
	"errors"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

// A command cannot be used again after a restart, also one that was dated ahead of
// the clock and is still fresh then.
func TestNoncesOverARestart(t *testing.T) {
	s, dir := create(t)
	id, now := casework.NewOfficerID(), time.Now()
	ahead := now.Add(time.Minute)
	for i, at := range []time.Time{now, ahead} {
		if err := s.UseNonce(t.Context(), id, [16]byte{byte(i)}, at); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	s, err := sqlite.Open(dir, &key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, at := range []time.Time{now, ahead} {
		if err := s.UseNonce(t.Context(), id, [16]byte{byte(i)}, at); !errors.Is(err, store.ErrReplay) {
			t.Errorf("command %d is taken again: %v", i, err)
		}
	}
	if err := s.UseNonce(t.Context(), id, [16]byte{9}, ahead.Add(time.Second)); err != nil {
		t.Errorf("a later one: %v", err)
	}
}
