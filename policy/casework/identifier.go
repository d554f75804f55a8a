package casework

import (
	"fmt"
	"slices"
	"unique"
)

// A Kind says what an identifier identifies, and so which canonical form it has.
type Kind string

// The kinds of normaliser version 1. Names, places and free text are no kind:
// their domain is too small or too noisy to match on.
const (
	Phone    Kind = "phone"    // E.164 with +
	Email    Kind = "email"    // local part and domain lower-case, IDNA
	Wallet   Kind = "wallet"   // chain:address, checksum verified
	Bank     Kind = "bank"     // IBAN, compact
	Handle   Kind = "handle"   // platform:name
	URL      Kind = "url"      // host and path, scheme and tracking dropped
	Domain   Kind = "domain"   // IDNA, lower-case
	Onion    Kind = "onion"    // v3, checksum verified
	MD5      Kind = "md5"      // lower-case hex
	SHA1     Kind = "sha1"     // lower-case hex
	SHA256   Kind = "sha256"   // lower-case hex
	ED2K     Kind = "ed2k"     // of a file in eDonkey's networks, lower-case hex
	BTIH     Kind = "btih"     // of a torrent, lower-case hex
	PDQ      Kind = "pdq"      // 256-bit perceptual hash, lower-case hex; near-matched, never exactly
	PhotoDNA Kind = "photodna" // opaque
	IMEI     Kind = "imei"
	IMSI     Kind = "imsi"
	MAC      Kind = "mac"
	Plate    Kind = "plate"    // country prefix, separators dropped
	Document Kind = "document" // country prefix, separators dropped
	IP       Kind = "ip"       // address, port and hour
	PGP      Kind = "pgp"      // fingerprint, upper-case
)

var kinds = []Kind{
	Phone, Email, Wallet, Bank, Handle, URL, Domain, Onion, MD5, SHA1, SHA256, ED2K, BTIH,
	PDQ, PhotoDNA, IMEI, IMSI, MAC, Plate, Document, IP, PGP,
}

// Kinds lists every kind, in the order in which a person reads them.
func Kinds() []Kind { return slices.Clone(kinds) }

// Valid reports whether the kind is one that this version knows.
func (k Kind) Valid() bool { return slices.Contains(kinds, k) }

// NormaliserVersion is the version of the canonical forms of identifiers; it rises with
// each change of one. Nodes of different versions refuse each other: that they found
// nothing in common would mean nothing.
const NormaliserVersion = 2

// An Identifier is a canonical value out of a case file. It never prints: not in
// a log, an error, a panic or as JSON. Two are compared with Equal, and are keys of
// a map by their Key; a comparison with == does not compile.
type Identifier struct {
	_     [0]func()
	kind  Kind
	plain *string // behind a pointer, which is what prints of it inside another type
}

// NewIdentifier wraps a value that is already in its kind's canonical form.
func NewIdentifier(kind Kind, canonical string) Identifier {
	return Identifier{kind: kind, plain: &canonical}
}

// Equal reports whether two identifiers are one.
func (i Identifier) Equal(other Identifier) bool {
	return i.kind == other.kind && i.value() == other.value()
}

// An IdentifierKey stands for an identifier in a map. It compares with == and
// prints as little as the identifier does.
type IdentifierKey struct {
	kind  Kind
	plain unique.Handle[string]
}

// Key is the same for equal identifiers, and for no others. Making it costs far more
// than the identifier did.
func (i Identifier) Key() IdentifierKey {
	return IdentifierKey{kind: i.kind, plain: unique.Make(i.value())}
}

// Format prints no value under any verb.
func (k IdentifierKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[identifier]") }

// Kind is the identifier's kind; the zero Identifier has none.
func (i Identifier) Kind() Kind { return i.kind }

// IsZero reports whether there is no identifier.
func (i Identifier) IsZero() bool { return i.plain == nil }

// Len is the length of the canonical value in bytes.
func (i Identifier) Len() int { return len(i.value()) }

// Reveal returns the canonical value. Its callers are a list held by a test:
// each one is a place where a value leaves the type that guards it.
func (i Identifier) Reveal() string { return i.value() }

func (i Identifier) value() string {
	if i.plain == nil {
		return ""
	}
	return *i.plain
}

// Format prints no value under any verb.
func (i Identifier) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[identifier]") }

// MarshalText prints no value into any encoding.
func (i Identifier) MarshalText() ([]byte, error) { return []byte("[identifier]"), nil }
