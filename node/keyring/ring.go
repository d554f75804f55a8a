package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
)

// ErrNoKey means that the agency has no key of that epoch and purpose.
var ErrNoKey = errors.New("the agency has no such key")

// A Ring holds the agency's keys for a running node, each by epoch and purpose. It is
// safe for concurrent use, and has no printed form.
type Ring struct {
	path  string
	store StoreKey

	mu   sync.Mutex
	keys *Agency // guarded by mu
}

// OpenRing reads the agency's keys.
func OpenRing(path string, store StoreKey) (*Ring, error) {
	keys, err := OpenAgency(path, store)
	if err != nil {
		return nil, err
	}
	return &Ring{path: path, store: store, keys: keys}, nil
}

// Format prints no key under any verb.
func (*Ring) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[key ring]") }

// NodeKey is the libp2p identity.
func (r *Ring) NodeKey() ed25519.PrivateKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys.NodeKey()
}

// SignKey signs ledger entries.
func (r *Ring) SignKey() ed25519.PrivateKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys.SignKey()
}

// LogKeys are the signed-note keys of the log and the cosigner; empty before SetLogKeys.
func (r *Ring) LogKeys() (log, cosigner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys.Log, r.keys.Cosigner
}

// SetLogKeys keeps the keys of a network that the agency founds or joins. They are on
// disk when it returns without an error, and not in use otherwise.
func (r *Ring) SetLogKeys(log, cosigner string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := *r.keys
	next.Log, next.Cosigner = log, cosigner
	if err := next.Save(r.path, r.store); err != nil {
		return err
	}
	r.keys = &next
	return nil
}

func (r *Ring) key(epoch uint32, purpose Purpose) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, ok := r.keys.Epochs[epoch][purpose]
	if !ok {
		return nil, fmt.Errorf("%w: epoch %d, %s", ErrNoKey, epoch, purpose)
	}
	return key, nil
}

// MatchKey is the key of exact matching in an epoch.
func (r *Ring) MatchKey(epoch uint32) (*oprf.PrivateKey, error) {
	key, err := r.key(epoch, Match)
	if err != nil {
		return nil, err
	}
	k, err := oprf.ParsePrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("match key of epoch %d: %w", epoch, err)
	}
	return k, nil
}

// DisclosureKey opens what was sealed to the agency in an epoch.
func (r *Ring) DisclosureKey(epoch uint32) (*seal.PrivateKey, error) {
	key, err := r.key(epoch, Disclosure)
	if err != nil {
		return nil, err
	}
	k, err := seal.ParsePrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("disclosure key of epoch %d: %w", epoch, err)
	}
	return k, nil
}

// AuditKey derives the blinds of the queries of an epoch.
func (r *Ring) AuditKey(epoch uint32) (*[32]byte, error) {
	key, err := r.key(epoch, Audit)
	if err != nil {
		return nil, err
	}
	if len(key) != 32 {
		return nil, fmt.Errorf("audit key of epoch %d: %w: %d bytes, want 32", epoch, ErrFormat, len(key))
	}
	return (*[32]byte)(key), nil
}
