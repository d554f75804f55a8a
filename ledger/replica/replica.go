package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Replica is one agency's copy of the ledger. Run drives it; the other methods
// may be called at any time, and wait for Run.
type Replica struct {
	cfg       Config
	tiles     *tiles.Store
	signed    *journal
	genesis   *entry.Entry  // of a network that this replica founds
	started   chan struct{} // closed when raft is set
	raft      *raft.Raft
	facts     chan *fact    // to become entries of the own agency
	ended     chan struct{} // closed when Run has ended
	stamp     sync.Mutex    // held while the leader stamps and enqueues
	term      uint64        // in which this replica, leading, has applied all that came before; guarded by stamp
	stamped   int64         // newest time that this replica stamped, leading; guarded by stamp
	unchecked uint64        // leaves whose hashes the start did not recompute; set by Open
	page      page          // of stored leaves to compare with; owned by raft's goroutine
	published time.Time     // time of the checkpoint that publish wrote last; owned by it

	vouchers vouchers   // who has a vote by now, where this replica is behind
	greeted  sync.Mutex // one greeting is answered at a time
	leaves   appending  // who appends them: raft, or what this replica follows
	disk     *watchdog  // of the raft log
	slowDisk func()     // runs before each of its writes; set by tests

	mu             sync.Mutex   // guards what follows
	state          *state.State // as raft has replayed it since the start
	stored         *state.State // as the tiles held it at the start, until state is as far; then nil
	certified      checkpoint.Certified
	certifiedSince time.Time                  // when it came in, by the monotonic clock
	own            map[entry.Hash]uint64      // indexes of own entries that were applied lately
	checked        map[entry.Hash]entry.Entry // on their way through the log of this leader
	changed        chan struct{}              // closed and replaced when anything above changes
	full           error                      // why entries are refused; nil: they are not
	collected      collected
	alarm          error // why the replica stopped for good
	stopped        bool
	stop           context.CancelCauseFunc          // of Run
	peers          map[casework.AgencyID][]byte     // newest start of each other replica; replaced, never changed
	heads          map[casework.AgencyID]signedHead // newest note with each voter's signature
	leaving        map[casework.AgencyID]departure  // owned by keepVoters
	forgot         string                           // why this replica does not know what it signed; "" if it does
	copied         bool                             // its folder was copied to where it is
	knows          bool                             // it answers for what it signed
	start          []byte                           // signed, of this run
	atRest         logEnd                           // where raft's log ended before raft started
	waiting        string                           // for what, for the operator
	guide          casework.AgencyID                // who leads, as a voter told this replica, which has no vote
	reigns         reign                            // of the present leader
	clockAhead     time.Duration                    // of this node's clock to most others; 0 within what is tolerated
}

// Open opens the replica in cfg.Dir, or begins an empty one, which fills from the
// other members once they know of it.
func Open(cfg Config) (*Replica, error) {
	cfg = cfg.withDefaults()
	for _, sub := range []string{"raft", "tiles"} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	t, err := tiles.Open(filepath.Join(cfg.Dir, "tiles"))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	j, memory, err := openJournal(filepath.Join(cfg.Dir, "signed"))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	peers, err := readPeers(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, "evidence")); err == nil {
		return nil, fmt.Errorf("ledger: %w: evidence of it is in %s; tell the oversight body before anything else", ErrAlarm, filepath.Join(cfg.Dir, "evidence"))
	}
	r := &Replica{
		cfg: cfg, tiles: t, signed: j, state: state.New(), started: make(chan struct{}), disk: &watchdog{patience: 2 * cfg.Heartbeat}, facts: make(chan *fact), ended: make(chan struct{}),
		own: map[entry.Hash]uint64{}, checked: map[entry.Hash]entry.Entry{}, changed: make(chan struct{}), peers: peers, heads: map[casework.AgencyID]signedHead{},
		leaving: map[casework.AgencyID]departure{},
	}
	switch {
	case memory == memoryDamaged:
		r.forgot = "its journal of what it signed is damaged"
	case memory == memoryNone && !cfg.Fresh:
		r.forgot = "its journal of what it signed is missing"
	}
	r.copied = memory == memoryCopied
	if err := r.reread(); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return r, nil
}

// Found opens a replica that founds a network with a genesis entry. Founding
// again with the same entry, after a crash in between, is harmless.
func Found(cfg Config, genesis entry.Entry) (*Replica, error) {
	if genesis.Hash() != cfg.Genesis {
		return nil, fmt.Errorf("ledger: the genesis entry is not the one that the settings name")
	}
	r, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	r.genesis = &genesis
	return r, nil
}

// Run keeps the replica in step until the context ends, or something happened
// after which it must not go on. It stops accepting calls first, then raft, then
// closes the log.
func (r *Replica) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.mu.Lock()
	r.stop = cancel
	r.mu.Unlock()
	defer r.end()

	log := bridge(r.cfg.Logger)
	store, err := r.enter(ctx, log)
	if err != nil {
		if ctx.Err() != nil && r.Err() == nil {
			return nil // asked to stop
		}
		return err
	}
	defer store.Close()
	snaps, err := raft.NewFileSnapshotStoreWithLogger(r.cfg.Dir, 2, log)
	if err != nil {
		return fmt.Errorf("ledger: snapshots: %w", err)
	}
	trans := newStreams(r, log)
	defer trans.Close()
	conf := r.raftConfig(log)
	if r.cfg.Fresh && r.genesis != nil {
		if err := bootstrap(conf, store, snaps, trans); err != nil {
			return err
		}
	}
	if r.cfg.Fresh && r.cfg.Begun != nil {
		if err := r.cfg.Begun(); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	cached, err := raft.NewLogCache(1024, store) // what followers are sent, and what is applied
	if err != nil {
		return fmt.Errorf("ledger: raft log: %w", err)
	}
	rf, err := raft.NewRaft(conf, (*fsm)(r), cached, store, snaps, trans)
	if err != nil {
		return fmt.Errorf("ledger: raft: %w", err)
	}
	r.raft = rf
	close(r.started)

	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.certify(gctx) })
	g.Go(func() error { return r.keepVoters(gctx) })
	g.Go(func() error { return r.exchange(gctx) })
	g.Go(func() error { return r.announce(gctx) })
	g.Go(func() error { return r.write(gctx) })
	g.Go(func() error { return r.followLeader(gctx) })
	g.Go(func() error { return r.follow(gctx) })
	g.Go(func() error { return r.publish(gctx) })
	g.Go(func() error { return r.recheck(gctx) })
	g.Go(func() error { return r.watchSpace(gctx) })
	g.Go(func() error { return r.watchClock(gctx) })
	if r.genesis != nil {
		g.Go(func() error { return r.layGenesis(gctx) })
	}
	err = g.Wait()
	if serr := rf.Shutdown().Error(); serr != nil {
		err = errors.Join(err, fmt.Errorf("ledger: raft: %w", serr))
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	if ctx.Err() != nil {
		return nil // asked to stop
	}
	return err
}

func (r *Replica) raftConfig(log hclogLogger) *raft.Config {
	conf := raft.DefaultConfig()
	conf.LocalID = raft.ServerID(r.cfg.Agency)
	conf.HeartbeatTimeout, conf.ElectionTimeout = r.cfg.Heartbeat, r.cfg.Heartbeat
	conf.LeaderLeaseTimeout = r.cfg.Heartbeat / 2
	// Followers learn of a commit by the next call; see quiet for what that costs.
	conf.CommitTimeout = min(2*time.Millisecond, r.cfg.Heartbeat/10)
	conf.BatchApplyCh = true          // what waits is written to the log at once
	conf.MaxAppendEntries = maxAppend // a voter takes no more in one call
	conf.SnapshotThreshold, conf.TrailingLogs = 16384, 16384
	conf.Logger = log
	conf.NoLegacyTelemetry = true
	conf.ShutdownOnRemove = false // it may get a vote again
	return conf
}

// bootstrap makes this replica the only voter, unless there is a log already.
func bootstrap(conf *raft.Config, logs *watched, snaps raft.SnapshotStore, trans raft.Transport) error {
	has, err := raft.HasExistingState(logs, logs, snaps)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if has {
		return nil
	}
	err = raft.BootstrapCluster(conf, logs, logs, snaps, trans, raft.Configuration{
		Servers: []raft.Server{{Suffrage: raft.Voter, ID: conf.LocalID, Address: trans.LocalAddr()}},
	})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// layGenesis appends the genesis entry as soon as this replica leads.
func (r *Replica) layGenesis(ctx context.Context) error {
	for {
		r.mu.Lock()
		size, changed := r.view().Size(), r.changed
		r.mu.Unlock()
		if size > 0 {
			return nil
		}
		if results, err := r.lead(ctx, []entry.Entry{*r.genesis}); err == nil {
			r.mu.Lock()
			size = r.view().Size()
			r.mu.Unlock()
			if err := results[0].err; err != nil && size == 0 {
				err = fmt.Errorf("ledger: the first entry: %w", err)
				r.fail(err)
			}
			return nil // it is there: appended now or, after a restart, replayed meanwhile
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-time.After(r.cfg.Heartbeat / 10):
		}
	}
}

// fail stops the replica for good.
func (r *Replica) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failHeld(err)
}

// failHeld is fail; r.mu is held.
func (r *Replica) failHeld(err error) {
	if r.alarm == nil {
		r.alarm = err
		r.cfg.Logger.Error("ledger stops", "err", err)
	}
	if r.stop != nil {
		r.stop(err)
	}
	r.wake()
}

func (r *Replica) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.stopped = true
		close(r.ended)
	}
	r.wake()
}

// wake tells everybody who waits that something changed; r.mu is held.
func (r *Replica) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// wait returns when done says so, with its error, or when the replica or the
// context ends. done is called with r.mu held.
func (r *Replica) wait(ctx context.Context, done func() (bool, error)) error {
	for {
		r.mu.Lock()
		ok, err := done()
		if err == nil && !ok {
			if r.alarm != nil {
				err = r.alarm
			} else if r.stopped {
				err = ErrStopped
			}
		}
		changed := r.changed
		r.mu.Unlock()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// View calls f with the state as this replica has it; f must not keep it, nor call
// the replica.
func (r *Replica) View(f func(*state.State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.view())
}

// Policy is what receipts of this ledger are checked against now.
func (r *Replica) Policy() checkpoint.Policy {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view().Policy()
}

// Certified is the newest certified checkpoint; its zero value is none.
func (r *Replica) Certified() checkpoint.Certified {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.certified
}

// Changed returns a channel that is closed at the next change of state or checkpoint.
func (r *Replica) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Err is why the replica stopped for good; nil while it runs.
func (r *Replica) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.alarm
}

// Entry returns an applied entry and its append time.
func (r *Replica) Entry(index uint64) (entry.Entry, int64, error) {
	leaf, err := r.tiles.Leaf(index)
	if err != nil {
		return entry.Entry{}, 0, fmt.Errorf("ledger: %w", err)
	}
	at, raw, err := entry.SplitLeaf(leaf)
	if err != nil {
		return entry.Entry{}, 0, fmt.Errorf("ledger: entry %d: %w", index, err)
	}
	e, err := entry.Parse(raw)
	if err != nil {
		return entry.Entry{}, 0, fmt.Errorf("ledger: entry %d: %w", index, err)
	}
	return e, at, nil
}

// Receipt proves an entry against the newest certified checkpoint, waiting for
// one that covers it.
func (r *Replica) Receipt(ctx context.Context, index uint64) (receipt.Receipt, error) {
	var c checkpoint.Certified
	err := r.wait(ctx, func() (bool, error) {
		c = r.certified
		return c.Size > index, nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return receipt.Receipt{}, fmt.Errorf("%w: entry %d is not certified", ErrNoQuorum, index)
		}
		return receipt.Receipt{}, err
	}
	leaf, err := r.tiles.Leaf(index)
	if err != nil {
		return receipt.Receipt{}, fmt.Errorf("ledger: %w", err)
	}
	p, err := r.tiles.Prove(index, c.Size)
	if err != nil {
		return receipt.Receipt{}, fmt.Errorf("ledger: %w", err)
	}
	return receipt.New(leaf, index, p, c.Note), nil
}

// Status is how the replica stands.
type Status struct {
	Entries    uint64
	Certified  checkpoint.Certified
	Leader     casework.AgencyID // "" while there is none
	Voters     []casework.AgencyID
	Quorum     int
	Alarm      error
	Waiting    string        // for what this replica waits before it takes part; "" when it does
	Identity   string        // of the raft log that it will begin, where it lost its own
	ClockAhead time.Duration // of this node's clock to those of most other voters; 0 within what is tolerated
}

// Status returns how the replica stands.
func (r *Replica) Status() Status {
	identity, lost := r.Returning()
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.view()
	s := Status{Entries: v.Size(), Certified: r.certified, Voters: v.Voters(), Quorum: v.Policy().Quorum(), Alarm: r.alarm, Waiting: r.waiting, ClockAhead: r.clockAhead}
	if lost {
		s.Identity = identity.String()
	}
	select {
	case <-r.started:
		if s.Leader = r.guide; slices.Contains(s.Voters, r.cfg.Agency) {
			s.Leader = r.leader()
		}
	default:
	}
	return s
}
