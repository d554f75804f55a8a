package entry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Type says what kind of fact an entry is.
type Type string

// A Body is the fact itself. The types of this package are the only ones.
type Body interface {
	Type() Type
	// Key names the thing that the fact happens to once, within agency and type;
	// "" where it may happen again.
	Key() string
	// Facts puts what the entry shows to everybody into a few words, for a list.
	Facts() string
	// Sealed returns what the entry seals to its author's oversight body; the zero
	// value where it seals nothing.
	Sealed() Sealed
	validate() error
}

// Sealed is what an entry seals to the oversight body of its author, and what that
// body checks the detail against.
type Sealed struct {
	Detail    []byte             // an [OversightDetail], sealed
	Commits   map[string]Hash    // commitments that it opens, by what they are to
	Methods   []string           // commands of an officer that lead to such an entry
	Request   casework.RequestID // that the approver's command names; zero: none
	Named     bool               // the first officer's command names Request too
	Second    bool               // it takes two officers, whatever it commits to
	Justified bool               // it states a justification that the agreement covers
}

// blank makes an empty body of each type, to be read into.
var blank = map[Type]func() Body{}

// register adds a type to those that are read. Each type does so in its own file.
func register[B any, P interface {
	*B
	Body
}]() struct{} {
	blank[P(nil).Type()] = func() Body { return P(new(B)) }
	return struct{}{}
}

// Types lists every type, by name.
func Types() []Type { return slices.Sorted(maps.Keys(blank)) }

// BodyBytes returns a body's canonical bytes.
func BodyBytes(b Body) []byte { return canon.Encode(b) }

// ParseBody reads the canonical bytes of a body of a type.
func ParseBody(t Type, raw []byte) (Body, error) {
	make, ok := blank[t]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknownType, t)
	}
	b := make()
	if err := decode(raw, b); err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	if err := b.validate(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrShape, t, err)
	}
	return b, nil
}

// check returns the first failure among several conditions.
func check(conditions ...error) error {
	for _, err := range conditions {
		if err != nil {
			return err
		}
	}
	return nil
}

func agency(name string, id casework.AgencyID) error {
	if err := id.Validate(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func present(name string, ok bool) error {
	if !ok {
		return errors.New(name + " is missing")
	}
	return nil
}

func between(name string, n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%s is %d, not %d to %d", name, n, low, high)
	}
	return nil
}

// sealed checks that a detail has the size of all.
func sealed(b []byte) error {
	return between("size of the sealed detail", len(b), SealedSize, SealedSize)
}

// code holds a word of the protocol to letters, digits, hyphens, dots and
// underscores, so that nothing else can be written into the ledger with it.
func code(name, c string) error {
	for _, r := range c {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_' {
			return errors.New(name + " has characters that no code has")
		}
	}
	return between("length of "+name, len(c), 1, 64)
}

// CheckCode says what keeps a text from being a code in an entry.
func CheckCode(name, c string) error { return code(name, c) }

// shown holds text that people are shown to what cannot move a terminal's cursor
// or turn the reading direction.
func shown(name, text string, low, high int) error {
	if !utf8.ValidString(text) {
		return errors.New(name + " is not UTF-8")
	}
	for _, r := range text {
		if !unicode.IsGraphic(r) {
			return errors.New(name + " has characters that cannot be shown")
		}
	}
	return between("length of "+name, len(text), low, high)
}
