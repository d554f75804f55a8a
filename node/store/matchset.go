package store

import (
	"slices"
	"strings"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/policy/casework"
)

// A MatchItem is an own item that may take part in matching.
type MatchItem struct {
	Seq        int64
	ID         casework.ItemID
	Identifier casework.Identifier
}

// A MatchKey is the number and the kind of a MatchItem, without its value.
type MatchKey struct {
	Seq  int64
	Kind casework.Kind
}

// A MatchFilter narrows the match set. The zero filter takes nothing: it names
// no kind.
type MatchFilter struct {
	AfterSeq      int64
	Limit         int
	Kinds         []casework.Kind
	IncludeSilent bool            // silent items are asked, never published
	SharedOnly    bool            // of items to ask, not the silent ones
	Case          casework.CaseID // zero: all
}

// A Mark says up to where a search for items to ask came: to which item, and to
// which change of an earlier one.
type Mark struct{ Seq, Change int64 }

// Scope names what a search goes through. What is agreed may change, and is part of it.
func (f MatchFilter) Scope() string {
	kinds := make([]string, len(f.Kinds))
	for i, k := range f.Kinds {
		kinds[i] = string(k)
	}
	slices.Sort(kinds)
	return f.Case.String() + " " + strings.Join(kinds, " ")
}

// A Hit is an own item that a peer published, by the peer's tag.
type Hit struct {
	Seq  int64
	Item casework.ItemID
	Tag  tagset.Tag
}
