package storetest

import (
	"errors"
	"time"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// What comes in while a case is closed, or into a case that is none, is not stored.
func testClosedCasesTakeNothing(t T, s Store) {
	c := casework.Case{ID: casework.NewCaseID(), Ref: "NL-1", Opened: time.Now()}
	if _, err := s.AddItems(t.Context(), c.ID, []casework.Evidence{item(1, c.ID).Evidence}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("into a case that is none: %v", err)
	}
	add(t, s, item(1, c.ID))
	c.Closed = time.Now()
	if err := s.PutCase(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddItems(t.Context(), c.ID, []casework.Evidence{item(2, c.ID).Evidence}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("into a closed case: %v", err)
	}
	if n, err := s.MatchCount(t.Context(), all); err != nil || n != 1 {
		t.Errorf("%d items, %v", n, err)
	}
}
