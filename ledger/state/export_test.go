package state

import "github.com/crosscase/crosscase/ledger/entry"

// HasRule reports whether a type of entry has a rule.
func HasRule(t entry.Type) bool { return rules[t].check != nil }

// SetLevel makes a type one of another feature level, and returns how to undo that.
func SetLevel(t entry.Type, level uint32) (undo func()) {
	old := rules[t]
	rules[t] = rule{level, old.check}
	return func() { rules[t] = old }
}

// Rules counts the types that have one.
func Rules() int { return len(rules) }
