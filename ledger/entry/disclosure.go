package entry

import (
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/policy/casework"
)

// Request says that a request for disclosure is about to be sent.
type Request struct {
	Request  casework.RequestID `cbor:"1,keyasint"`
	To       casework.AgencyID  `cbor:"2,keyasint"`
	Hash     Hash               `cbor:"3,keyasint"` // SHA-256 of the sealed message
	Urgency  casework.Urgency   `cbor:"4,keyasint"`
	Due      int64              `cbor:"5,keyasint"` // Unix milliseconds
	Officer  Hash               `cbor:"6,keyasint"` // salted commitments
	Approver Hash               `cbor:"7,keyasint"`
	Sealed   []byte             `cbor:"8,keyasint"`
}

func (*Request) Type() Type    { return TypeRequest }
func (b *Request) Key() string { return b.Request.String() }
func (b *Request) validate() error {
	if !slices.Contains([]casework.Urgency{casework.Routine, casework.UrgentIndirect, casework.Urgent}, b.Urgency) {
		return fmt.Errorf("urgency %q", b.Urgency)
	}
	return check(present("request", !b.Request.IsZero()), agency("recipient", b.To), present("hash", !b.Hash.IsZero()),
		present("due time", b.Due > 0), present("commitment to the officer", !b.Officer.IsZero()),
		present("commitment to the approver", !b.Approver.IsZero()), sealed(b.Sealed))
}

// Decision says how a request was decided.
type Decision struct {
	Request  casework.RequestID `cbor:"1,keyasint"`
	Asker    casework.AgencyID  `cbor:"2,keyasint"`
	Outcome  casework.Outcome   `cbor:"3,keyasint"`
	Ground   casework.Ground    `cbor:"4,keyasint,omitempty"` // of a refusal
	Hash     Hash               `cbor:"5,keyasint"`           // SHA-256 of the sealed message that tells it
	Officer  Hash               `cbor:"6,keyasint"`           // zero where the rules alone refused
	Approver Hash               `cbor:"7,keyasint"`           // likewise
	Sealed   []byte             `cbor:"8,keyasint"`
}

func (*Decision) Type() Type    { return TypeDecision }
func (b *Decision) Key() string { return b.Request.String() }

// Discloses reports whether the outcome lets anything out.
func (b *Decision) Discloses() bool {
	return b.Outcome == casework.Full || b.Outcome == casework.Partial
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
	return check(present("request", !b.Request.IsZero()), agency("asker", b.Asker), present("hash", !b.Hash.IsZero()), sealed(b.Sealed))
}

// Delivery says that a disclosure is about to be sent.
type Delivery struct {
	Request    casework.RequestID    `cbor:"1,keyasint"`
	Disclosure casework.DisclosureID `cbor:"2,keyasint"`
	To         casework.AgencyID     `cbor:"3,keyasint"`
	Outcome    casework.Outcome      `cbor:"4,keyasint"`
	Hash       Hash                  `cbor:"5,keyasint"` // SHA-256 of the sealed package
	Bytes      uint64                `cbor:"6,keyasint"`
	DeleteBy   int64                 `cbor:"7,keyasint"` // Unix milliseconds
}

func (*Delivery) Type() Type    { return TypeDelivery }
func (b *Delivery) Key() string { return b.Request.String() }
func (b *Delivery) validate() error {
	if b.Outcome != casework.Full && b.Outcome != casework.Partial {
		return fmt.Errorf("a delivery with outcome %q", b.Outcome)
	}
	return check(present("request", !b.Request.IsZero()), present("disclosure", !b.Disclosure.IsZero()), agency("recipient", b.To),
		present("hash", !b.Hash.IsZero()), present("size", b.Bytes > 0), present("delete-by date", b.DeleteBy > 0))
}

// Receipt says that a disclosure was opened, whole.
type Receipt struct {
	Request    casework.RequestID    `cbor:"1,keyasint"`
	Disclosure casework.DisclosureID `cbor:"2,keyasint"`
	Hash       Hash                  `cbor:"3,keyasint"` // of the package that was opened
}

func (*Receipt) Type() Type    { return TypeReceipt }
func (b *Receipt) Key() string { return b.Request.String() }
func (b *Receipt) validate() error {
	return check(present("request", !b.Request.IsZero()), present("disclosure", !b.Disclosure.IsZero()), present("hash", !b.Hash.IsZero()))
}

// useOutcomes are what a use report may say.
var useOutcomes = []string{"useful", "not-useful", "already-known", "wrong"}

// UseOutcomes lists them.
func UseOutcomes() []string { return slices.Clone(useOutcomes) }

// Use says what a disclosure was good for, which closes its request.
type Use struct {
	Request casework.RequestID `cbor:"1,keyasint"`
	To      casework.AgencyID  `cbor:"2,keyasint"`
	Outcome string             `cbor:"3,keyasint"`
	Hash    Hash               `cbor:"4,keyasint"` // of the sealed report
}

func (*Use) Type() Type    { return TypeUse }
func (b *Use) Key() string { return b.Request.String() }
func (b *Use) validate() error {
	if !slices.Contains(useOutcomes, b.Outcome) {
		return fmt.Errorf("outcome %q; they are %v", b.Outcome, useOutcomes)
	}
	return check(present("request", !b.Request.IsZero()), agency("recipient", b.To), present("hash", !b.Hash.IsZero()))
}

// erasable is what an erasure may be of.
var erasable = []string{"disclosure", "item", "match-set"}

// Erase says that something was deleted, and never what it held.
type Erase struct {
	What   string `cbor:"1,keyasint"` // one of erasable
	Count  uint32 `cbor:"2,keyasint"`
	Reason string `cbor:"3,keyasint"` // a code: "delete-by", "consent", "retention"
}

func (*Erase) Type() Type  { return TypeErase }
func (*Erase) Key() string { return "" }
func (b *Erase) validate() error {
	if !slices.Contains(erasable, b.What) {
		return fmt.Errorf("what was erased is none of %v", erasable)
	}
	return check(present("count", b.Count > 0), code("reason", b.Reason))
}
