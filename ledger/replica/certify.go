package replica

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/policy/casework"
)

// certify makes certified checkpoints while this replica leads.
func (r *Replica) certify(ctx context.Context) error {
	var last time.Time // of the newest attempt
	late := &late{r: r}
	defer late.stop()
	for {
		r.mu.Lock()
		size, done, at, changed := r.state.Size(), r.certified.Size, r.certified.Time, r.changed
		r.mu.Unlock()
		var next time.Time
		switch {
		case size > done:
			next = last.Add(r.cfg.Cadence)
		case size > 0:
			next = at.Add(r.cfg.Refresh)
			if earliest := last.Add(r.cfg.Cadence); next.Before(earliest) {
				next = earliest
			}
		}
		if r.raft.State() == raft.Leader && size > 0 && !time.Now().Before(next) {
			last = time.Now()
			if err := r.certifyOnce(ctx, late); err != nil && ctx.Err() == nil {
				r.cfg.Logger.Warn("checkpoint not certified", "err", err)
				// Voters may be away; do not press them.
				last = last.Add(r.cfg.Heartbeat / 4)
			}
			continue
		}
		pause := r.cfg.Heartbeat / 2 // leadership changes without a change of state
		if d := time.Until(next); !next.IsZero() && d > 0 && d < pause {
			pause = d
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// certifyOnce collects signatures on the present root and commits the note. Voters whose
// lines are missing in it are waited for aside: see late.
func (r *Replica) certifyOnce(ctx context.Context, late *late) error {
	r.mu.Lock()
	policy, applied := r.state.Policy(), r.state.Size()
	r.mu.Unlock()
	size, root := r.tiles.Root()
	if size != applied { // an entry is between the two; the next round has it
		var err error
		if root, err = r.tiles.RootAt(min(size, applied)); err != nil {
			return err
		}
		size = min(size, applied)
	}
	c := checkpoint.Checkpoint{Origin: r.cfg.Network, Size: size, Root: root}
	late.stop() // of the checkpoint before
	round, err := r.ask(ctx, c, policy)
	if err != nil {
		return err
	}
	note, err := round.quorum()
	if err == nil {
		err = r.commitNote(note)
	}
	if err != nil {
		round.end()
		return err
	}
	late.wait(ctx, round)
	return nil
}

func (r *Replica) commitNote(note []byte) error {
	f := r.raft.Apply(encodeCheckpoint(note), r.cfg.Heartbeat*5)
	if err := f.Error(); err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	if err, ok := f.Response().(error); ok && err != nil {
		return err
	}
	return nil
}

// A signing is one round of asking all voters to sign a checkpoint.
type signing struct {
	r       *Replica
	c       checkpoint.Checkpoint
	policy  checkpoint.Policy
	answers chan signed
	waits   int // for so many answers
	lines   [][]byte
	cancel  context.CancelFunc
}

// signed is one voter's answer.
type signed struct {
	from  casework.AgencyID
	lines []byte
	err   error
}

// ask asks every voter. The round must be ended.
func (r *Replica) ask(ctx context.Context, c checkpoint.Checkpoint, policy checkpoint.Policy) (*signing, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Heartbeat*3)
	own, err := r.cosign(ctx, c)
	if err != nil {
		cancel()
		return nil, err
	}
	s := &signing{r: r, c: c, policy: policy, answers: make(chan signed, len(policy.Voters)), waits: len(policy.Voters), cancel: cancel}
	note := checkpoint.Assemble(c, own) // what the leader says over its name
	for _, v := range policy.Voters {
		go func() { // waited for in next and end: each sends exactly one answer
			if v.Agency == r.cfg.Agency {
				s.answers <- signed{v.Agency, own, nil}
				return
			}
			lines, err := r.cfg.Caller.Call(ctx, v.Agency, methodCosign, note)
			s.answers <- signed{v.Agency, lines, err}
		}()
	}
	return s, nil
}

// next takes the next answer, of which it keeps the voter's own two lines, if they hold:
// a voter must not spoil the note of the others, in its own name or in another's.
func (s *signing) next() error {
	a := <-s.answers
	s.waits--
	if a.err != nil {
		return fmt.Errorf("%s: %w", a.from, a.err)
	}
	lines, err := s.policy.OwnLines(s.c, a.from, a.lines)
	if err != nil {
		return fmt.Errorf("%s: %w", a.from, err)
	}
	s.lines = append(s.lines, lines)
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.sawSigned(s.c, checkpoint.Assemble(s.c, lines), a.from)
	return nil
}

// end cancels what is still asked and waits for it.
func (s *signing) end() {
	s.cancel()
	for ; s.waits > 0; s.waits-- {
		<-s.answers
	}
}

// quorum returns the first certified note.
func (s *signing) quorum() ([]byte, error) {
	s.r.mu.Lock()
	newest := s.r.certified.Time
	s.r.mu.Unlock()
	var older []byte
	var why error
	for s.waits > 0 {
		if err := s.next(); err != nil {
			why = err
			continue
		}
		if len(s.lines) < s.policy.Quorum() {
			continue
		}
		got, err := s.note()
		if err != nil {
			why = err
			continue
		}
		// A voter whose clock is behind, perhaps this one, would make it look old; with
		// another's lines it does not.
		if older = got.Note; !got.Time.Before(newest) {
			return got.Note, nil
		}
	}
	if older != nil {
		return older, nil
	}
	return nil, fmt.Errorf("%w: %d of %d signed size %d (%w)", ErrNoQuorum, len(s.lines), s.policy.Quorum(), s.c.Size, firstError(why))
}

// note is the note of all lines there are, which it verifies and remembers as verified.
func (s *signing) note() (checkpoint.Certified, error) {
	got, err := s.policy.Verify(checkpoint.Assemble(s.c, s.lines...))
	if err != nil {
		return got, err
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.collected = collected{s.policy, got}
	return got, nil
}

func firstError(err error) error {
	if err == nil {
		return fmt.Errorf("nobody refused")
	}
	return err
}

// collected is the note that this leader made last, and the policy that it satisfied.
type collected struct {
	policy checkpoint.Policy
	note   checkpoint.Certified
}

// verify is policy.Verify, once for what this leader made itself.
func (r *Replica) verify(policy checkpoint.Policy, note []byte) (checkpoint.Certified, error) {
	r.mu.Lock()
	own := r.collected
	r.mu.Unlock()
	same := own.policy.Origin == policy.Origin && own.policy.Needed == policy.Needed &&
		slices.Equal(own.policy.Voters, policy.Voters) && slices.Equal(own.policy.Witnesses, policy.Witnesses)
	if same && len(note) > 0 && bytes.Equal(own.note.Note, note) {
		return own.note, nil
	}
	return policy.Verify(note)
}
