package state

import (
	"github.com/crosscase/crosscase/ledger/entry"
)

// A change is made once everything about an entry holds; it cannot fail.
type change func(index uint64)

// A rule is what one type of entry asks for, and from which feature level of the
// agreement on the type is valid.
type rule struct {
	level uint32
	check func(s *State, e entry.Entry, at int64) (change, error) // at: appended, Unix milliseconds
}

// rules holds the rule of each type. A file of this package registers the rules
// that it states; a type without one is refused.
var rules = map[entry.Type]rule{}

// on registers the rule of a type, which is valid from level 1 on, the first.
func on[B entry.Body](check func(s *State, e entry.Entry, b B, at int64) (change, error)) struct{} {
	var b B
	rules[b.Type()] = rule{1, func(s *State, e entry.Entry, at int64) (change, error) { return check(s, e, e.Body.(B), at) }}
	return struct{}{}
}

// free registers a type that needs no rule but those for all entries.
func free[B entry.Body]() struct{} {
	return on(func(*State, entry.Entry, B, int64) (change, error) { return func(uint64) {}, nil })
}
