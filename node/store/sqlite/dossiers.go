package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Step is a state that a dossier reached, with the ledger entry that says so.
type Step struct {
	At    time.Time `json:"at"`
	State string    `json:"state"`
	Entry uint64    `json:"entry,omitempty"`
}

// A Dossier is a request for disclosure with everything that came of it, as one
// side keeps it.
type Dossier struct {
	Request   casework.Request
	Direction string // "out": ours, "in": another agency's
	State     string
	Lead      casework.LeadID
	Item      casework.ItemID
	// Commands as the officers signed them: the draft's and its approval's, of the
	// request on the asker's side, of the answer on the other.
	Draft        *casework.Command
	DraftOfficer casework.OfficerID
	Second       *casework.Command
	SecondBy     casework.OfficerID
	Verdict      string // what the rules said, on the answering side
	Fields       []casework.Field
	Policy       []string
	Answer       *casework.Disclosure // drafted, or sent; on the asker's side once opened
	Outcome      casework.Outcome
	Ground       casework.Ground
	Sealed       []byte             // message or package as it travels
	Message      casework.MessageID // under which it travels
	Pending      string             // a step that was decided and is not in the ledger yet
	Failed       string             // why the ledger does not take the step, for good
	Use          *casework.UseReport
	DeleteBy     time.Time
	Due          time.Time
	Steps        []Step
}

// SaveDossier stores a dossier.
func (s *Store) SaveDossier(ctx context.Context, d Dossier) error {
	return s.put(ctx, "dossier", d.Request.ID.String(), d.Request.Created.UnixMilli(), d)
}

// Dossier gives a dossier.
func (s *Store) Dossier(ctx context.Context, id casework.RequestID) (Dossier, error) {
	var d Dossier
	return d, s.get(ctx, "dossier", id.String(), &d)
}

// Dossiers lists dossiers, oldest first.
func (s *Store) Dossiers(ctx context.Context) ([]Dossier, error) {
	return list[Dossier](ctx, s, "dossier")
}

// An Outgoing message is on its way to a peer, and stays until it is acknowledged.
type Outgoing struct {
	ID      casework.MessageID
	To      casework.AgencyID
	Kind    string
	Entry   uint64 // ledger entry that announced it
	Sealed  []byte
	Created time.Time
	Waits   string // why it has not arrived, for a person
	Refused bool   // for good, by its recipient: it is not sent again
}

// PutOutgoing stores a message that is to be sent.
func (s *Store) PutOutgoing(ctx context.Context, o Outgoing) error {
	return s.put(ctx, "outgoing", o.ID.String(), o.Created.UnixMilli(), o)
}

// Outgoing lists messages that were not acknowledged, oldest first.
func (s *Store) Outgoing(ctx context.Context) ([]Outgoing, error) {
	return list[Outgoing](ctx, s, "outgoing")
}

// DeleteOutgoing forgets a message that arrived.
func (s *Store) DeleteOutgoing(ctx context.Context, id casework.MessageID) error {
	return s.remove(ctx, "outgoing", id.String())
}

// MarkSeen records that a message of a peer was taken in; it reports whether it
// had been before.
func (s *Store) MarkSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (before bool, err error) {
	err = s.tx(ctx, func() error {
		_, err := s.object("seen", string(from)+"|"+id.String())
		if err == nil {
			before = true
			return nil
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		return s.putObject("seen", string(from)+"|"+id.String(), time.Now().UnixMilli(), []byte{1})
	})
	return before, err
}

// WasSeen reports whether a message of a peer was taken in.
func (s *Store) WasSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (seen bool, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT 1 FROM object WHERE kind = 'seen' AND key = ?", []any{string(from) + "|" + id.String()}, func(*sqlite3.Stmt) error {
			seen = true
			return nil
		})
	})
	return seen, err
}
