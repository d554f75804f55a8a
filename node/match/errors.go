package match

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
)

// What can be wrong with what a peer sends. Each is answered with its own code.
var (
	ErrNotMember    = errors.New("the peer is not a member now")
	ErrReceipt      = errors.New("the receipt does not prove that its entry is in the ledger")
	ErrStale        = errors.New("the receipt's checkpoint is too old")
	ErrOtherReceipt = errors.New("the receipt is of another exchange")
	ErrReplayed     = errors.New("the receipt is of another agency's entry")
	ErrEpoch        = errors.New("the entry is of another epoch")
	ErrTurning      = errors.New("the members are changing to match keys of a new epoch")
	ErrCommitment   = errors.New("what was sent is not what the entry committed to")
	ErrSwapped      = errors.New("the elements of a part are not those that were committed to")
	ErrOrder        = errors.New("a part or a set is not the one that is due")
	ErrRepeated     = errors.New("a part whose answer was acknowledged is sent again")
	ErrAnswered     = errors.New("the batch has been answered")
	ErrAgreement    = errors.New("the agreement does not let the two match this")
	ErrQuota        = errors.New("the own quota for answering is used up")
	ErrQuotaDay     = errors.New("the own quota for answering is used up for today")
	ErrOld          = errors.New("the query was logged too long ago")
	ErrTooLarge     = errors.New("more than is accepted")
	ErrBusy         = errors.New("the same exchange is under way already")
	ErrMalformed    = errors.New("what was sent cannot be read")
)

// What can go wrong on the own side, or with an answer.
var (
	// ErrProof means that a peer did not answer with the key in its record.
	ErrProof = errors.New("the peer's proof does not hold: it did not answer with its published key")
	// ErrStopped means that the ledger raised an alarm.
	ErrStopped = errors.New("matching is stopped: the ledger raised an alarm")
	// ErrNothing means that no item is to be asked.
	ErrNothing = errors.New("nothing to ask: every item is local, kept out of matching, or asked already")
	// ErrNoPeer means that nobody is left to ask.
	ErrNoPeer = errors.New("no member may be asked")
	// ErrItems means that items of a batch are gone.
	ErrItems = errors.New("items of the batch were erased")
	// ErrHeld means that items of a batch may not be asked any more.
	ErrHeld = errors.New("items of the batch may not be asked any more")
	// ErrBatchFile: the batch's file is not as it was written; it is written again.
	ErrBatchFile = errors.New("the batch's file is damaged")
	// ErrSilent means that too many silent items would be asked.
	ErrSilent = errors.New("too many silent items: the agreement bounds what is asked and not published; share some of them, or publish first")
	// ErrNoSet means that a peer's answers could not be looked up yet.
	ErrNoSet = errors.New("the peer has not published its tags yet")
	// ErrOutOfStep means that a peer's copy of the own tags cannot be brought up to date
	// by a change: it begins again with a snapshot.
	ErrOutOfStep = errors.New("the peer begins again with the whole set")
	// ErrRefused means that asking the same again is of no use.
	ErrRefused = errors.New("the peer refuses for good")
)

var codes = []struct {
	err  error
	code wire.Code
}{
	{ErrNotMember, wire.CodeNotMember}, {ErrReceipt, wire.CodeReceipt}, {ErrStale, wire.CodeStale}, {ErrReplayed, wire.CodeNotYours},
	{ErrOtherReceipt, wire.CodeNotYours}, {ErrEpoch, wire.CodeEpoch}, {ErrTurning, wire.CodeEpoch}, {ErrSwapped, wire.CodeCommitment}, {ErrCommitment, wire.CodeCommitment},
	{ErrOrder, wire.CodeOutOfOrder}, {ErrRepeated, wire.CodeRepeated}, {ErrAnswered, wire.CodeAnswered}, {ErrAgreement, wire.CodeAgreement},
	{ErrQuotaDay, wire.CodeQuotaDay}, {ErrOld, wire.CodeExpired}, {ErrQuota, wire.CodeQuota}, {ErrTooLarge, wire.CodeTooLarge}, {ErrBusy, wire.CodeBusy}, {ErrMalformed, wire.CodeMalformed},
	{ErrStopped, wire.CodeStopped}, {replica.ErrAlarm, wire.CodeStopped}, {replica.ErrNoQuorum, wire.CodeNoQuorum},
	{wire.ErrTooLarge, wire.CodeTooLarge}, {wire.ErrFormat, wire.CodeMalformed}, {wire.ErrUnexpected, wire.CodeMalformed}, {wire.ErrVersion, wire.CodeVersion},
}

// codeOf returns the code with which an error is refused; a fault of the own side
// tells the peer nothing.
func codeOf(err error) wire.Code {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return wire.CodeUnavailable
}

// final reports whether trying again cannot help, and the code to keep.
func final(err error) (code string, yes bool) {
	var refused *wire.RefusedError
	switch {
	case errors.As(err, &refused):
		return refused.Code.String(), !refused.Code.Temporary()
	case errors.Is(err, ErrProof):
		return "wrong-proof", true
	case errors.Is(err, ErrEpoch):
		return "epoch-over", true
	case errors.Is(err, ErrNotMember):
		return "not-member", true
	case errors.Is(err, ErrItems):
		return "items-erased", true
	case errors.Is(err, ErrHeld):
		return "items-held-back", true
	}
	return "", false
}

// peerAway is the reason that a peer cannot be reached.
const peerAway = "the peer is away"

// IsAway reports whether what a batch waits for is that the peer is there again.
func IsAway(waits string) bool { return waits == peerAway }

// Reason puts into words, for a person, why something was not asked.
func Reason(err error) string { return reason(err) }

// reason puts into words, for a person, why something waits.
func reason(err error) string {
	var refused *wire.RefusedError
	switch {
	case errors.Is(err, replica.ErrNoQuorum):
		return "no quorum: too few voters of the ledger answer"
	case errors.Is(err, state.ErrQuota):
		return "the quota of the day is used up; it is asked when another day (UTC) begins"
	case errors.Is(err, peer.ErrNotAdmitted):
		return "the peer does not admit this node"
	case errors.Is(err, peer.ErrUnreachable), errors.Is(err, peer.ErrIdle):
		return peerAway
	case errors.Is(err, ErrTurning):
		return "a member has a new match key; it goes on once all members have theirs"
	case errors.Is(err, ErrNoSet):
		return ErrNoSet.Error()
	case errors.Is(err, ErrOutOfStep):
		return "a store was put back from a backup: " + ErrOutOfStep.Error()
	case errors.Is(err, ErrStopped), errors.Is(err, replica.ErrAlarm):
		return ErrStopped.Error()
	case errors.As(err, &refused):
		return fmt.Sprintf("the peer says: %s", refused.Code)
	case errors.Is(err, context.DeadlineExceeded):
		return "the time for it was over before the ledger or the peer answered"
	case errors.Is(err, context.Canceled), errors.Is(err, replica.ErrStopped):
		return "this node is stopping"
	}
	return "the exchange broke off"
}
