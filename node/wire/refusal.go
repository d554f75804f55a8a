package wire

import (
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"
)

// A Code says why a peer was refused. Codes are never reused.
type Code uint16

// Codes of refusal.
const (
	CodeMalformed   Code = iota + 1 // the message could not be read, or was not due
	CodeTooLarge                    // above a cap
	CodeVersion                     // another version of the protocol
	CodeNetwork                     // another network
	CodeNormaliser                  // another version of the canonical forms
	CodeEpoch                       // another epoch
	CodeNotMember                   // not a member, or expelled
	CodeReceipt                     // the receipt does not verify, or is not in the ledger
	CodeStale                       // the receipt's checkpoint is too old
	CodeNotYours                    // the receipt's entry is of another agency, type or batch, or names another peer
	CodeCommitment                  // what was sent is not what the entry committed to
	CodeOutOfOrder                  // a part or number that is not due
	CodeRepeated                    // a part whose answer was acknowledged
	CodeAnswered                    // the batch has been answered
	CodeAgreement                   // the agreement does not allow it
	CodeQuota                       // the answerer's own quota
	CodePolicy                      // the answerer's own policy
	CodeBusy                        // too many streams; try again later
	CodeNoQuorum                    // the ledger gives no receipts now; try again later
	CodeUnavailable                 // a fault at the peer; try again later
	CodeStopped                     // matching is stopped at the peer by an alarm
	CodeNotReady                    // the peer's ledger has not got there; try again later
	CodeQuotaDay                    // the answerer's own quota of the day; try again on another day
	CodeExpired                     // the query was logged too long ago
	lastCode
)

var codeNames = map[Code]string{
	CodeMalformed: "malformed", CodeTooLarge: "too-large", CodeVersion: "version", CodeNetwork: "network",
	CodeNormaliser: "normaliser", CodeEpoch: "epoch", CodeNotMember: "not-member", CodeReceipt: "receipt",
	CodeStale: "stale-receipt", CodeNotYours: "other-receipt", CodeCommitment: "commitment", CodeOutOfOrder: "out-of-order",
	CodeRepeated: "repeated-part", CodeAnswered: "answered", CodeAgreement: "agreement", CodeQuota: "quota", CodePolicy: "policy",
	CodeBusy: "busy", CodeNoQuorum: "no-quorum", CodeUnavailable: "unavailable", CodeStopped: "stopped", CodeNotReady: "not-ready", CodeQuotaDay: "quota-day", CodeExpired: "expired",
}

// String returns the code's stable name.
func (c Code) String() string {
	if n, ok := codeNames[c]; ok {
		return n
	}
	return fmt.Sprintf("code-%d", uint16(c))
}

// Temporary reports whether the same message may be taken later.
func (c Code) Temporary() bool {
	switch c {
	case CodeBusy, CodeNoQuorum, CodeUnavailable, CodeStopped, CodeReceipt, CodeStale, CodeNotReady, CodeQuotaDay, CodeEpoch, CodeVersion, CodeNormaliser:
		return true
	}
	return false
}

// refusalSize is the size of every refusal's body: map, two keys, code as two
// bytes, padding.
const refusalSize = 64

// A Refusal ends an exchange. All refusals are of one size.
type Refusal struct{ Code Code }

type refusalBody struct {
	Code    [2]byte               `cbor:"1,keyasint"`
	Padding [refusalSize - 8]byte `cbor:"2,keyasint"` // zeros
}

// Type returns TypeRefusal.
func (*Refusal) Type() Type { return TypeRefusal }

func (m *Refusal) validate() error {
	return between("code", uint64(m.Code), 1, uint64(lastCode)-1)
}

// MarshalCBOR returns the padded form.
func (m Refusal) MarshalCBOR() ([]byte, error) {
	return canon.Encode(refusalBody{Code: [2]byte{byte(m.Code >> 8), byte(m.Code)}}), nil
}

// UnmarshalCBOR reads the padded form; padding other than zeros does not encode
// to the same bytes again, and is refused by that.
func (m *Refusal) UnmarshalCBOR(data []byte) error {
	var b refusalBody
	if err := format.Decode(data, &b); err != nil {
		return fmt.Errorf("refusal: %w", err)
	}
	m.Code = Code(b.Code[0])<<8 | Code(b.Code[1])
	return nil
}

// A RefusedError is a peer's refusal.
type RefusedError struct{ Code Code }

func (e *RefusedError) Error() string { return "the peer refuses: " + e.Code.String() }

// Is makes a refusal of a greeting equal to what the other side saw.
func (e *RefusedError) Is(target error) bool {
	switch e.Code {
	case CodeVersion:
		return target == ErrVersion
	case CodeNetwork:
		return target == ErrNetwork
	case CodeNormaliser:
		return target == ErrNormaliser
	case CodeEpoch:
		return target == ErrEpoch
	}
	return false
}

// CodeOf returns the code with which a failure to read is refused.
func CodeOf(err error) Code {
	switch {
	case errors.Is(err, ErrTooLarge):
		return CodeTooLarge
	case errors.Is(err, ErrVersion):
		return CodeVersion
	case errors.Is(err, ErrNetwork):
		return CodeNetwork
	case errors.Is(err, ErrNormaliser):
		return CodeNormaliser
	case errors.Is(err, ErrEpoch):
		return CodeEpoch
	}
	return CodeMalformed
}
