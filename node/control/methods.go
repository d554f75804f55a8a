package control

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Names of methods. Parameters and results of each are the types below that bear
// its name; a method without a type of its own takes or gives an empty object.
const (
	MethodStatus         = "status"
	MethodOfficerAdd     = "officer.add"
	MethodOfficerList    = "officer.list"
	MethodOfficerRemove  = "officer.remove"
	MethodNetworkCreate  = "network.create"
	MethodNetworkInvite  = "network.invite"
	MethodNetworkJoin    = "network.join"
	MethodNetworkApprove = "network.approve"
	MethodNetworkMembers = "network.members"
	MethodCaseNew        = "case.new"
	MethodCaseList       = "case.list"
	MethodCaseShow       = "case.show"
	MethodCaseClose      = "case.close"
	MethodCaseExport     = "case.export"
	MethodItemsAdd       = "items.add"
	MethodReportsAdd     = "reports.add"
	MethodReportsList    = "reports.list"
	MethodReportShow     = "reports.show"
	MethodReportDecide   = "reports.decide"
	MethodSearch         = "search"
	MethodPublish        = "publish"
	MethodAsk            = "ask"
	MethodInbox          = "inbox"
	MethodWhy            = "why"
	MethodDismiss        = "dismiss"
	MethodRequest        = "request"
	MethodApprove        = "approve"
	MethodRefuse         = "refuse"
	MethodAnswer         = "answer"
	MethodOpen           = "open"
	MethodUse            = "use"
	MethodDue            = "due"
)

// Status is how the node stands.
type Status struct {
	Agency     casework.AgencyID `json:"agency"`
	Network    string            `json:"network,omitempty"` // empty before it founded or joined one
	Phase      string            `json:"phase"`             // "alone", "starting", "joining", "member", "expelled"
	Version    string            `json:"version"`
	Normaliser uint32            `json:"normaliser"`
	Epoch      uint32            `json:"epoch,omitempty"`
	Ledger     LedgerStatus      `json:"ledger"`
	Peers      []PeerStatus      `json:"peers,omitempty"`
	Items      map[string]uint64 `json:"items"`    // by kind
	Kept       map[string]uint64 `json:"kept_out"` // items out of every match set, by reason
	Leads      map[string]uint64 `json:"leads"`    // by state
	Queued     []Queued          `json:"queued"`   // what waits, and for what
	Alarm      string            `json:"alarm,omitempty"`
}

// LedgerStatus is how the ledger stands, as this replica sees it.
type LedgerStatus struct {
	Entries   uint64    `json:"entries"`
	Certified uint64    `json:"certified"` // entries below a certified checkpoint
	Root      string    `json:"root,omitempty"`
	At        time.Time `json:"at,omitzero"` // of the certified checkpoint
	Leader    string    `json:"leader,omitempty"`
	Voters    []string  `json:"voters,omitempty"`
	Quorum    int       `json:"quorum,omitempty"`
}

// PeerStatus is how another member stands to this node.
type PeerStatus struct {
	Agency    casework.AgencyID `json:"agency"`
	Name      string            `json:"name"`
	Country   string            `json:"country"`
	Connected bool              `json:"connected"`
	Published uint64            `json:"published"` // own tags that it acknowledged
	Received  uint64            `json:"received"`  // its tags that this node holds
	Sent      uint64            `json:"bytes_sent"`
	Recv      uint64            `json:"bytes_received"`
	Queries   uint64            `json:"bytes_of_queries"` // of these, both ways: what was asked, and answered
}

// Queued is work that waits for somebody.
type Queued struct {
	What   string            `json:"what"` // "query", "tags", "request" ...
	ID     string            `json:"id"`
	Peer   casework.AgencyID `json:"peer,omitempty"`
	Reason string            `json:"reason"`
	Since  time.Time         `json:"since"`
}

// OfficerAdd registers a key that its officer made.
type OfficerAdd struct {
	Name string        `json:"name"`
	Unit string        `json:"unit,omitempty"`
	Role casework.Role `json:"role"`
	Key  string        `json:"key"` // "crosscase-officer:..." or an OpenSSH ed25519 line
}

// OfficerRemove ends an officer's right to act.
type OfficerRemove struct {
	Officer casework.OfficerID `json:"officer"`
}

// NetworkCreate founds a network with this agency as its first member.
type NetworkCreate struct {
	Name      string `json:"name"`
	Agreement string `json:"agreement,omitempty"` // TOML; empty: the default one
}

// NetworkInvite's result is what a joining agency needs to know.
type NetworkInvite struct {
	Invitation  string `json:"invitation"`
	Fingerprint string `json:"fingerprint"` // of the genesis entry: read it over the phone
}

// NetworkJoin accepts an invitation.
type NetworkJoin struct {
	Invitation  string `json:"invitation"`
	Fingerprint string `json:"fingerprint"` // as heard from the inviting agency
}

// Joined is the result of create and of join.
type Joined struct {
	Network            string `json:"network"`
	NetworkFingerprint string `json:"network_fingerprint"`
	MemberFingerprint  string `json:"member_fingerprint"` // of the own member record
	JoinRequest        string `json:"join_request,omitempty"`
}

// NetworkApprove admits an agency, once enough members approved.
type NetworkApprove struct {
	JoinRequest string            `json:"join_request,omitempty"` // proposes first, if nobody did
	Agency      casework.AgencyID `json:"agency,omitempty"`       // for one already proposed
	Fingerprint string            `json:"fingerprint"`            // as heard from the joining agency
}

// Approved is the result of an approval.
type Approved struct {
	Agency      casework.AgencyID `json:"agency"`
	Fingerprint string            `json:"fingerprint"`
	Approvals   int               `json:"approvals"`
	Needed      int               `json:"needed"`
	Admitted    bool              `json:"admitted"`
}

// Member is a member, or a candidate, of the network.
type Member struct {
	Agency      casework.AgencyID `json:"agency"`
	Name        string            `json:"name"`
	Country     string            `json:"country"`
	Fingerprint string            `json:"fingerprint"`
	State       string            `json:"state"` // "voter", "member", "proposed", "expelled"
	Approvals   int               `json:"approvals,omitempty"`
	Needed      int               `json:"needed,omitempty"`
	Oversight   string            `json:"oversight"`
	Connected   bool              `json:"connected"`
	Self        bool              `json:"self,omitempty"`
}

// CaseNew opens a case.
type CaseNew struct {
	Ref        string                   `json:"ref"`
	Title      string                   `json:"title,omitempty"`
	Offence    string                   `json:"offence,omitempty"`
	Region     string                   `json:"region,omitempty"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Grading    string                   `json:"grading,omitempty"`
	Handling   string                   `json:"handling,omitempty"`
	Purpose    casework.Purpose         `json:"purpose,omitempty"`
	LegalBasis string                   `json:"legal_basis,omitempty"`
}

// CaseRef names a case by its reference or its id.
type CaseRef struct {
	Case string `json:"case"`
}

// CaseShow asks for a case, and for what it holds if that is to be counted.
type CaseShow struct {
	Case  string `json:"case"`
	Holds bool   `json:"holds,omitempty"`
}

// CaseShown is a case with what it holds, if that was asked.
type CaseShown struct {
	Case   casework.Case     `json:"case"`
	ByKind map[string]uint64 `json:"by_kind"`
	Items  uint64            `json:"items"`
	Leads  int               `json:"leads"`
}

// CaseExport asks for a page of what a case holds, for the officer to take out.
type CaseExport struct {
	Case  string `json:"case"`
	After int64  `json:"after,omitempty"` // number of the last item of the page before
}

// CaseExported is one page; the last one is shorter than its limit and has no Next.
type CaseExported struct {
	Items []Exported `json:"items"`
	Next  int64      `json:"next,omitempty"`
}

// Exported is an item at one place of the case, with what must travel with it.
type Exported struct {
	Item
}

// Search looks an identifier up in the own store.
type Search struct {
	Kind  casework.Kind `json:"kind"`
	Value string        `json:"value"`
}

// Found is an own item with where it occurs.
type Found struct {
	Item        casework.ItemID     `json:"item"`
	Kind        casework.Kind       `json:"kind"`
	Value       string              `json:"value"`
	Visibility  casework.Visibility `json:"visibility"`
	WhyNot      casework.WhyNot     `json:"why_not,omitempty"`
	Occurrences []FoundOccurrence   `json:"occurrences"`
	Leads       []casework.Lead     `json:"leads,omitempty"`
	FirstSeen   time.Time           `json:"first_seen,omitzero"`
	LastSeen    time.Time           `json:"last_seen,omitzero"`
}

// FoundOccurrence is one occurrence with the reference of its case.
type FoundOccurrence struct {
	CaseRef string              `json:"case"`
	Where   casework.Occurrence `json:"where"`
}

// Publish brings the peers' copies of the own tags up to date.
type Publish struct {
	Peers []casework.AgencyID `json:"peers,omitempty"` // none: all that policy allows
}

// Published is the result for each peer.
type Published struct {
	Peers []PublishedTo `json:"peers"`
}

// PublishedTo is what one peer has now.
type PublishedTo struct {
	Peer   casework.AgencyID `json:"peer"`
	Number uint64            `json:"number"`
	Tags   uint64            `json:"tags"`
	Bytes  uint64            `json:"bytes"`
	Queued string            `json:"queued,omitempty"` // why it has not arrived yet
}

// Ask asks peers about items of a case.
type Ask struct {
	Case       string                   `json:"case"`
	Items      Items                    `json:"items,omitzero"`  // added to the case first; none: all of the case not yet asked
	Peers      []casework.AgencyID      `json:"peers,omitempty"` // none: all that policy allows
	Purpose    casework.Purpose         `json:"purpose,omitempty"`
	LegalBasis string                   `json:"legal_basis,omitempty"`
	Offence    string                   `json:"offence,omitempty"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Aim        string                   `json:"aim,omitempty"`
	Reason     string                   `json:"reason,omitempty"`
	Urgent     bool                     `json:"urgent,omitempty"`
	Normaliser uint32                   `json:"normaliser,omitempty"`
}

// Asked is the result of a query.
type Asked struct {
	Batch casework.BatchID `json:"batch"`
	Count uint32           `json:"count"` // elements asked of each peer
	Known int              `json:"known"` // of the named items, already in the own store before
	Entry uint64           `json:"entry"` // ledger index of the query
	Peers []AskedOf        `json:"peers"`
	Leads []LeadView       `json:"leads,omitempty"`
}

// AskedOf is what one peer answered. "no hit", "refused" and "queued" differ.
type AskedOf struct {
	Peer    casework.AgencyID `json:"peer"`
	Hits    uint32            `json:"hits"`
	Refusal string            `json:"refusal,omitempty"` // its code
	Queued  string            `json:"queued,omitempty"`  // why it has not answered yet
	Set     uint64            `json:"set"`               // number of its tag set that was looked through
	At      time.Time         `json:"at,omitzero"`
}

// Inbox lists leads, best first.
type Inbox struct {
	All bool `json:"all,omitempty"` // the dismissed and closed ones, too
}

// LeadView is a lead as the inbox shows it; the value is the agency's own.
type LeadView struct {
	Lead     casework.Lead `json:"lead"`
	Value    string        `json:"value"`
	CaseRefs []string      `json:"case_refs"`
	Reason   string        `json:"reason"` // one line
	Request  string        `json:"request,omitempty"`
}

// LeadRef names a lead.
type LeadRef struct {
	Lead casework.LeadID `json:"lead"`
}

// Why explains a lead.
type Why struct {
	Lead    LeadView          `json:"lead"`
	Factors []Factor          `json:"factors"`
	Item    Found             `json:"item"`
	Peer    Member            `json:"peer"`
	Ledger  map[string]uint64 `json:"ledger"` // entries that led here, by what they are
	Next    string            `json:"next"`
}

// Factor is one factor of a lead's score.
type Factor struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Why   string  `json:"why"`
}

// Dismiss closes a lead without a request.
type Dismiss struct {
	Lead   casework.LeadID `json:"lead"`
	Reason string          `json:"reason"`
}

// Request drafts a request for disclosure on a lead.
type Request struct {
	Lead       casework.LeadID  `json:"lead"`
	Wanted     []casework.Field `json:"wanted"`
	Purpose    casework.Purpose `json:"purpose,omitempty"`
	Offence    string           `json:"offence,omitempty"`
	LegalBasis string           `json:"legal_basis,omitempty"`
	Facts      string           `json:"facts"`
	Necessity  string           `json:"necessity"`
	Use        string           `json:"use,omitempty"`
	Urgency    casework.Urgency `json:"urgency,omitempty"`
	Judicial   string           `json:"judicial,omitempty"`
	Handling   string           `json:"handling,omitempty"`
	Retention  int              `json:"retention_days,omitempty"`
	Contact    string           `json:"contact,omitempty"`
}

// RequestRef names a request.
type RequestRef struct {
	Request casework.RequestID `json:"request"`
}

// Approve approves a draft: the one that its view shows, and no other that may have
// taken its place.
type Approve struct {
	Request casework.RequestID `json:"request"`
	Of      string             `json:"of"` // DossierView.Of of the draft
}

// Refuse refuses a request of another agency.
type Refuse struct {
	Request casework.RequestID `json:"request"`
	Ground  casework.Ground    `json:"ground"`
	Note    string             `json:"note,omitempty"`
}

// Answer drafts an answer to a request of another agency.
type Answer struct {
	Request    casework.RequestID `json:"request"`
	Fields     []casework.Field   `json:"fields,omitempty"` // none: what was asked and policy permits
	Note       string             `json:"note,omitempty"`
	Summary    string             `json:"summary,omitempty"`
	Handling   string             `json:"handling,omitempty"`
	Conditions []string           `json:"conditions,omitempty"`
	DeleteDays int                `json:"delete_days,omitempty"`
}

// Use reports what a disclosure was good for.
type Use struct {
	Request casework.RequestID `json:"request"`
	Outcome string             `json:"outcome"`
	Grading string             `json:"grading,omitempty"`
	Note    string             `json:"note,omitempty"`
}

// DossierView is a request as its list shows it, ours or theirs.
type DossierView struct {
	Request   casework.Request `json:"request"`
	Direction string           `json:"direction"` // "out" or "in"
	State     string           `json:"state"`
	Lead      casework.LeadID  `json:"lead,omitzero"`
	Value     string           `json:"value,omitempty"` // the own item's
	Outcome   casework.Outcome `json:"outcome,omitempty"`
	Ground    casework.Ground  `json:"ground,omitempty"`
	Policy    []string         `json:"policy,omitempty"` // what the rules said
	Due       time.Time        `json:"due"`
	Overdue   bool             `json:"overdue,omitempty"`
	Next      string           `json:"next,omitempty"`
	Failed    string           `json:"failed,omitempty"` // why the ledger does not take it
	Steps     []DossierStep    `json:"steps,omitempty"`

	// What waits for a second officer's approval, while something does.
	Of    string               `json:"of,omitempty"`    // names the draft, to the last letter
	Draft *casework.Disclosure `json:"draft,omitempty"` // the answer, on the holder's side

	Peer casework.AgencyID `json:"peer"`
}

// DossierStep is one step of a dossier with its ledger entry.
type DossierStep struct {
	At    time.Time `json:"at"`
	State string    `json:"state"`
	Entry uint64    `json:"entry,omitempty"`
}

// Opened is a disclosure in the clear, for the officer who opened it.
type Opened struct {
	Dossier    DossierView         `json:"dossier"`
	Disclosure casework.Disclosure `json:"disclosure"`
}
