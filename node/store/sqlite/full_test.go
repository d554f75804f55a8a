package sqlite

import (
	"errors"
	"fmt"
	"testing"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// A disk that is full refuses the whole batch, says so, and keeps what was there.
func TestFullDiskStoresNothingOfABatch(t *testing.T) {
	key := [32]byte{1}
	dir := t.TempDir()
	s, err := Create(dir, &key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutCase(t.Context(), casework.Case{ID: casework.CaseID{1}, Ref: "NL-1"}); err != nil {
		t.Fatal(err)
	}
	items := func(from, to int) []casework.Evidence {
		var out []casework.Evidence
		for i := from; i < to; i++ {
			out = append(out, casework.Evidence{
				Identifier: casework.NewIdentifier(casework.Email, fmt.Sprintf("a%d@example.org", i)), Confidence: 1, Visibility: casework.Shared,
				Provenance: casework.Provenance{Source: "list", Record: fmt.Sprint(i)},
			})
		}
		return out
	}
	if _, err := s.AddItems(t.Context(), casework.CaseID{1}, items(0, 100)); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddItems(t.Context(), casework.CaseID{1}, items(100, 5000)); !errors.Is(err, store.ErrFull) {
		t.Fatalf("a full disk: %v", err)
	}
	count := func(s *Store) uint64 {
		n, err := s.MatchCount(t.Context(), store.MatchFilter{Kinds: casework.Kinds()})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(s); n != 100 {
		t.Errorf("%d items after the disk was full, want 100", n)
	}
	if err := s.db.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddItems(t.Context(), casework.CaseID{1}, items(0, 5000)); err != nil { // space was freed; the same again
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, &key); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := count(s); n != 5000 {
		t.Errorf("%d items, want 5000", n)
	}
}
