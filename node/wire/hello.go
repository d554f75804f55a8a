package wire

import (
	"errors"
	"fmt"
	"io"
)

// Version is the version of the protocols of this package. In version 2 a receiver of
// tags says first what it has, and a snapshot may follow any set.
const Version = 2

// What two nodes must have in common. The texts say what the operator is to do.
var (
	ErrNetwork    = errors.New("the peer is of another network: compare the network's name in the settings of both nodes")
	ErrNormaliser = errors.New("the peer writes identifiers in another canonical form: both nodes must run versions with the same normaliser")
	ErrEpoch      = errors.New("the peer is in another epoch: one of the nodes is behind in the ledger, and the exchange works once it has caught up")
)

// A Hello opens every stream, from each side.
type Hello struct {
	Version    uint32 `cbor:"1,keyasint"` // of the protocols
	Network    string `cbor:"2,keyasint"`
	Normaliser uint32 `cbor:"3,keyasint"`
	Epoch      uint32 `cbor:"4,keyasint"`
}

// Type returns TypeHello.
func (*Hello) Type() Type { return TypeHello }

func (m *Hello) validate() error {
	return check(between("length of the network's name", uint64(len(m.Network)), 1, 256),
		between("version", uint64(m.Version), 1, 1<<16), between("normaliser", uint64(m.Normaliser), 1, 1<<16))
}

// agree compares the other side's greeting with the own one.
func (m Hello) agree(other Hello) error {
	switch {
	case other.Version != m.Version:
		return fmt.Errorf("version %d, own %d: %w", other.Version, m.Version, ErrVersion)
	case other.Network != m.Network:
		return fmt.Errorf("network %q, own %q: %w", other.Network, m.Network, ErrNetwork)
	case other.Normaliser != m.Normaliser:
		return fmt.Errorf("normaliser %d, own %d: %w", other.Normaliser, m.Normaliser, ErrNormaliser)
	case other.Epoch != m.Epoch:
		return fmt.Errorf("epoch %d, own %d: %w", other.Epoch, m.Epoch, ErrEpoch)
	}
	return nil
}

// Greet opens a stream from the side that dialled.
func Greet(rw io.ReadWriter, own Hello) error {
	if err := Write(rw, &own); err != nil {
		return err
	}
	other, err := Expect[Hello](rw)
	if err != nil {
		return fmt.Errorf("greeting: %w", cut(err))
	}
	if err := own.agree(other); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	return nil
}

// Welcome opens a stream from the side that was dialled. It refuses, with the
// code, a peer with which it has not everything in common.
func Welcome(rw io.ReadWriter, own Hello) error {
	other, err := Expect[Hello](rw)
	if err == nil {
		err = own.agree(other)
	}
	if err != nil {
		var refused *RefusedError
		if !errors.As(err, &refused) && !errors.Is(err, io.EOF) {
			err = errors.Join(err, Write(rw, &Refusal{Code: CodeOf(err)}))
		}
		return fmt.Errorf("greeting: %w", err)
	}
	return Write(rw, &own)
}
