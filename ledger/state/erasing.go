package state

import "github.com/crosscase/crosscase/ledger/entry"

// What an agency erased is its own word.
var _ = free[*entry.Erase]()
