package state_test

import (
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// TestEveryTypeHasARule: a type without one would be refused by every replica, as
// an entry that nobody can append.
func TestEveryTypeHasARule(t *testing.T) {
	for _, typ := range entry.Types() {
		if !state.HasRule(typ) {
			t.Errorf("%s has no rule; state one with on, or say that it needs none with free", typ)
		}
	}
	if state.Rules() != len(entry.Types()) {
		t.Errorf("%d rules for %d types", state.Rules(), len(entry.Types()))
	}
}
