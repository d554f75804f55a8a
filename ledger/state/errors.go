package state

import (
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/ledger/entry"
)

// Reasons for which an entry is rejected.
var (
	ErrNetwork   = errors.New("the entry is for another network")
	ErrGenesis   = errors.New("the first entry, and no other, founds the network")
	ErrNotMember = errors.New("not a member")
	ErrExpelled  = errors.New("expelled")
	ErrSeq       = errors.New("the entry is not the next one of its agency")
	ErrPrev      = errors.New("the entry does not follow its agency's previous one")
	ErrTime      = errors.New("the entry's time is too far from the time of its appending")
	ErrAgreement = errors.New("the agreement does not allow it")
	ErrQuota     = errors.New("the quota is used up")
	ErrOrder     = errors.New("the step is not due")
	ErrRecord    = errors.New("the member record cannot be taken")
	ErrDuplicate = errors.New("it is in the ledger already")
	ErrLevel     = errors.New("not all members know the feature level")
)

// ErrUpgrade means that this build cannot judge an entry: the ledger is at a feature
// level that it does not know. It is no verdict on the entry. Whoever gets it keeps
// what it has, and signs nothing from there on.
var ErrUpgrade = errors.New("the ledger is at a feature level that this build does not know: upgrade it")

// A DuplicateError says where the same fact is logged already.
type DuplicateError struct {
	Type  entry.Type
	Index uint64
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s: %v as entry %d", e.Type, ErrDuplicate, e.Index)
}

// Is makes the error an ErrDuplicate.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

var reasons = []struct {
	err  error
	code string
}{
	{ErrDuplicate, "duplicate"}, {ErrRecord, "record"}, {entry.ErrSignature, "signature"}, {entry.ErrFormat, "format"}, {entry.ErrShape, "shape"},
	{ErrNetwork, "network"}, {ErrGenesis, "genesis"}, {ErrNotMember, "not-member"}, {ErrExpelled, "expelled"}, {ErrSeq, "seq"},
	{ErrLevel, "level"}, {ErrUpgrade, "upgrade"}, {ErrPrev, "prev"}, {ErrTime, "time"}, {ErrQuota, "quota"}, {ErrOrder, "order"}, {ErrAgreement, "agreement"},
}

// Reason returns the stable code of a rejection, for the wire; "" for none.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.code
		}
	}
	return "other"
}

// FromReason returns the error that a code stands for, so that an author far from
// the leader can branch on it.
func FromReason(code string) error {
	for _, r := range reasons {
		if r.code == code {
			return r.err
		}
	}
	return fmt.Errorf("rejected: %q", code)
}
