package entry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/policy/casework"
)

// MaxSize is the size of the largest entry in bytes.
const MaxSize = 16 << 10

// Version is the version of entries that this package reads and writes.
const Version = 2

// MaxTime is the latest time, in Unix milliseconds: the end of the year 9999. It
// keeps differences of times from overflowing.
const MaxTime = 253402300799999

// A Hash is a SHA-256.
type Hash [32]byte

// String returns lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash was never computed.
func (h Hash) IsZero() bool { return h == Hash{} }

// A Header says who logs what kind of fact, where and when.
type Header struct {
	_       struct{} `cbor:",toarray"`
	Version uint32
	Network string
	Type    Type
	Agency  casework.AgencyID
	Seq     uint64 // 1, 2, 3 ... of this agency
	Prev    Hash   // of this agency's previous entry; zero for the first
	Time    int64  // Unix milliseconds, by the agency's clock
}

// At is the header's time.
func (h Header) At() time.Time { return time.UnixMilli(h.Time).UTC() }

// An Entry is a signed fact.
type Entry struct {
	Header
	Body      Body
	raw       []byte
	payload   []byte // what is signed
	signature []byte
	hash      Hash
	holds     *atomic.Pointer[string] // the key under which the signature held; shared by copies
}

// Raw returns the COSE_Sign1 bytes. The caller must not change them.
func (e Entry) Raw() []byte { return e.raw }

// Hash is the SHA-256 of Raw: what the agency's next entry names as prev.
func (e Entry) Hash() Hash { return e.hash }

// payload is what is signed: header and body.
type payload struct {
	_      struct{} `cbor:",toarray"`
	Header Header
	Body   canon.Raw
}

// sign1 is an untagged COSE_Sign1 (RFC 9052 section 4.2).
type sign1 struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected map[int]int // empty
	Payload     []byte
	Signature   []byte
}

// protected is the encoded header {1: -8}: alg EdDSA (RFC 9053 section 2.2).
var protected = []byte{0xa1, 0x01, 0x27}

// toBeSigned is the Sig_structure of RFC 9052 section 4.4.
func toBeSigned(payload []byte) []byte {
	return canon.Encode([]any{"Signature1", protected, []byte{}, payload})
}

// Sign makes an entry. The header's version and type are filled in.
func Sign(h Header, b Body, key ed25519.PrivateKey) (Entry, error) {
	h.Version, h.Type = Version, b.Type()
	if err := h.validate(); err != nil {
		return Entry{}, err
	}
	if err := b.validate(); err != nil {
		return Entry{}, fmt.Errorf("%w: %s: %w", ErrShape, h.Type, err)
	}
	p := canon.Encode(payload{Header: h, Body: BodyBytes(b)})
	signature := ed25519.Sign(key, toBeSigned(p))
	raw := canon.Encode(sign1{Protected: protected, Unprotected: map[int]int{}, Payload: p, Signature: signature})
	if len(raw) > MaxSize {
		return Entry{}, fmt.Errorf("%w: %s of %d bytes, more than %d", ErrShape, h.Type, len(raw), MaxSize)
	}
	e := Entry{Header: h, Body: b, raw: raw, payload: p, signature: signature, hash: sha256.Sum256(raw), holds: new(atomic.Pointer[string])}
	under := string(key.Public().(ed25519.PublicKey))
	e.holds.Store(&under) // it was made a moment ago
	return e, nil
}

// Parse reads an entry's canonical bytes. It does not check the signature. Where
// only the body cannot be read, the entry has its header.
func Parse(raw []byte) (Entry, error) {
	if len(raw) > MaxSize {
		return Entry{}, fmt.Errorf("%w: %d bytes, more than %d", ErrFormat, len(raw), MaxSize)
	}
	var s sign1
	if err := decode(raw, &s); err != nil {
		return Entry{}, err
	}
	if string(s.Protected) != string(protected) || len(s.Unprotected) != 0 || s.Unprotected == nil {
		return Entry{}, fmt.Errorf("%w: another signature algorithm or header", ErrFormat)
	}
	if len(s.Signature) != ed25519.SignatureSize {
		return Entry{}, fmt.Errorf("%w: a signature of %d bytes", ErrFormat, len(s.Signature))
	}
	var p payload
	if err := decode(s.Payload, &p); err != nil {
		return Entry{}, fmt.Errorf("payload: %w", err)
	}
	if err := p.Header.validate(); err != nil {
		return Entry{}, err
	}
	body, err := ParseBody(p.Header.Type, p.Body)
	if err != nil {
		return Entry{Header: p.Header}, err
	}
	return Entry{Header: p.Header, Body: body, raw: raw, payload: s.Payload, signature: s.Signature, hash: sha256.Sum256(raw), holds: new(atomic.Pointer[string])}, nil
}

func (h Header) validate() error {
	switch {
	case h.Version != Version:
		return fmt.Errorf("%w: an entry of version %d; this build reads ledgers of version %d, and the members of an older one found it anew", ErrFormat, h.Version, Version)
	case h.Network == "" || len(h.Network) > 128:
		return fmt.Errorf("%w: a network name of %d bytes", ErrShape, len(h.Network))
	case h.Seq == 0:
		return fmt.Errorf("%w: seq begins at 1", ErrShape)
	case (h.Seq == 1) != h.Prev.IsZero():
		return fmt.Errorf("%w: the first entry of an agency has no prev, and every other has one", ErrShape)
	case h.Time <= 0 || h.Time > MaxTime:
		return fmt.Errorf("%w: a time outside the years 1970 to 9999", ErrShape)
	}
	if err := h.Agency.Validate(); err != nil {
		return fmt.Errorf("%w: agency: %w", ErrShape, err)
	}
	return nil
}

// Verify checks the signature under an agency's key, which passed [sign.CheckKey]
// when its record was admitted.
//
// A signature that held is not checked again under the same key, for this entry and
// copies of it.
func (e Entry) Verify(key ed25519.PublicKey) error {
	return e.verify(key, func(message, signature []byte) bool { return sign.Verify(key, message, signature) })
}

// VerifyWith is Verify under a key that was prepared for many entries.
func (e Entry) VerifyWith(v *sign.Verifier) error { return e.verify(v.Key(), v.Verify) }

func (e Entry) verify(key []byte, holds func(message, signature []byte) bool) error {
	if e.holds != nil {
		if under := e.holds.Load(); under != nil && *under == string(key) {
			return nil
		}
	}
	if !holds(toBeSigned(e.payload), e.signature) {
		return fmt.Errorf("%w: %s of %s", ErrSignature, e.Type, e.Agency)
	}
	if e.holds != nil {
		under := string(key)
		e.holds.Store(&under)
	}
	return nil
}

// Leaf is what the tree commits to: the time at which the leader appended the
// entry (Unix milliseconds, eight bytes, big-endian) and the entry's raw bytes.
func Leaf(appended int64, raw []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(raw)), uint64(appended)), raw...)
}

// SplitLeaf reads what Leaf wrote.
func SplitLeaf(leaf []byte) (appended int64, raw []byte, err error) {
	if len(leaf) < 8 || len(leaf) > 8+MaxSize {
		return 0, nil, fmt.Errorf("%w: a leaf of %d bytes", ErrFormat, len(leaf))
	}
	at := binary.BigEndian.Uint64(leaf)
	if at == 0 || at > MaxTime {
		return 0, nil, fmt.Errorf("%w: a leaf with an append time outside the years 1970 to 9999", ErrFormat)
	}
	return int64(at), leaf[8:], nil
}

// Commit is a salted commitment to a value: it binds, and without the salt it
// tells nothing. What names the kind of value, so that no commitment serves for two.
func Commit(salt *[32]byte, what string, value []byte) Hash {
	h := sha256.New()
	fmt.Fprintf(h, "crosscase/2 commitment\x00%s\x00", what)
	h.Write(salt[:])
	h.Write(value)
	return Hash(h.Sum(nil))
}

// BatchCommitment commits to the blinded elements of a query through the SHA-256
// of each part in order, so that a part can be checked before the rest arrives.
func BatchCommitment(count, partSize uint32, parts []Hash) Hash {
	h := sha256.New()
	h.Write([]byte("crosscase/2 batch\x00"))
	h.Write(binary.BigEndian.AppendUint32(nil, count))
	h.Write(binary.BigEndian.AppendUint32(nil, partSize))
	for _, p := range parts {
		h.Write(p[:])
	}
	return Hash(h.Sum(nil))
}
