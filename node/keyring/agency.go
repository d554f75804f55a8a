// Package keyring keeps secret keys at rest: the store key of a node, wrapped by
// a passphrase or held in a key file; the agency's keys, sealed under the store
// key; and the key of an officer, in a file of the officer's own behind a
// passphrase, or inside ssh-agent and never here. Keys have no printed form.
//
// An agency changes its keys by an entry of the ledger that names the new ones. Between
// the moment at which they are drawn and that at which the entry is seen, both are kept,
// and the own record in the ledger says which count (see [Next]).
package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/keywrap"
	"github.com/crosscase/crosscase/ledger/durable"
)

// Errors that callers branch on.
var (
	ErrPassphrase = keywrap.ErrPassphrase
	ErrFormat     = keywrap.ErrFormat
)

// Agency holds the secret keys of an agency, each for one thing. They lie on
// disk sealed under the store key, and have no printed form.
type Agency struct {
	Node     []byte           // Ed25519 seed: the libp2p identity
	Sign     []byte           // Ed25519 seed: signs ledger entries and the member record
	Log      string           // signed-note key of the checkpoint; empty before a network
	Cosigner string           // signed-note cosigner key; empty before a network
	Epochs   map[uint32]Epoch // by epoch number

	Began map[uint32]int64 `cbor:",omitempty"` // when epochs after the first began, in Unix seconds
	Next  *Next            `cbor:",omitempty"` // drawn for a record that the ledger may not have yet
}

// A Purpose is what a key of an epoch is for. Each purpose has a key of its own, and
// each epoch a new one. Its text is the key's name on disk.
type Purpose string

// Purposes of the keys of an epoch.
const (
	Match      Purpose = "Match"      // VOPRF private key: makes own tags and evaluates what others ask
	Disclosure Purpose = "Disclosure" // X-Wing seed: opens what is sealed to the agency
	Audit      Purpose = "Audit"      // 32 bytes: derives the blinds of own queries
)

// An Epoch holds the keys of one epoch, by purpose. A purpose may have several: see
// [Purpose.nth].
type Epoch map[Purpose][]byte

// Format prints no key under any verb.
func (Agency) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[agency keys]") }

// Format prints no key under any verb.
func (Epoch) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[epoch keys]") }

// NewAgency draws node and signing keys; epochs are added by their owner.
func NewAgency() *Agency {
	return &Agency{Node: seed(), Sign: seed(), Epochs: map[uint32]Epoch{}}
}

// DrawEpoch draws the keys of all purposes for an epoch that has none.
func (a *Agency) DrawEpoch(epoch uint32) error {
	if _, ok := a.Epochs[epoch]; ok {
		return fmt.Errorf("there are keys of epoch %d already", epoch)
	}
	keys, err := newEpoch()
	if err != nil {
		return err
	}
	a.Epochs[epoch] = keys
	return nil
}

// NodeKey is the libp2p identity.
func (a *Agency) NodeKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(a.Node) }

// SignKey signs ledger entries.
func (a *Agency) SignKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(a.Sign) }

// agencyFormat reads the keys of a thousand epochs.
var agencyFormat = canon.NewFormat(canon.Limits{Size: 1 << 20, Array: 16, Map: 1024, Depth: 6})

var agencyAAD = []byte("crosscase/1 agency keys")

// Save writes the keys sealed under the store key, replacing the file whole.
func (a *Agency) Save(path string, store StoreKey) error {
	plain := canon.Encode(a)
	aead, err := chacha20poly1305.NewX(store.key[:])
	if err != nil {
		return fmt.Errorf("agency keys: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(nonce)
	if err := durable.Replace(path, aead.Seal(nonce, nonce, plain, agencyAAD), 0o600); err != nil {
		return fmt.Errorf("agency keys: %w", err)
	}
	return nil
}

// OpenAgency reads what Save wrote.
func OpenAgency(path string, store StoreKey) (*Agency, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("agency keys: %w", err)
	}
	aead, err := chacha20poly1305.NewX(store.key[:])
	if err != nil {
		return nil, fmt.Errorf("agency keys: %w", err)
	}
	if len(data) < aead.NonceSize() {
		return nil, fmt.Errorf("agency keys: %w: %d bytes", ErrFormat, len(data))
	}
	plain, err := aead.Open(nil, data[:aead.NonceSize()], data[aead.NonceSize():], agencyAAD)
	if err != nil {
		return nil, fmt.Errorf("agency keys: %w: another store key, or the file was changed", ErrFormat)
	}
	a := &Agency{}
	if err := agencyFormat.DecodeOwn(plain, a); err != nil {
		return nil, fmt.Errorf("agency keys: %w: %w", ErrFormat, err)
	}
	if len(a.Node) != ed25519.SeedSize || len(a.Sign) != ed25519.SeedSize {
		return nil, fmt.Errorf("agency keys: %w: a key is missing", ErrFormat)
	}
	return a, nil
}
