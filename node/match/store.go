package match

import (
	"context"
	"iter"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Store is what matching needs of the case store.
type Store interface {
	itemStore
	publishedStore
	askedStore
	answeredStore
	metaStore
}

type itemStore interface {
	MatchItems(ctx context.Context, f store.MatchFilter) ([]store.MatchItem, error)
	MatchKeys(ctx context.Context, f store.MatchFilter) ([]store.MatchKey, error)
	MatchItemsOf(ctx context.Context, ids []casework.ItemID) ([]store.MatchItem, error)
	MatchItemsBySeq(ctx context.Context, seqs []int64) ([]store.MatchItem, error)
	NotAsked(ctx context.Context, peers []casework.AgencyID, epoch uint32, f store.MatchFilter) ([]store.MatchKey, *store.Mark, error)
	CasesOfItem(ctx context.Context, id casework.ItemID) ([]casework.CaseID, error)
	LeadsSince(ctx context.Context, at time.Time) ([]casework.Lead, error)
	PutLeads(ctx context.Context, leads []casework.Lead) ([]casework.Lead, error)
	WithdrawLeads(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) (withdrawn int, err error)
}

type metaStore interface {
	Meta(ctx context.Context, name string) ([]byte, error)
	PutMeta(ctx context.Context, name string, value []byte) error
}

type publishedStore interface {
	Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error)
	SavePublication(ctx context.Context, p store.Publication) error
	PutOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error
	Outputs(ctx context.Context, epoch uint32, seqs []int64) (outputs []byte, has []bool, err error)
	KeepOutputs(ctx context.Context, epoch uint32, seqs []int64, outputs []byte) error
	ForgetOutputs(ctx context.Context, but uint32) error
	OwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error]
	RemoveOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) error
	Changes(ctx context.Context, p store.Publication, kinds []casework.Kind, limit int) ([]store.Change, error)
	CountOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) (uint64, error)
	KeyByOwnTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag, instead int64) (key store.MatchItem, may bool, err error)
	KeyByAskedTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag) (key store.MatchItem, may bool, err error)

	PeerSet(ctx context.Context, peer casework.AgencyID) (store.PeerSet, error)
	ApplyPeerTags(ctx context.Context, next store.PeerSet, snapshot bool, added, removed iter.Seq2[tagset.Tag, error]) error
	HitsAmong(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) ([]store.Hit, error)
	Hits(ctx context.Context, peer casework.AgencyID, epoch uint32) ([]store.Hit, error)
	MergeTags(ctx context.Context, peer casework.AgencyID, epoch uint32) error
	ForgetPeer(ctx context.Context, peer casework.AgencyID) error
}

type askedStore interface {
	CreateBatch(ctx context.Context, b store.Batch, seqs []int64, ended *store.Search) error
	AddToBatch(ctx context.Context, b store.Batch, at int, seqs []int64, ended *store.Search) error
	ReleaseAsked(ctx context.Context, b store.Batch, peer casework.AgencyID, from int) error
	EndSearch(ctx context.Context, peers []casework.AgencyID, epoch uint32, ended store.Search) error
	DropBatch(ctx context.Context, id casework.BatchID) error
	SaveBatch(ctx context.Context, b store.Batch) error
	Batch(ctx context.Context, id casework.BatchID) (store.Batch, error)
	OpenBatches(ctx context.Context) ([]store.Batch, error)
	BatchItems(ctx context.Context, id casework.BatchID, from, limit int) ([]store.BatchItem, error)
	BatchNumbers(ctx context.Context, id casework.BatchID, from, limit int) ([]int64, error)
	Progress(ctx context.Context, b casework.BatchID, p casework.AgencyID) (store.Progress, error)
	SaveProgress(ctx context.Context, p store.Progress) error
	PutAsked(ctx context.Context, p store.Progress, epoch uint32, tags []store.KeyTag) ([]store.Hit, error)
	PutAskedTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error
	MayLeaveBatch(ctx context.Context, id casework.BatchID, from int) (bool, error)
	SilentInBatch(ctx context.Context, id casework.BatchID) (uint32, error)
	SilentAsked(ctx context.Context, peer casework.AgencyID, epoch uint32) (uint64, error)
}

type answeredStore interface {
	Answer(ctx context.Context, asker casework.AgencyID, b casework.BatchID) (store.AnswerState, error)
	SaveAnswer(ctx context.Context, a store.AnswerState) error
	SaveReply(ctx context.Context, a store.AnswerState, part uint32, hash [32]byte, reply []byte, acked uint32) error
	Reply(ctx context.Context, asker casework.AgencyID, b casework.BatchID, part uint32) (hash [32]byte, reply []byte, err error)
	DropReplies(ctx context.Context, asker casework.AgencyID, b casework.BatchID) error
	AddAnswered(ctx context.Context, asker casework.AgencyID, day string, n, most uint64) (counted bool, err error)
}
