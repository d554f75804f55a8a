package storetest

import (
	"context"
	"crypto/ed25519"
	"iter"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store is what the suite needs of a store: the methods that more than one of its users
// has in its own interface, and those that the suite looks with.
type Store interface {
	AddItems(ctx context.Context, id casework.CaseID, items []casework.Evidence) ([]store.Added, error)
	AddReports(ctx context.Context, reports []store.Report, keys [][]string) ([]bool, error)
	Answer(ctx context.Context, asker casework.AgencyID, b casework.BatchID) (store.AnswerState, error)
	ApplyPeerTags(ctx context.Context, next store.PeerSet, snapshot bool, added, removed iter.Seq2[tagset.Tag, error]) error
	Case(ctx context.Context, id casework.CaseID) (casework.Case, error)
	CaseByRef(ctx context.Context, ref string) (casework.Case, error)
	CasesOfItem(ctx context.Context, id casework.ItemID) ([]casework.CaseID, error)
	Changes(ctx context.Context, p store.Publication, kinds []casework.Kind, limit int) ([]store.Change, error)
	CountOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) (uint64, error)
	Counts(ctx context.Context, id casework.CaseID) (byKind, kept map[string]uint64, err error)
	DeleteOutgoing(ctx context.Context, id casework.MessageID) error
	Dossier(ctx context.Context, id casework.RequestID) (d store.Dossier, err error)
	Dossiers(ctx context.Context) (out []store.DossierHeader, err error)
	Expiring(ctx context.Context, at time.Time) ([]casework.RequestID, error)
	ForgetPeer(ctx context.Context, peer casework.AgencyID) error
	Find(ctx context.Context, i casework.Identifier) (item casework.Item, occ []casework.Occurrence, err error)
	Hold(ctx context.Context, h store.Hold) error
	Holds(ctx context.Context) ([]store.Hold, error)
	Hits(ctx context.Context, peer casework.AgencyID, epoch uint32) (out []store.Hit, err error)
	HitsAmong(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) (hits []store.Hit, err error)
	Item(ctx context.Context, id casework.ItemID) (item casework.Item, occ []casework.Occurrence, err error)
	ItemsOfCase(ctx context.Context, id casework.CaseID, after int64, limit int) ([]casework.Item, int64, error)
	KeyByAskedTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag) (m store.MatchItem, may bool, err error)
	KeyByOwnTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag, instead int64) (m store.MatchItem, may bool, err error)
	Lead(ctx context.Context, id casework.LeadID) (l casework.Lead, err error)
	MarkSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (before bool, err error)
	MatchCount(ctx context.Context, f store.MatchFilter) (uint64, error)
	MatchItems(ctx context.Context, f store.MatchFilter) ([]store.MatchItem, error)
	MatchItemsOf(ctx context.Context, ids []casework.ItemID) ([]store.MatchItem, error)
	NotAsked(ctx context.Context, peers []casework.AgencyID, epoch uint32, f store.MatchFilter) (items []store.MatchKey, to *store.Mark, err error)
	OfficerByKey(ctx context.Context, key ed25519.PublicKey) (casework.Officer, error)
	Outgoing(ctx context.Context) ([]store.Outgoing, error)
	OutgoingSealed(ctx context.Context, id casework.MessageID) (sealed []byte, err error)
	Pending(ctx context.Context) ([]casework.RequestID, error)
	PeerSet(ctx context.Context, peer casework.AgencyID) (store.PeerSet, error)
	Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error)
	PutAsked(ctx context.Context, p store.Progress, epoch uint32, tags []store.KeyTag) ([]store.Hit, error)
	PutAskedTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error
	PutCase(ctx context.Context, c casework.Case) error
	PutLead(ctx context.Context, l casework.Lead) (stored casework.Lead, isNew bool, err error)
	PutOfficer(ctx context.Context, o casework.Officer) error
	PutOutgoing(ctx context.Context, o store.Outgoing, sealed []byte) error
	PutOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error
	Release(ctx context.Context, of store.Hold) error
	RemoveOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) error
	Reply(ctx context.Context, asker casework.AgencyID, b casework.BatchID, part uint32) (hash [32]byte, reply []byte, err error)
	Report(ctx context.Context, id string) (r store.Report, err error)
	Reports(ctx context.Context) ([]store.Report, error)
	SaveDossier(ctx context.Context, d store.Dossier) error
	SaveLead(ctx context.Context, l casework.Lead) error
	SavePublication(ctx context.Context, p store.Publication) error
	SaveOutgoing(ctx context.Context, o store.Outgoing) error
	SaveReply(ctx context.Context, a store.AnswerState, part uint32, hash [32]byte, reply []byte, acked uint32) error
	SaveReport(ctx context.Context, r store.Report) error
	Correct(ctx context.Context, id casework.CaseID, item casework.ItemID, c store.Correction) (changed int, err error)
	EraseLoose(ctx context.Context, members []casework.AgencyID, after int64, limit int, outside func(keys []int64) error) (items int, last int64, err error)
	Erased(ctx context.Context) (uint64, error)
	Leads(ctx context.Context) ([]casework.Lead, error)
	MoveItem(ctx context.Context, item casework.ItemID, from, to casework.CaseID) (moved int, err error)
	PutLeads(ctx context.Context, leads []casework.Lead) (fresh []casework.Lead, err error)
	RemoveSource(ctx context.Context, id casework.CaseID, source string, after int64, limit int) (removed int, last int64, err error)
	RestateCase(ctx context.Context, id casework.CaseID, after int64, limit int) (last int64, err error)
	SetWithdrawn(ctx context.Context, id casework.CaseID, items []casework.ItemID, w *casework.Withdrawal) (changed int, err error)
	WithdrawLeads(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) (withdrawn int, err error)
	UseNonce(ctx context.Context, id casework.OfficerID, nonce [16]byte, at time.Time) error
}
