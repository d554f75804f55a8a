package sqlite

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// keys seal fields and find values. They have no printed form.
type keys struct {
	aead    cipher.AEAD
	lookups []byte       // key of the HMAC that finds values
	items   cipher.Block // makes ids of items
}

// Format prints no key under any verb.
func (keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[store keys]") }

func newKeys(store *[32]byte) (keys, error) {
	aead, err := chacha20poly1305.NewX(derive(store, "fields"))
	if err != nil {
		return keys{}, err
	}
	items, err := aes.NewCipher(derive(store, "item id"))
	if err != nil {
		return keys{}, err
	}
	return keys{aead: aead, lookups: derive(store, "look-up"), items: items}, nil
}

// itemID is the id of an item, its number under a block cipher: to whoever has not
// the store key it is as good as random, and it needs no index, which would be
// written in a different place for every item.
func (k keys) itemID(seq int64) (id casework.ItemID) {
	binary.BigEndian.PutUint64(id[8:], uint64(seq))
	k.items.Encrypt(id[:], id[:])
	return id
}

// itemSeq is the way back; of an id that is no item's it is 0, which is no item's number.
func (k keys) itemSeq(id casework.ItemID) int64 {
	k.items.Decrypt(id[:], id[:])
	if binary.BigEndian.Uint64(id[:8]) != 0 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(id[8:]))
}

// seal encrypts a field and binds it to its place.
func (k keys) seal(place string, plain []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	rand.Read(nonce)
	return k.aead.Seal(nonce, nonce, plain, []byte(place))
}

// open decrypts a field of a place.
func (k keys) open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("%w: a field of %d bytes", store.ErrCorrupt, len(sealed))
	}
	plain, err := k.aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("%w: a field was changed, or belongs elsewhere", store.ErrCorrupt)
	}
	return plain, nil
}

// A finder makes look-up keys, one at a time.
type finder struct{ mac hash.Hash }

func (k keys) finder() finder { return finder{hmac.New(sha256.New, k.lookups)} }

// find is the look-up key of a value.
func (f finder) find(what string, parts ...[]byte) []byte {
	f.mac.Reset()
	f.mac.Write([]byte(what))
	for _, p := range parts {
		f.mac.Write([]byte{0})
		f.mac.Write(p)
	}
	return f.mac.Sum(nil)[:16]
}

// identifier returns an identifier's look-up key and its value, which goes no further
// than this file: the one place of the store where a value is revealed.
func (f finder) identifier(i casework.Identifier) (lookup, value []byte) {
	value = []byte(i.Reveal())
	return f.find("item", []byte(i.Kind()), value), value
}

// lookup is the look-up key of an identifier.
func (k keys) lookup(i casework.Identifier) []byte {
	lookup, _ := k.finder().identifier(i)
	return lookup
}

// sealIdentifier returns an identifier's look-up key and its sealed value.
func (k keys) sealIdentifier(f finder, i casework.Identifier) (lookup, sealed []byte) {
	lookup, value := f.identifier(i)
	return lookup, k.seal("item|"+string(lookup), value)
}

// openIdentifier is the way back.
func (k keys) openIdentifier(kind string, lookup, sealed []byte) (casework.Identifier, error) {
	value, err := k.open("item|"+string(lookup), sealed)
	if err != nil {
		return casework.Identifier{}, err
	}
	return casework.NewIdentifier(casework.Kind(kind), string(value)), nil
}
