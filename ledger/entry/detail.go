package entry

import (
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/policy/casework"
)

// An OversightDetail is what an entry seals to the agency's own oversight body:
// who acted and why, with the officers' own signatures, and the salts that open
// the entry's commitments.
type OversightDetail struct {
	Officer       casework.OfficerID      `cbor:"1,keyasint"`
	Command       casework.Command        `cbor:"2,keyasint"`           // as the officer signed it
	Second        *casework.Command       `cbor:"3,keyasint,omitempty"` // as the approver signed it
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

// SealInfo binds a sealed detail to its network; it is HPKE's info.
func SealInfo(network string) []byte { return []byte("crosscase/2 oversight detail\x00" + network) }

// Bytes gives canonical bytes.
func (d OversightDetail) Bytes() []byte { return canon.Encode(d) }

// ParseDetail reads them.
func ParseDetail(data []byte) (OversightDetail, error) {
	var d OversightDetail
	if len(data) > maxSealed {
		return d, fmt.Errorf("%w: a detail of %d bytes", ErrFormat, len(data))
	}
	err := decode(data, &d)
	return d, err
}

// JustificationBytes is what an entry's commitment to its justification covers.
func JustificationBytes(j casework.Justification) []byte { return canon.Encode(j) }
