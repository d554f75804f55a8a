package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on items.
var (
	// Search looks an identifier up in the own store.
	Search       = define[SearchRequest, ItemView]("search", Reads, investigator, supervisor)
	ItemShow     = define[ItemRequest, ItemView]("item.show", Reads, investigator, supervisor)
	ItemWithdraw = define[ItemWithdrawRequest, ItemView]("item.withdraw", ChangesCase, investigator, supervisor)
	ItemMove     = define[ItemMoveRequest, ItemView]("item.move", ChangesCase, investigator, supervisor)
	ItemCorrect  = define[ItemCorrectRequest, ItemView]("item.correct", BringsItems, investigator, supervisor)
)

// ItemRequest names an item.
type ItemRequest struct {
	Item casework.ItemID `json:"item"`
}

// ItemWithdrawRequest withdraws an item from a case, or takes that back.
type ItemWithdrawRequest struct {
	Item   casework.ItemID `json:"item"`
	Case   string          `json:"case,omitempty"` // empty: all that hold it
	Reason string          `json:"reason,omitempty"`
	Undo   bool            `json:"undo,omitempty"`
}

// ItemMoveRequest moves an item from one case to another.
type ItemMoveRequest struct {
	Item   casework.ItemID `json:"item"`
	From   string          `json:"from"`
	To     string          `json:"to"`
	Reason string          `json:"reason"`
}

// ItemCorrectRequest corrects what is stated of an item; what is empty stays. A
// corrected value is another item, in the same places, and the wrong one is withdrawn.
type ItemCorrectRequest struct {
	Item       casework.ItemID          `json:"item"`
	Case       string                   `json:"case,omitempty"` // empty: all that hold it
	Reason     string                   `json:"reason"`
	Normaliser uint32                   `json:"normaliser,omitempty"`
	Value      Items                    `json:"value,omitzero"` // one
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Consent    string                   `json:"consent,omitempty"` // yes or no
	Grading    string                   `json:"grading,omitempty"`
	Handling   string                   `json:"handling,omitempty"`
	TLP        casework.TLP             `json:"tlp,omitempty"`
	Visibility string                   `json:"visibility,omitempty"` // shared, silent or local
}

// SearchRequest looks an identifier up in the own store.
type SearchRequest struct {
	Kind  casework.Kind `json:"kind"`
	Value string        `json:"value" line:"4096"`
}

// ItemView is an own item with where it occurs.
type ItemView struct {
	Item        casework.ItemID     `json:"item"`
	Kind        casework.Kind       `json:"kind"`
	Value       string              `json:"value"`
	Visibility  casework.Visibility `json:"visibility"`
	WhyNot      casework.WhyNot     `json:"why_not,omitempty"`
	Occurrences []OccurrenceView    `json:"occurrences"`
	Leads       []casework.Lead     `json:"leads,omitempty"`
	FirstSeen   time.Time           `json:"first_seen,omitzero"`
	LastSeen    time.Time           `json:"last_seen,omitzero"`
	Why         string              `json:"why,omitempty"`     // it is kept out of matching, in words
	Answers     []AnswerView        `json:"answers,omitempty"` // of each other member
}

// An AnswerKind says what is known of an item with another agency. No two of them mean
// the same, and none but AnswerHit and AnswerNone is an answer of that agency.
type AnswerKind string

// Kinds of answers.
const (
	AnswerHit       AnswerKind = "hit"
	AnswerNone      AnswerKind = "none"       // it was asked, and is not in the peer's set
	AnswerCommon    AnswerKind = "common"     // so many agencies hold it that it is suppressed
	AnswerNotAgreed AnswerKind = "not-agreed" // not asked: not in the agreement
	AnswerKeptOut   AnswerKind = "kept-out"   // not asked: it takes no part in matching
	AnswerNotAsked  AnswerKind = "not-asked"  // not yet
	AnswerWaits     AnswerKind = "waits"      // for something else than the peer
	AnswerAway      AnswerKind = "away"       // the peer is away
	AnswerRefused   AnswerKind = "refused"
)

// AnswerView is what is known of an item with another agency.
type AnswerView struct {
	Peer   casework.AgencyID `json:"peer"`
	Answer AnswerKind        `json:"answer"`
	Set    uint64            `json:"set,omitempty"` // the peer's set that was looked through
	At     time.Time         `json:"at,omitzero"`   // of the answer, or of that set where it is later
	Why    string            `json:"why,omitempty"`
	// What the peer has of the own item: its tag ("published"), a tag that it is told to
	// remove with the next batch of removals ("leaving") or with the set that it has not
	// acknowledged yet ("removing"), or nothing.
	Tag string `json:"tag,omitempty"`
}

// OccurrenceView is one occurrence with the reference of its case.
type OccurrenceView struct {
	CaseRef string              `json:"case"`
	Where   casework.Occurrence `json:"where"`
}
