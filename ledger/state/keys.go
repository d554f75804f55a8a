package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sort"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A key names what happens once, in 128 bits of a hash: a state has one for most of
// all entries that ever were. Whoever makes two of its own entries collide can log the
// second one not; another's are out of reach, since the agency is hashed.
type key [16]byte

func keyOf(id casework.AgencyID, t entry.Type, what string) key {
	h := sha256.Sum256([]byte(string(id) + "|" + string(t) + "|" + what))
	return key(h[:16])
}

// anybody stands for the agency in keys that no two agencies may use.
const anybody = "*"

// A keySet maps keys to the index of the entry. Encoded it is one string of all of
// them, ascending: 24 bytes each.
type keySet map[key]uint64

const keySize = len(key{}) + 8

func (s keySet) MarshalCBOR() ([]byte, error) {
	out := make([]byte, 0, len(s)*keySize)
	for k, index := range s {
		out = append(out, k[:]...)
		out = binary.BigEndian.AppendUint64(out, index)
	}
	sort.Sort(records(out))
	return canon.Encode(out), nil
}

// records sorts records of one size in place: there may be many.
type records []byte

func (r records) at(i int) []byte    { return r[i*keySize : (i+1)*keySize] }
func (r records) Len() int           { return len(r) / keySize }
func (r records) Less(i, j int) bool { return bytes.Compare(r.at(i), r.at(j)) < 0 }
func (r records) Swap(i, j int) {
	var x [keySize]byte
	copy(x[:], r.at(i))
	copy(r.at(i), r.at(j))
	copy(r.at(j), x[:])
}

var errKeys = errors.New("the keys of entries are not ascending")

func (s *keySet) UnmarshalCBOR(data []byte) error {
	var all []byte
	if err := format.DecodeOwn(data, &all); err != nil {
		return err
	}
	if len(all)%keySize != 0 {
		return errKeys
	}
	*s = make(keySet, len(all)/keySize)
	for i := 0; i < len(all); i += keySize {
		if i > 0 && bytes.Compare(all[i-keySize:i-8], all[i:i+keySize-8]) >= 0 {
			return errKeys
		}
		(*s)[key(all[i:i+keySize-8])] = binary.BigEndian.Uint64(all[i+keySize-8:])
	}
	return nil
}
