package warninglist

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// ErrUnknown is returned for a list that is not shipped.
var ErrUnknown = errors.New("no such warning list")

//go:embed lists/*.json
var shipped embed.FS

// A Set is the lists that are in use. A nil Set has none.
type Set struct{ lists []*List }

// NewSet makes a set of lists.
func NewSet(lists ...*List) *Set { return &Set{lists: slices.Clone(lists)} }

// Shipped returns the names under which the lists that come with the program are
// selected: "reserved-numbers", "empty-files", "link-in-bio".
func Shipped() []string {
	entries, err := fs.ReadDir(shipped, "lists")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// Load makes a set of shipped lists by their names.
func Load(names ...string) (*Set, error) {
	s := new(Set)
	for _, name := range names {
		data, err := shipped.ReadFile(path.Join("lists", path.Base(name)+".json"))
		if err != nil {
			return nil, fmt.Errorf("%w: %q; they are %s", ErrUnknown, name, strings.Join(Shipped(), ", "))
		}
		l, err := Parse(data)
		if err != nil {
			return nil, err
		}
		s.lists = append(s.lists, l)
	}
	return s, nil
}

// Add puts another list into the set.
func (s *Set) Add(l *List) { s.lists = append(s.lists, l) }

// Lists returns the lists of the set.
func (s *Set) Lists() []*List {
	if s == nil {
		return nil
	}
	return slices.Clone(s.lists)
}

// On names the lists that hold an identifier.
func (s *Set) On(id casework.Identifier) []string {
	if s == nil || len(s.lists) == 0 {
		return nil
	}
	var names []string
	value := id.Reveal() // compared here, and gone
	for _, l := range s.lists {
		if l.Matches(id.Kind(), value) {
			names = append(names, l.Name)
		}
	}
	return names
}
