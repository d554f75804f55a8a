// Package desk holds what the desks below it share: how an error of the store or the
// ledger is told to an officer, and how a case that a command names is found.
//
// A desk is a package of handlers of the local API:
//
//	cases       open, list, show, close and export cases
//	evidence    what comes in, and what an item is
//	holding     what is held back while an operation is under way
//	asking      publishing tags and asking the other agencies
//	leads       the inbox
//	disclosing  requests for disclosure, answers, use
//	reports     the queue of reports of the public
//	members     founding and joining a network
//	officers    who may act at this node
//	oversight   how the node, its ledger and its peers stand
//
// Each states the small interfaces of the store, the ledger and the services that
// it uses, so that it can be tested with fakes and called without a socket. Desks do
// not import each other: what one needs of another is an interface, and the node puts
// them together.
//
// An officer's call is authenticated before it comes here. A desk checks what the
// officer asks for against the store, and leaves what is lawful to policy. No error
// holds a value out of a case file.
package desk

import (
	"context"
	"errors"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Cases finds cases by their reference or id.
type Cases interface {
	CaseByRef(ctx context.Context, ref string) (casework.Case, error)
}

// FindCase returns the case that a command names.
func FindCase(ctx context.Context, s Cases, ref string) (casework.Case, error) {
	c, err := s.CaseByRef(ctx, ref)
	return c, NotFound(err, "'crosscase case list' shows the cases, 'crosscase case new' opens one", "there is no case "+ref)
}

// NotFound words a look-up that found nothing, and passes other errors on.
func NotFound(err error, next, message string) error {
	if errors.Is(err, store.ErrNotFound) {
		return api.Errorf(api.NotFound, next, "%s", message)
	}
	return err
}

// StoreError tells an officer why the store did not take something.
func StoreError(err error) error {
	switch {
	case errors.Is(err, store.ErrFull):
		return api.Errorf(api.Unavailable, "free space on the node's disk and run the same command again: what was stored before stays, and nothing is stored twice", "%w", err)
	case errors.Is(err, store.ErrClosed):
		return api.Errorf(api.Refused, "open another case", "%w", err)
	}
	return err
}

// LedgerError tells an officer why the ledger did not take something.
func LedgerError(err error) error {
	switch {
	case errors.Is(err, replica.ErrNoQuorum):
		return api.Errorf(api.Unavailable, "nothing was asked, answered or sent; 'crosscase status' shows who is away, and it works again when they are back", "%w", err)
	case errors.Is(err, state.ErrQuota):
		return api.Errorf(api.Refused, "wait until tomorrow (UTC), or ask for less", "%w", err)
	case errors.Is(err, state.ErrAgreement):
		return api.Errorf(api.Refused, "the agreement of the network says what may be asked", "%w", err)
	case errors.Is(err, replica.ErrRejected):
		return api.Errorf(api.Refused, "", "%w", err)
	case errors.Is(err, replica.ErrAlarm):
		return api.Errorf(api.Fault, "stop, keep the folder, and tell the oversight body", "%w", err)
	}
	return err
}
