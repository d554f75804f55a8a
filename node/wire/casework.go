package wire

import (
	"errors"

	"github.com/crosscase/crosscase/policy/casework"
)

// MaxSealed is the size in bytes of the largest sealed casework message, a
// disclosure with its files.
const MaxSealed = 32 << 20

// Casework carries one sealed message about a request, with the receipt of the
// entry that holds its hash.
type Casework struct {
	ID      casework.MessageID `cbor:"1,keyasint"`
	Kind    string             `cbor:"2,keyasint"` // "request", "decision", "disclosure" ...
	Receipt []byte             `cbor:"3,keyasint"`
	Sealed  []byte             `cbor:"4,keyasint"`
}

// Type returns TypeCasework.
func (*Casework) Type() Type { return TypeCasework }

func (m *Casework) validate() error {
	if m.ID.IsZero() {
		return errors.New("no message id")
	}
	return check(between("length of the kind", uint64(len(m.Kind)), 1, 32), between("size of the receipt", uint64(len(m.Receipt)), 1, maxReceipt),
		between("sealed bytes", uint64(len(m.Sealed)), 1, MaxSealed))
}

// A CaseworkAck answers a Casework: code zero took it.
type CaseworkAck struct {
	ID   casework.MessageID `cbor:"1,keyasint"`
	Code Code               `cbor:"2,keyasint"`
}

// Type returns TypeCaseworkAck.
func (*CaseworkAck) Type() Type { return TypeCaseworkAck }

func (m *CaseworkAck) validate() error {
	if m.ID.IsZero() {
		return errors.New("no message id")
	}
	return between("code", uint64(m.Code), 0, uint64(lastCode)-1)
}
