// Package dossier holds the states of a request for disclosure and of its answer,
// as the three who follow one see them, and the one table of the steps between.
//
//	asker    --Draft--> draft --Approve--> approved --Request--> sent
//	holder             Request--> received --Answer--> answer drafted --Approve--> approved
//	                   received --Refuse--> refused            approved --Deliver--> delivered
//	asker    sent --Deliver--> answered --Open--> opened --Use--> closed
//	ledger   requested --Grant--> granted --Deliver--> delivered --Open--> opened --Use--> used
//
// A step that leaves an agency is in the ledger before it is a message, so the
// ledger's row of the table decides what a dishonest side can do: it can stop, and
// it cannot take a step whose turn has not come. What either side keeps for itself
// (drafts, approvals, escalation) the ledger does not see.
//
// The zero state is a dossier that does not exist; the zero party takes no step.
// Beside the table are the clocks: how long an answer may take (Directive (EU)
// 2023/977 art. 5), and how long what was disclosed may be kept.
package dossier

import (
	"errors"
	"fmt"
	"slices"
)

// ErrOrder means that a step may not be taken in the state that a dossier is in.
var ErrOrder = errors.New("the step is not due")

// A Direction says whose request it is: of the own agency, or of another.
type Direction string

// Directions.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// Party is who follows a dossier in this direction.
func (d Direction) Party() Party {
	switch d {
	case Out:
		return Asker
	case In:
		return Holder
	}
	return nobody
}

// A Party is one of the three who follow a dossier.
type Party uint8

const (
	nobody Party = iota
	Asker        // who requests
	Holder       // who is asked
	Ledger       // what both logged
)

// String names the party.
func (p Party) String() string {
	switch p {
	case Asker:
		return "asker"
	case Holder:
		return "holder"
	case Ledger:
		return "ledger"
	}
	return "nobody"
}

// A Kind is what a message between the two agencies is.
type Kind string

// Kinds of messages.
const (
	KindRequest    Kind = "request"
	KindDecision   Kind = "decision" // that discloses nothing
	KindDisclosure Kind = "disclosure"
	KindUse        Kind = "use"
)

// A State is how far a dossier came, as one party sees it.
type State string

// States. Some are of one party only: see the table.
const (
	None        State = ""
	Draft       State = "draft"
	Approved    State = "approved" // decided, and on its way into the ledger
	Sent        State = "sent"
	Answered    State = "answered" // a disclosure came that nobody opened yet
	Received    State = "received"
	Escalated   State = "escalated" // it may be answered with an authorisation
	AnswerDraft State = "answer drafted"
	Requested   State = "requested"
	Granted     State = "granted"
	Refused     State = "refused" // decided without disclosing anything
	Delivered   State = "delivered"
	Opened      State = "opened"
	Used        State = "used"
	Closed      State = "closed"
	Expired     State = "expired" // what was disclosed is deleted
	Failed      State = "failed"  // the ledger refuses the step for a reason that stays
)

// A Step moves a dossier from one state to another.
type Step string

// Steps.
const (
	DoDraft    Step = "draft"
	DoApprove  Step = "approve"
	DoRequest  Step = "request"
	DoEscalate Step = "escalate"
	DoAnswer   Step = "answer"
	DoRefuse   Step = "refuse"
	DoGrant    Step = "grant"
	DoDeliver  Step = "deliver"
	DoOpen     Step = "open"
	DoUse      Step = "use"
	DoExpire   Step = "expire"
	DoFail     Step = "fail"
)

// transition is one row of the table: a step, from where one party may take it or
// learn of it, and where it leads.
type transition struct {
	party Party
	step  Step
	from  []State
	to    State
}

var table = []transition{
	{Asker, DoDraft, []State{None}, Draft},
	{Asker, DoApprove, []State{Draft}, Approved},
	{Asker, DoRequest, []State{Approved}, Sent},
	{Asker, DoRefuse, []State{Sent}, Refused},
	{Asker, DoDeliver, []State{Sent}, Answered},
	{Asker, DoOpen, []State{Answered}, Opened},
	{Asker, DoUse, []State{Opened}, Closed},
	{Asker, DoExpire, []State{Answered, Opened, Closed, Failed}, Expired},
	{Asker, DoFail, []State{Approved, Answered, Opened}, Failed},

	{Holder, DoRequest, []State{None}, Received},
	{Holder, DoEscalate, []State{None}, Escalated},
	{Holder, DoAnswer, []State{Received, Escalated, AnswerDraft}, AnswerDraft},
	{Holder, DoApprove, []State{AnswerDraft}, Approved},
	{Holder, DoRefuse, []State{Received, Escalated, AnswerDraft}, Refused},
	{Holder, DoDeliver, []State{Approved}, Delivered},
	{Holder, DoUse, []State{Delivered}, Used},
	{Holder, DoFail, []State{Received, Escalated, AnswerDraft, Approved}, Failed},

	{Ledger, DoRequest, []State{None}, Requested},
	{Ledger, DoRefuse, []State{Requested}, Refused},
	{Ledger, DoGrant, []State{Requested}, Granted},
	{Ledger, DoDeliver, []State{Granted}, Delivered},
	{Ledger, DoOpen, []State{Delivered}, Opened},
	{Ledger, DoUse, []State{Opened}, Used},
}

// Next is the state that a step leads a party to; ErrOrder where it may not be
// taken.
func Next(p Party, from State, s Step) (State, error) {
	for _, t := range table {
		if t.party == p && t.step == s && slices.Contains(t.from, from) {
			return t.to, nil
		}
	}
	if from == None {
		return None, fmt.Errorf("%w: %s, and there is no request", ErrOrder, s)
	}
	return from, fmt.Errorf("%w: %s, and it is %s", ErrOrder, s, from)
}

// Steps lists the steps that a party may take from a state, in the table's order.
func Steps(p Party, from State) []Step {
	var out []Step
	for _, t := range table {
		if t.party == p && slices.Contains(t.from, from) {
			out = append(out, t.step)
		}
	}
	return out
}
