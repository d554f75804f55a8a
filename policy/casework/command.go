package casework

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// ErrSignature means that a command was not signed by the key it names.
var ErrSignature = errors.New("the officer's signature does not hold")

// A Command is one act of one officer, signed by the officer's own Ed25519 key:
// it authenticates the act to the node, which keeps it. Params is the act's JSON
// as the officer's program wrote it.
//
// A command that is replayed, late, or meant for another node or network is
// refused by whoever checks Nonce, At, Agency and Network; the signature covers
// them all. It covers Params by a salted commitment, so that the act can be proved
// to the oversight body without what it says: see [Command.Act].
type Command struct {
	Network   string   `json:"network"`
	Agency    AgencyID `json:"agency"`
	Method    string   `json:"method"`
	Params    []byte   `json:"params"`
	Salt      [32]byte `json:"salt"`
	Key       []byte   `json:"key"` // the officer's public key
	At        int64    `json:"at"`  // Unix milliseconds
	Nonce     [16]byte `json:"nonce"`
	Signature []byte   `json:"signature"`
}

// NewCommand draws a nonce and a salt; the caller signs SigningBytes.
func NewCommand(network string, agency AgencyID, key ed25519.PublicKey, method string, params []byte, at time.Time) Command {
	c := Command{Network: network, Agency: agency, Method: method, Params: params, Key: key, At: at.UnixMilli()}
	rand.Read(c.Nonce[:])
	rand.Read(c.Salt[:])
	return c
}

// An Act is a command without its parameters and salt: which officer's key signed
// what kind of act, when, and on which request. It holds no value and has no size
// that depends on one; the agency opens Params from its own store.
type Act struct {
	Network   string    `cbor:"1,keyasint"`
	Agency    AgencyID  `cbor:"2,keyasint"`
	Method    string    `cbor:"3,keyasint"`
	Request   RequestID `cbor:"4,keyasint"` // that the parameters name; zero: none
	Params    [32]byte  `cbor:"5,keyasint"` // commitment to the parameters
	Key       []byte    `cbor:"6,keyasint"`
	At        int64     `cbor:"7,keyasint"`
	Nonce     [16]byte  `cbor:"8,keyasint"`
	Signature []byte    `cbor:"9,keyasint"`
}

// Act returns what the oversight body gets of a command.
func (c Command) Act() Act {
	return Act{
		Network: c.Network, Agency: c.Agency, Method: c.Method, Request: c.request(), Params: c.commitment(),
		Key: c.Key, At: c.At, Nonce: c.Nonce, Signature: c.Signature,
	}
}

// request is the request that the parameters name, which the signature covers.
func (c Command) request() RequestID {
	var p struct {
		Request RequestID `json:"request"`
	}
	if !mayName(c.Params, "request") || json.Unmarshal(c.Params, &p) != nil {
		return RequestID{}
	}
	return p.Request
}

// mayName reports whether JSON may have a field of a name, in lower-case letters. It errs
// on the side of yes: an escape, or a letter outside ASCII, may stand for one of the name's.
// Parameters of a megabyte that name no request need not be decoded to know it.
func mayName(js []byte, name string) bool {
	first := name[0]
	for i, b := range js {
		switch {
		case b >= utf8.RuneSelf, b == '\\':
			return true
		case b|0x20 == first && len(js)-i >= len(name) && bytes.EqualFold(js[i:i+len(name)], []byte(name)):
			return true
		}
	}
	return false
}

func (c Command) commitment() [32]byte {
	h := sha256.New()
	h.Write([]byte("crosscase/2 command parameters\x00"))
	h.Write(c.Salt[:])
	h.Write(c.Params)
	return [32]byte(h.Sum(nil))
}

// SigningBytes is what the officer's key signs.
func (c Command) SigningBytes() []byte { return c.Act().SigningBytes() }

// SigningBytes is what the officer's key signs: each field with its length, so that
// no two acts share signed bytes.
func (a Act) SigningBytes() []byte {
	out := []byte("crosscase/2 officer command\x00")
	field := func(b []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	field([]byte(a.Network))
	field([]byte(a.Agency))
	field([]byte(a.Method))
	field(a.Request[:])
	field(a.Params[:])
	field(a.Key)
	field(binary.BigEndian.AppendUint64(nil, uint64(a.At)))
	field(a.Nonce[:])
	return out
}

// Verify checks the signature under the key that the command names. Whose key
// it is, and what they may do, is for the caller to look up. Where all must decide
// alike, as a node and its overseer must, the rule is crypto/sign's.
func (c Command) Verify() error { return c.Act().Verify() }

// Verify checks the signature under the key that the act names.
func (a Act) Verify() error {
	if len(a.Key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: a key of %d bytes", ErrSignature, len(a.Key))
	}
	if !ed25519.Verify(a.Key, a.SigningBytes(), a.Signature) {
		return fmt.Errorf("%w: command %s", ErrSignature, a.Method)
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
