// Package control is the transport of the node's local API: HTTP on a Unix socket,
// and its client. Every call is one [casework.Command] signed by an officer's own
// key; the socket's file mode keeps other accounts of the machine out, the
// signature keeps out everybody who holds no key, and the officer's role decides
// which methods they may call.
//
//	officer's process                         node
//	POST /v1/call {command, signed}     -->   officer known and active? signature holds?
//	                                          this node, this network? within 2 minutes?
//	                                          nonce never seen? role may call the method?
//	{"event":...}\n {"event":...}\n     <--   progress, as it happens
//	{"result":...}\n or {"error":...}   <--   the end
//
// A command that is replayed, late, for another agency or under a removed key is
// refused before its parameters are read. A caller without a valid signature
// learns only that it was refused, not whether the officer exists. Errors for a
// person carry what happened and what to do next; no identifier is in them.
package control

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// MaxCall is the size of the largest call in bytes.
const MaxCall = 16 << 20

// MaxSkew is how far a command's time may be from the node's clock.
const MaxSkew = 2 * time.Minute

// Directory is what the server needs to know of officers.
type Directory interface {
	// OfficerByKey returns the officer who holds a key; any error refuses the call.
	OfficerByKey(ctx context.Context, key ed25519.PublicKey) (casework.Officer, error)
	// UseNonce records a nonce until its command would be too old anyway, and
	// fails when it was used before, or may have been.
	UseNonce(ctx context.Context, id casework.OfficerID, nonce [16]byte, at time.Time) error
}

// Keep keeps the signed command of an officer, before it is carried out; its error
// refuses the command. It is called for each command that changes a case; whole says
// whether the parameters may be kept.
type Keep func(ctx context.Context, id casework.OfficerID, c casework.Command, whole bool) error

// ErrDenied is wrapped by every refusal of a command that is not authenticated, or
// that the role may not give.
var ErrDenied = errors.New("refused")
