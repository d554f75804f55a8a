package state

import "github.com/crosscase/crosscase/ledger/entry"

// HasRule reports whether a type of entry has a rule.
func HasRule(t entry.Type) bool { return rules[t] != nil }

// Rules counts the types that have one.
func Rules() int { return len(rules) }
