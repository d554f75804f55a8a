package casework

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// ErrID is wrapped by every failure to read an id.
var ErrID = errors.New("not an id")

// An idKind names what an id stands for; it becomes the prefix of its text.
type idKind interface{ prefix() string }

// An ID is 16 random bytes, but for an ItemID, which a store makes of an item's number
// under its own key: to whoever has not the key it is as good as random. It is never
// derived from the value that it stands for. Its text is a prefix naming the kind and 26 letters:
// "case_k3m5...". The zero ID is no id.
type ID[K idKind] [16]byte

type (
	caseKind       struct{}
	itemKind       struct{}
	leadKind       struct{}
	requestKind    struct{}
	batchKind      struct{}
	officerKind    struct{}
	disclosureKind struct{}
	messageKind    struct{}
)

func (caseKind) prefix() string       { return "case" }
func (itemKind) prefix() string       { return "item" }
func (leadKind) prefix() string       { return "lead" }
func (requestKind) prefix() string    { return "req" }
func (batchKind) prefix() string      { return "batch" }
func (officerKind) prefix() string    { return "officer" }
func (disclosureKind) prefix() string { return "disc" }
func (messageKind) prefix() string    { return "msg" }

// The ids of casework: distinct types, so that one cannot stand for another.
type (
	CaseID       = ID[caseKind]
	ItemID       = ID[itemKind]
	LeadID       = ID[leadKind]
	RequestID    = ID[requestKind]
	BatchID      = ID[batchKind]
	OfficerID    = ID[officerKind]
	DisclosureID = ID[disclosureKind]
	MessageID    = ID[messageKind]
)

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID draws a random id.
func NewID[K idKind]() ID[K] {
	var id ID[K]
	rand.Read(id[:]) // never fails (Go 1.24)
	return id
}

// New ids of each kind.
func NewCaseID() CaseID             { return NewID[caseKind]() }
func NewItemID() ItemID             { return NewID[itemKind]() }
func NewLeadID() LeadID             { return NewID[leadKind]() }
func NewRequestID() RequestID       { return NewID[requestKind]() }
func NewBatchID() BatchID           { return NewID[batchKind]() }
func NewOfficerID() OfficerID       { return NewID[officerKind]() }
func NewDisclosureID() DisclosureID { return NewID[disclosureKind]() }
func NewMessageID() MessageID       { return NewID[messageKind]() }

// IsZero reports whether the id was never drawn.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// String returns the prefixed text; the zero id gives "".
func (id ID[K]) String() string {
	if id.IsZero() {
		return ""
	}
	var k K
	return k.prefix() + "_" + idText.EncodeToString(id[:])
}

// MarshalText returns the prefixed text.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID[K]) UnmarshalText(text []byte) error {
	var k K
	if len(text) == 0 {
		*id = ID[K]{}
		return nil
	}
	rest, ok := strings.CutPrefix(string(text), k.prefix()+"_")
	if !ok {
		return fmt.Errorf("%w: a %s id begins with %q", ErrID, k.prefix(), k.prefix()+"_")
	}
	raw, err := idText.DecodeString(rest)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrID, err)
	}
	if len(raw) != len(id) || idText.EncodeToString(raw) != rest {
		return fmt.Errorf("%w: %s id of %d letters, want 26", ErrID, k.prefix(), len(rest))
	}
	copy(id[:], raw)
	return nil
}

// ParseID reads the prefixed text of an id.
func ParseID[I interface {
	~[16]byte
}, P interface {
	*I
	UnmarshalText([]byte) error
}](text string) (I, error) {
	var id I
	if text == "" {
		return id, fmt.Errorf("%w: empty", ErrID)
	}
	err := P(&id).UnmarshalText([]byte(text))
	return id, err
}

// IDRange returns the first and the last id whose text begins with a prefix, such as
// "lead_k3m5".
func IDRange[I interface {
	~[16]byte
	String() string
}](prefix string) (low, high I, err error) {
	var one I
	one[0] = 1
	kind, _, _ := strings.Cut(one.String(), "_")
	letters, ok := strings.CutPrefix(prefix, kind+"_")
	if !ok || letters == "" || len(letters) > 26 {
		return low, high, fmt.Errorf("%w: the beginning of a %s id is %q and up to 26 letters", ErrID, kind, kind+"_")
	}
	fill := func(with byte) (id I, err error) {
		text := letters + strings.Repeat(string(with), 26-len(letters))
		if len(letters) < 26 && with == '7' {
			text = text[:25] + "4" // the last letter holds three bits
		}
		raw, err := idText.DecodeString(text)
		if err != nil {
			return id, fmt.Errorf("%w: %w", ErrID, err)
		}
		copy(id[:], raw)
		return id, nil
	}
	if low, err = fill('a'); err != nil {
		return low, high, err
	}
	high, err = fill('7')
	return low, high, err
}

// An AgencyID is an agency's public short name in its network: two to 32
// lower-case letters, digits and hyphens, beginning with a letter ("nl-police").
type AgencyID string

// Validate reports whether the name has the form of an agency id.
func (a AgencyID) Validate() error {
	if len(a) < 2 || len(a) > 32 {
		return fmt.Errorf("%w: an agency id has 2 to 32 characters", ErrID)
	}
	for i, r := range a {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || (r != '-' && (r < '0' || r > '9'))) {
			return fmt.Errorf("%w: an agency id is lower-case letters, digits and hyphens, beginning with a letter", ErrID)
		}
	}
	return nil
}
