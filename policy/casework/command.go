package casework

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrSignature means that a command was not signed by the key it names.
var ErrSignature = errors.New("the officer's signature does not hold")

// A Command is one act of one officer, signed by the officer's own Ed25519 key:
// it authenticates the act to the node and, kept as it is, proves it to the
// oversight body afterwards. Params is the act's JSON as it was signed.
//
// A command that is replayed, late, or meant for another node or network is
// refused by whoever checks Nonce, At, Agency and Network; the signature covers
// them all, each with its length, so that no two commands share signed bytes.
type Command struct {
	Network   string   `json:"network" cbor:"1,keyasint"`
	Agency    AgencyID `json:"agency" cbor:"2,keyasint"`
	Method    string   `json:"method" cbor:"3,keyasint"`
	Params    []byte   `json:"params" cbor:"4,keyasint"`
	Key       []byte   `json:"key" cbor:"5,keyasint"` // the officer's public key
	At        int64    `json:"at" cbor:"6,keyasint"`  // Unix milliseconds
	Nonce     [16]byte `json:"nonce" cbor:"7,keyasint"`
	Signature []byte   `json:"signature" cbor:"8,keyasint"`
}

// NewCommand fills in a fresh nonce; the caller signs SigningBytes.
func NewCommand(network string, agency AgencyID, key ed25519.PublicKey, method string, params []byte, at time.Time) Command {
	c := Command{Network: network, Agency: agency, Method: method, Params: params, Key: key, At: at.UnixMilli()}
	rand.Read(c.Nonce[:])
	return c
}

// SigningBytes is what the officer's key signs.
func (c Command) SigningBytes() []byte {
	out := []byte("crosscase/1 officer command\x00")
	field := func(b []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	field([]byte(c.Network))
	field([]byte(c.Agency))
	field([]byte(c.Method))
	field(c.Params)
	field(c.Key)
	field(binary.BigEndian.AppendUint64(nil, uint64(c.At)))
	field(c.Nonce[:])
	return out
}

// Verify checks the signature under the key that the command names. Whose key
// it is, and what they may do, is for the caller to look up.
func (c Command) Verify() error {
	if len(c.Key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: a key of %d bytes", ErrSignature, len(c.Key))
	}
	if !ed25519.Verify(c.Key, c.SigningBytes(), c.Signature) {
		return fmt.Errorf("%w: command %s", ErrSignature, c.Method)
	}
	return nil
}

// An Officer is a person who acts at a node with a key of their own.
type Officer struct {
	ID      OfficerID         `json:"id" cbor:"1,keyasint"`
	Name    string            `json:"name" cbor:"2,keyasint"` // shown in the own agency only
	Unit    string            `json:"unit,omitempty" cbor:"3,keyasint,omitempty"`
	Role    Role              `json:"role" cbor:"4,keyasint"`
	Key     ed25519.PublicKey `json:"key" cbor:"5,keyasint"`
	Added   time.Time         `json:"added" cbor:"6,keyasint"`
	Removed time.Time         `json:"removed,omitzero" cbor:"7,keyasint,omitempty"`
}

// Active reports whether the officer may act.
func (o Officer) Active() bool { return o.Removed.IsZero() && o.Role.Valid() }
