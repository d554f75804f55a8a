package entry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// TypeRequest is the type of a [Request].
const TypeRequest Type = "request"

var _ = register[Request]()

// Request says that a request for disclosure is about to be sent.
type Request struct {
	Request  casework.RequestID `cbor:"1,keyasint"`
	To       casework.AgencyID  `cbor:"2,keyasint"`
	Hash     Hash               `cbor:"3,keyasint"` // SHA-256 of the sealed message
	Urgency  casework.Urgency   `cbor:"4,keyasint"`
	Due      int64              `cbor:"5,keyasint"` // Unix milliseconds
	Officer  Hash               `cbor:"6,keyasint"` // salted commitments
	Approver Hash               `cbor:"7,keyasint"`
	Detail   []byte             `cbor:"8,keyasint"`
}

func (*Request) Type() Type    { return TypeRequest }
func (b *Request) Key() string { return b.Request.String() }
func (b *Request) Facts() string {
	return fmt.Sprintf("%s to %s, %s, due %s", b.Request, b.To, b.Urgency, time.UnixMilli(b.Due).UTC().Format(time.RFC3339))
}
func (b *Request) Sealed() Sealed {
	return Sealed{
		Detail: b.Detail, Commits: map[string]Hash{"officer": b.Officer, "approver": b.Approver},
		Methods: []string{"request"}, Request: b.Request, Second: true,
	}
}
func (b *Request) validate() error {
	if !slices.Contains([]casework.Urgency{casework.Routine, casework.UrgentIndirect, casework.Urgent}, b.Urgency) {
		return fmt.Errorf("urgency %q", b.Urgency)
	}
	return check(present("request", !b.Request.IsZero()), agency("recipient", b.To), present("hash", !b.Hash.IsZero()),
		present("due time", b.Due > 0), present("commitment to the officer", !b.Officer.IsZero()),
		present("commitment to the approver", !b.Approver.IsZero()), sealed(b.Detail))
}

// TypeDecision is the type of a [Decision].
const TypeDecision Type = "decision"

var _ = register[Decision]()

// Decision says how a request was decided.
type Decision struct {
	Request  casework.RequestID `cbor:"1,keyasint"`
	Asker    casework.AgencyID  `cbor:"2,keyasint"`
	Outcome  casework.Outcome   `cbor:"3,keyasint"`
	Ground   casework.Ground    `cbor:"4,keyasint,omitempty"` // of a refusal
	Hash     Hash               `cbor:"5,keyasint"`           // SHA-256 of the sealed message that tells it
	Officer  Hash               `cbor:"6,keyasint"`           // zero where the rules alone refused
	Approver Hash               `cbor:"7,keyasint"`           // likewise
	Detail   []byte             `cbor:"8,keyasint"`
}

func (*Decision) Type() Type    { return TypeDecision }
func (b *Decision) Key() string { return b.Request.String() }

// Discloses reports whether the outcome lets anything out.
func (b *Decision) Discloses() bool {
	return b.Outcome == casework.Full || b.Outcome == casework.Partial
}

func (b *Decision) Facts() string {
	return strings.TrimSpace(fmt.Sprintf("%s of %s: %s %s", b.Request, b.Asker, b.Outcome, b.Ground))
}
func (b *Decision) Sealed() Sealed {
	return Sealed{
		Detail: b.Detail, Commits: map[string]Hash{"officer": b.Officer, "approver": b.Approver},
		Methods: []string{"answer", "refuse"}, Request: b.Request, Named: true,
	}
}
func (b *Decision) validate() error {
	if !slices.Contains([]casework.Outcome{casework.Full, casework.Partial, casework.Refused, casework.NotHeld, casework.Clarification, casework.NeedsJudicial}, b.Outcome) {
		return fmt.Errorf("outcome %q", b.Outcome)
	}
	if (b.Outcome == casework.Refused) != (b.Ground != "") || (b.Ground != "" && !slices.Contains(casework.Grounds(), b.Ground)) {
		return fmt.Errorf("outcome %q with ground %q", b.Outcome, b.Ground)
	}
	if b.Discloses() && (b.Officer.IsZero() || b.Approver.IsZero() || b.Officer == b.Approver) {
		return fmt.Errorf("a disclosure without two officers")
	}
	return check(present("request", !b.Request.IsZero()), agency("asker", b.Asker), present("hash", !b.Hash.IsZero()), sealed(b.Detail))
}

// TypeDelivery is the type of a [Delivery].
const TypeDelivery Type = "delivery"

var _ = register[Delivery]()

// Delivery says that a disclosure is about to be sent.
type Delivery struct {
	Request    casework.RequestID    `cbor:"1,keyasint"`
	Disclosure casework.DisclosureID `cbor:"2,keyasint"`
	To         casework.AgencyID     `cbor:"3,keyasint"`
	Outcome    casework.Outcome      `cbor:"4,keyasint"`
	Hash       Hash                  `cbor:"5,keyasint"` // SHA-256 of the sealed package
	Bytes      uint64                `cbor:"6,keyasint"` // PackageSize of it
	DeleteBy   int64                 `cbor:"7,keyasint"` // Unix milliseconds
}

// PackageSize is the size that an entry tells of a sealed package of n bytes: the next
// power of two, at least 64 KiB. The exact size would tell how much was disclosed.
func PackageSize(n int) uint64 {
	size := uint64(64 << 10)
	for size < uint64(n) {
		size *= 2
	}
	return size
}

func (*Delivery) Type() Type    { return TypeDelivery }
func (b *Delivery) Key() string { return b.Request.String() }
func (b *Delivery) Facts() string {
	return fmt.Sprintf("%s to %s: %s, up to %d bytes", b.Request, b.To, b.Outcome, b.Bytes)
}
func (*Delivery) Sealed() Sealed { return Sealed{} }
func (b *Delivery) validate() error {
	if b.Outcome != casework.Full && b.Outcome != casework.Partial {
		return fmt.Errorf("a delivery with outcome %q", b.Outcome)
	}
	return check(present("request", !b.Request.IsZero()), present("disclosure", !b.Disclosure.IsZero()), agency("recipient", b.To),
		present("hash", !b.Hash.IsZero()), present("size", b.Bytes > 0), present("delete-by date", b.DeleteBy > 0))
}

// TypeReceipt is the type of a [Receipt].
const TypeReceipt Type = "receipt"

var _ = register[Receipt]()

// Receipt says that a disclosure was opened, whole.
type Receipt struct {
	Request    casework.RequestID    `cbor:"1,keyasint"`
	Disclosure casework.DisclosureID `cbor:"2,keyasint"`
	Hash       Hash                  `cbor:"3,keyasint"` // of the package that was opened
}

func (*Receipt) Type() Type      { return TypeReceipt }
func (b *Receipt) Key() string   { return b.Request.String() }
func (b *Receipt) Facts() string { return b.Request.String() + " opened" }
func (*Receipt) Sealed() Sealed  { return Sealed{} }
func (b *Receipt) validate() error {
	return check(present("request", !b.Request.IsZero()), present("disclosure", !b.Disclosure.IsZero()), present("hash", !b.Hash.IsZero()))
}

// useOutcomes are what a use report may say.
var useOutcomes = []string{"useful", "not-useful", "already-known", "wrong"}

// UseOutcomes lists them.
func UseOutcomes() []string { return slices.Clone(useOutcomes) }

// TypeUse is the type of a [Use].
const TypeUse Type = "use"

var _ = register[Use]()

// Use says what a disclosure was good for, which closes its request.
type Use struct {
	Request casework.RequestID `cbor:"1,keyasint"`
	To      casework.AgencyID  `cbor:"2,keyasint"`
	Outcome string             `cbor:"3,keyasint"`
	Hash    Hash               `cbor:"4,keyasint"` // of the sealed report
}

func (*Use) Type() Type      { return TypeUse }
func (b *Use) Key() string   { return b.Request.String() }
func (b *Use) Facts() string { return fmt.Sprintf("%s: %s", b.Request, b.Outcome) }
func (*Use) Sealed() Sealed  { return Sealed{} }
func (b *Use) validate() error {
	if !slices.Contains(useOutcomes, b.Outcome) {
		return fmt.Errorf("outcome %q; they are %v", b.Outcome, useOutcomes)
	}
	return check(present("request", !b.Request.IsZero()), agency("recipient", b.To), present("hash", !b.Hash.IsZero()))
}
