package store

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// A Step is a state that a dossier reached, with the ledger entry that says so.
type Step struct {
	At    time.Time     `json:"at"`
	State dossier.State `json:"state"`
	Entry uint64        `json:"entry,omitempty"`
}

// A DossierHeader is a request for disclosure with everything that came of it, as one
// side keeps it, but for what was disclosed.
type DossierHeader struct {
	Request   casework.Request
	Direction dossier.Direction
	State     dossier.State
	Lead      casework.LeadID
	Item      casework.ItemID
	// Commands as the officers signed them: the draft's and its approval's, of the
	// request on the asker's side, of the answer on the other.
	Draft        *casework.Command
	DraftOfficer casework.OfficerID
	Second       *casework.Command
	SecondBy     casework.OfficerID
	Verdict      string // what the rules said, on the answering side
	// Authorisation is what the holder's officer saw before answering what the rules
	// escalate.
	Authorisation *casework.Authorisation
	Fields        []casework.Field
	Policy        []string
	Outcome       casework.Outcome
	Ground        casework.Ground
	Message       casework.MessageID // under which it travels
	Pending       dossier.Step       // that was decided and is not in the ledger yet
	Failed        string             // why the ledger does not take the step, for good
	Use           *casework.UseReport
	DeleteBy      time.Time
	Due           time.Time
	Steps         []Step
}

// A Dossier is a header with the package, which may be large and is stored apart.
type Dossier struct {
	DossierHeader
	Answer *casework.Disclosure // drafted, or sent; on the asker's side once opened
	Sealed []byte               // message or package as it travels
}

// An Outgoing message is on its way to a peer, and stays until it is acknowledged. Its
// sealed bytes are stored apart.
type Outgoing struct {
	ID      casework.MessageID
	To      casework.AgencyID
	Kind    dossier.Kind
	Entry   uint64 // ledger entry that announced it
	Created time.Time
	Waits   string // why it has not arrived, for a person
	Refused bool   // for good, by its recipient: it is not sent again
}
