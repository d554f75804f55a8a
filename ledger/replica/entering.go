package replica

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/policy/casework"
)

// A logEnd is where raft's log ends, read before raft has started.
type logEnd struct{ term, lastTerm, lastIndex uint64 }

// enter finds out with what right this replica takes part, and opens the raft log
// with which it may. What it signed and voted before binds it:
//
//	journal and log whole   asks enough others to be a majority with them
//	journal copied here     asks every other voter: it may be an older one
//	either missing, damaged or older than what another remembers
//	                        returns: has no vote and signs nothing until every other
//	                        voter has told it where it must not go back behind, or the
//	                        members replaced its log by an entry and enough have told it
//
// It waits, for as long as it takes, for those whom it must ask.
func (r *Replica) enter(ctx context.Context, log hclogLogger) (*watched, error) {
	r.mu.Lock()
	why, copied := r.forgot, r.copied
	r.mu.Unlock()
	if why == "" && r.signed.known().Log == "" { // the first start of all
		if err := r.signed.restore(record{}, randomName()); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		store, err := r.emptyLog(log, 0)
		if err != nil {
			return nil, err
		}
		r.remembers()
		return store, nil
	}
	if why == "" {
		store, problem, err := r.ownLog(log)
		if err != nil {
			return nil, err
		}
		if problem == "" {
			if problem, err = r.greet(ctx, copied); err != nil {
				return nil, errors.Join(err, store.Close())
			}
		}
		if problem == "" {
			return store, nil
		}
		if store != nil {
			if err := store.Close(); err != nil {
				return nil, fmt.Errorf("ledger: raft log: %w", err)
			}
		}
		why = problem
	}
	r.cfg.Logger.Warn("ledger: this replica does not know what it signed: it has no vote until every other voter has told it", "why", why)
	return r.comeBack(ctx, log)
}

// remembers lets this replica answer for what it signed, and tell of this start.
func (r *Replica) remembers() {
	start := r.signStart(r.signed.known())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.knows, r.start = true, start
}

// ownLog opens the raft log that the journal names, or says why it is not that.
func (r *Replica) ownLog(log hclogLogger) (store *watched, problem string, err error) {
	logs, err := openLog(filepath.Join(r.cfg.Dir, "raft"), log)
	if err != nil {
		return nil, "", fmt.Errorf("ledger: raft log: %w; if the disk has space and is sound, take the folder raft away and start the node again: it returns without a vote and is brought up to date by the others", err)
	}
	store = &watched{WAL: logs, fail: r.fail, disk: r.disk, slow: r.slowDisk}
	own := r.signed.known()
	if logName(store) != own.Log {
		return store, "the raft log is missing, or another than its journal names", nil
	}
	if err := store.reread(); err != nil {
		if errors.Is(err, errChanged) {
			return store, err.Error(), nil
		}
		return nil, "", errors.Join(err, store.Close())
	}
	snaps, err := raft.NewFileSnapshotStoreWithLogger(r.cfg.Dir, 2, log)
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("ledger: snapshots: %w", err), store.Close())
	}
	end, err := endOf(store, snaps)
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("ledger: raft log: %w", err), store.Close())
	}
	if end.lastIndex < own.Applied {
		return store, fmt.Sprintf("the raft log ends at %d, and %d was applied when it signed", end.lastIndex, own.Applied), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.atRest = end
	return store, "", nil
}

// endOf reads where a raft log and its snapshots end.
func endOf(store *watched, snaps raft.SnapshotStore) (logEnd, error) {
	var end logEnd
	last, err := store.LastIndex()
	if err != nil {
		return end, err
	}
	if last > 0 {
		var l raft.Log
		if err := store.GetLog(last, &l); err != nil {
			return end, err
		}
		end.lastIndex, end.lastTerm = l.Index, l.Term
	}
	list, err := snaps.List()
	if err != nil {
		return end, err
	}
	for _, s := range list {
		if s.Index > end.lastIndex {
			end.lastIndex, end.lastTerm = s.Index, s.Term
		}
	}
	end.term, err = store.GetUint64([]byte("CurrentTerm"))
	if err != nil && err.Error() == "not found" { // raft-wal has no value for it
		err = nil
	}
	return end, err
}

// emptyLog begins the raft log that the journal names. In the term that is
// given, unless it is 0, it has voted already.
func (r *Replica) emptyLog(log hclogLogger, term uint64) (*watched, error) {
	for _, sub := range []string{"raft", "snapshots"} {
		if err := os.RemoveAll(filepath.Join(r.cfg.Dir, sub)); err != nil {
			return nil, fmt.Errorf("ledger: raft log: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(r.cfg.Dir, "raft"), 0o700); err != nil {
		return nil, fmt.Errorf("ledger: raft log: %w", err)
	}
	logs, err := openLog(filepath.Join(r.cfg.Dir, "raft"), log)
	if err != nil {
		return nil, fmt.Errorf("ledger: raft log: %w", err)
	}
	store := &watched{WAL: logs, fail: r.fail, disk: r.disk, slow: r.slowDisk}
	name, err := hex.DecodeString(r.signed.known().Log)
	if err == nil {
		err = store.Set(keyLog, name)
	}
	if err == nil && term > 0 {
		err = errors.Join(store.SetUint64([]byte("CurrentTerm"), term), store.SetUint64([]byte("LastVoteTerm"), term), store.Set([]byte("LastVoteCand"), []byte("before this log")))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: raft log: %w", err), store.Close())
	}
	return store, nil
}

// greet tells the others of this start, and returns what one of them remembers that
// is newer than this replica's journal.
func (r *Replica) greet(ctx context.Context, all bool) (newerThere string, err error) {
	if err := r.signed.begin(); err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	r.remembers()
	own := r.signed.known()
	start := r.signStart(own)
	answered := map[casework.AgencyID]bool{}
	for {
		others, voters := r.others()
		var ask []casework.AgencyID
		for _, id := range others {
			if !answered[id] {
				ask = append(ask, id)
			}
		}
		for id, g := range r.helloAll(ctx, ask, start) {
			if what := newer(r.remembered(g), own); what != "" {
				return fmt.Sprintf("%s remembers that %s", id, what), nil
			}
			answered[id] = g.Knows || !all
		}
		missing := slices.DeleteFunc(others, func(id casework.AgencyID) bool { return answered[id] })
		if need := voters / 2; len(missing) == 0 || !all && len(others)-len(missing) >= need {
			r.waitsFor("", nil)
			return "", nil
		}
		r.waitsFor("it may be an older copy, and waits for %s to confirm what it signed", missing)
		if err := r.pause(ctx); err != nil {
			return "", err
		}
	}
}

// comeBack brings a replica that does not know what it signed up to date, and lets
// it take part again once every other voter has told what it remembers: raft's own
// rules then hold as if it had kept what they told.
func (r *Replica) comeBack(ctx context.Context, log hclogLogger) (*watched, error) {
	if err := r.signed.giveUp(); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	for {
		r.refillFromAny(ctx)
		if err := r.keepOwnState(); err != nil {
			return nil, err
		}
		known, ok := r.recollect(ctx)
		if ok {
			r.waitsFor("", nil)
			if err := r.signed.restore(known.record, r.signed.known().Nonce); err != nil {
				return nil, fmt.Errorf("ledger: %w", err)
			}
			store, err := r.emptyLog(log, known.term)
			if err != nil {
				return nil, err
			}
			r.cfg.Logger.Warn("ledger: this replica takes part again", "signed", known.Size, "floor", known.Index)
			r.remembers()
			return store, nil
		}
		if err := r.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// recollection is what the others together remember of this replica.
type recollection struct {
	record
	term uint64
}

// recollect asks the others once. It is complete when every other voter that has
// not itself forgotten answered; for a member without a vote, when a majority did
// and this replica holds all that they certified.
func (r *Replica) recollect(ctx context.Context) (recollection, bool) {
	var out recollection
	others, voters := r.others()
	seat := r.votes(r.cfg.Agency)
	switch {
	case voters == 0:
		r.waitsFor("it has no entry, and nobody shows it the ledger", nil)
		return out, false
	case voters == 1 && seat:
		r.waitsFor("it is the only voter: what it signed is nowhere else, and nobody else can say that it is all there", nil)
		return out, false
	}
	missing := slices.Clone(others)
	var size uint64
	for id, g := range r.helloAll(ctx, others, nil) {
		if !g.Knows {
			continue
		}
		missing = slices.DeleteFunc(missing, func(m casework.AgencyID) bool { return m == id })
		seen := r.remembered(g)
		out.Run = max(out.Run, seen.Run)
		if seen.Size > out.Size {
			out.Size, out.Root = seen.Size, seen.Root
		}
		if g.LastTerm > out.Term || g.LastTerm == out.Term && g.LastIndex > out.Index {
			out.Term, out.Index = g.LastTerm, g.LastIndex
		}
		out.term, size = max(out.term, g.Term), max(size, g.Size)
	}
	out.Run++
	index, replaced := r.replacement()
	if replaced && out.Run <= replacedRun(index) && enough(len(others)-len(missing), voters) {
		out.Run = replacedRun(index)
		r.mu.Lock()
		out.Size, out.Root = r.certified.Size, r.certified.Root // it signs none without the entry
		r.mu.Unlock()
		missing = nil
	}
	if seat && len(missing) > 0 {
		r.waitsFor("it does not know what it signed, and waits for %s to tell it; who will not come back for long need not be waited for: 'crosscase network replace'", missing)
		return out, false
	}
	if !seat && len(others)-len(missing) <= voters/2 {
		r.waitsFor("it does not know what it signed, and waits for a majority of %s to tell it", missing)
		return out, false
	}
	r.mu.Lock()
	have := r.view().Size()
	r.mu.Unlock()
	if have < size {
		r.waitsFor("it waits for the entries that the others certified", nil)
		return out, false
	}
	return out, true
}

// others lists whom this replica must ask, and how many vote: the other voters, or
// where there are none all other members.
func (r *Replica) others() (ids []casework.AgencyID, voters int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.view()
	all := v.Voters()
	for _, id := range all {
		if id != r.cfg.Agency {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		for _, m := range v.Members() {
			if m.Active() && m.Agency != r.cfg.Agency {
				ids = append(ids, m.Agency)
			}
		}
	}
	return ids, len(all)
}

// helloAll asks several side by side and returns the answers that came.
func (r *Replica) helloAll(ctx context.Context, ids []casework.AgencyID, start []byte) map[casework.AgencyID]greeting {
	var mu sync.Mutex
	out := map[casework.AgencyID]greeting{}
	var g sync.WaitGroup
	for _, id := range ids {
		g.Go(func() {
			answer, err := r.hello(ctx, id, start)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			out[id] = answer
		})
	}
	g.Wait()
	return out
}

// waitsFor notes for the operator what this replica waits for.
func (r *Replica) waitsFor(text string, whom []casework.AgencyID) {
	if len(whom) > 0 {
		names := make([]string, len(whom))
		for i, id := range whom {
			names[i] = string(id)
		}
		text = fmt.Sprintf(text, strings.Join(names, ", "))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == text {
		return
	}
	if r.waiting = text; text != "" {
		r.cfg.Logger.Warn("ledger waits", "why", text)
	}
	r.wake()
}

// pause waits a heartbeat.
func (r *Replica) pause(ctx context.Context) error {
	t := time.NewTimer(r.cfg.Heartbeat)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
