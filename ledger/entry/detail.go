package entry

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/policy/casework"
)

// An OversightDetail is what an entry seals to the agency's own oversight body:
// who acted and why, with the officers' own signatures, and the salts that open
// the entry's commitments. It holds no identifier that was typed and no text that
// goes to another agency: of an officer's command it has a commitment, which the
// agency opens from its own store when the body asks.
type OversightDetail struct {
	Officer       casework.OfficerID      `cbor:"1,keyasint"`
	Command       casework.Act            `cbor:"2,keyasint"`           // as the officer signed it
	Second        *casework.Act           `cbor:"3,keyasint,omitempty"` // as the approver signed it
	Approver      casework.OfficerID      `cbor:"4,keyasint,omitempty"`
	Justification *casework.Justification `cbor:"5,keyasint,omitempty"`
	Salts         map[string][32]byte     `cbor:"6,keyasint,omitempty"` // by what the commitment is to
	Policy        []string                `cbor:"7,keyasint,omitempty"` // what the rules said
	Elements      *Elements               `cbor:"8,keyasint,omitempty"` // of a query
	Hits          map[string]uint32       `cbor:"9,keyasint,omitempty"` // of a report, by peer
}

// Elements says how many elements of a batch are of items that the agency published
// to those asked, and how many of items that it keeps silent.
type Elements struct {
	Published uint32 `cbor:"1,keyasint"`
	Silent    uint32 `cbor:"2,keyasint"`
}

// detailSize is the one size of all details, in bytes before sealing: a size that
// depended on a text would tell of it.
const detailSize = 4 << 10

// SealedSize is the size of every sealed detail in bytes.
const SealedSize = detailSize + seal.Overhead

// ErrTooLong means that what is to be sealed is longer than any entry holds.
var ErrTooLong = errors.New("the reasons are too long for the ledger")

// sealInfo binds a sealed detail to its network; it is HPKE's info.
func sealInfo(network string) []byte { return []byte("crosscase/2 oversight detail\x00" + network) }

// Seal seals the detail to the oversight body of an agency in a network.
func (d OversightDetail) Seal(to *seal.PublicKey, network string) ([]byte, error) {
	padded, err := d.padded()
	if err != nil {
		return nil, err
	}
	sealed, err := seal.Seal(to, sealInfo(network), nil, padded)
	if err != nil {
		return nil, fmt.Errorf("oversight detail: %w", err)
	}
	return sealed, nil
}

// padded writes the detail's length, the detail, and zeros.
func (d OversightDetail) padded() ([]byte, error) {
	plain := canon.Encode(d)
	if len(plain) > detailSize-2 {
		return nil, fmt.Errorf("%w: shorten what was justified by %d bytes", ErrTooLong, len(plain)-(detailSize-2))
	}
	out := make([]byte, detailSize)
	binary.BigEndian.PutUint16(out, uint16(len(plain)))
	copy(out[2:], plain)
	return out, nil
}

// OpenDetail opens what Seal sealed.
func OpenDetail(key *seal.PrivateKey, network string, sealed []byte) (OversightDetail, error) {
	plain, err := key.Open(sealInfo(network), nil, sealed)
	if err != nil {
		return OversightDetail{}, fmt.Errorf("oversight detail: %w", err)
	}
	return parseDetail(plain)
}

// parseDetail reads a padded detail, and refuses padding that is not zeros.
func parseDetail(padded []byte) (OversightDetail, error) {
	if len(padded) != detailSize {
		return OversightDetail{}, fmt.Errorf("%w: a detail of %d bytes", ErrFormat, len(padded))
	}
	n := int(binary.BigEndian.Uint16(padded))
	if n > detailSize-2 || len(bytes.Trim(padded[2+n:], "\x00")) > 0 {
		return OversightDetail{}, fmt.Errorf("%w: a detail whose padding is not zeros", ErrFormat)
	}
	var d OversightDetail
	if err := decode(padded[2:2+n], &d); err != nil {
		return OversightDetail{}, fmt.Errorf("oversight detail: %w", err)
	}
	return d, nil
}

// JustificationBytes is what an entry's commitment to its justification covers.
func JustificationBytes(j casework.Justification) []byte { return canon.Encode(j) }
