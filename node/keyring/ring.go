package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	return r.change(func(a *Agency) error { a.Log, a.Cosigner = log, cosigner; return nil })
}

// all lists the keys of a purpose and epoch, oldest first; those that wait for the
// ledger are the last.
func (r *Ring) all(epoch uint32, purpose Purpose) ([][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.keys
	if a.Next != nil {
		a = a.with(*a.Next)
	}
	keys := a.Epochs[epoch].all(purpose)
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: epoch %d, %s", ErrNoKey, epoch, purpose)
	}
	return keys, nil
}

// MatchKey is the key of exact matching in an epoch.
func (r *Ring) MatchKey(epoch uint32) (*oprf.PrivateKey, error) {
	keys, err := r.all(epoch, Match)
	if err != nil {
		return nil, err
	}
	k, err := oprf.ParsePrivateKey(keys[0])
	if err != nil {
		return nil, fmt.Errorf("match key of epoch %d: %w", epoch, err)
	}
	return k, nil
}

// DisclosureKey opens what was sealed to the agency at the beginning of an epoch.
func (r *Ring) DisclosureKey(epoch uint32) (*seal.PrivateKey, error) {
	keys, err := r.all(epoch, Disclosure)
	if err != nil {
		return nil, err
	}
	return disclosureKey(epoch, keys[0])
}

func disclosureKey(epoch uint32, key []byte) (*seal.PrivateKey, error) {
	k, err := seal.ParsePrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("disclosure key of epoch %d: %w", epoch, err)
	}
	return k, nil
}

// DisclosureKeys lists all keys that open what was sealed to the agency, newest first:
// a message may have been sealed before the key was changed.
func (r *Ring) DisclosureKeys() ([]*seal.PrivateKey, error) {
	r.mu.Lock()
	epochs := slices.Sorted(maps.Keys(r.keys.Epochs))
	if n := r.keys.Next; n != nil && !slices.Contains(epochs, n.Epoch) {
		epochs = append(epochs, n.Epoch)
	}
	r.mu.Unlock()
	var out []*seal.PrivateKey
	for _, epoch := range epochs {
		keys, err := r.all(epoch, Disclosure)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			k, err := disclosureKey(epoch, key)
			if err != nil {
				return nil, err
			}
			out = append(out, k)
		}
	}
	slices.Reverse(out)
	return out, nil
}

// AuditKeys derive the blinds of the queries of an epoch: new ones from the last, those
// of an earlier batch from the one that it names by its place.
func (r *Ring) AuditKeys(epoch uint32) ([]*[32]byte, error) {
	keys, err := r.all(epoch, Audit)
	if err != nil {
		return nil, err
	}
	var out []*[32]byte
	for _, key := range keys {
		if len(key) != 32 {
			return nil, fmt.Errorf("audit key of epoch %d: %w: %d bytes, want 32", epoch, ErrFormat, len(key))
		}
		out = append(out, (*[32]byte)(key))
	}
	return out, nil
}
