package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Options say what an overseer knows and wants.
type Options struct {
	Genesis  string                 // fingerprint of the first entry, as known from the founding; "" takes any
	Secrets  []Secret               // open what is sealed to these bodies
	At       time.Time              // overdue is judged by; zero: the checkpoint's own time
	Known    []Known                // checkpoints that the overseer has from elsewhere
	Retired  []tiles.Source         // of a successor: the ledger that it retires, the one before that ...
	Level    uint32                 // the highest feature level that is judged; 0: all that this build knows
	Keep     bool                   // the report is to have what a later verification goes on from
	Kept     []byte                 // of an earlier report, to go on from; nil: from the beginning
	Each     func(Reading)          // called with each entry that holds, in order; may be nil
	Progress func(done, all uint64) // called now and then, in entries; may be nil
}

// A Reading is an entry that holds, with the detail that was sealed to a body whose key
// is at hand. What is wrong with the detail is in the findings: the commitments do not
// open, an officer's signature does not hold ...
type Reading struct {
	Index    uint64
	At       int64 // appended, Unix milliseconds
	Entry    entry.Entry
	Detail   *entry.OversightDetail // nil: none, for another body, or it does not open
	Findings []Finding

	opens *detail
}

// Verify replays a copy of the ledger. An error means that it could not be read at
// all, or that what was kept is of no use for it ([ErrKept]); what is wrong in it is in
// the report.
func Verify(ctx context.Context, src tiles.Source, o Options) (Report, error) {
	r, _, err := verify(ctx, src, o)
	return r, err
}

// verify returns also the state after the last entry.
func verify(ctx context.Context, src tiles.Source, o Options) (Report, *state.State, error) {
	note, err := tiles.Checkpoint(ctx, src)
	if err != nil {
		return Report{}, nil, fmt.Errorf("verify: %w", err)
	}
	claimed, err := checkpoint.Parse(note)
	if err != nil {
		return Report{}, nil, fmt.Errorf("verify: %w", err)
	}
	v, err := begin(o, claimed)
	if err != nil {
		return Report{}, nil, err
	}
	r := v.report
	r.Note, v.src = note, src
	reader := tiles.NewReader(src, claimed.Size)
	if v.checker, err = tiles.NewChecker(reader, claimed.Root, v.from); err != nil {
		return *r, nil, fmt.Errorf("%w: %w", ErrKept, err)
	}
	v.elsewhere(claimed)
	if err := v.founded(ctx, reader); err != nil {
		return *r, nil, err
	}
	if err := v.replay(ctx, reader, claimed.Size); err != nil {
		return *r, nil, err
	}
	if err := v.checker.Finish(ctx); ctx.Err() != nil {
		return *r, nil, ctx.Err()
	} else if errors.Is(err, tiles.ErrBeside) {
		r.whole("file", "%v", err)
	} else if err != nil && !r.damaged() { // else an entry is named
		r.whole("root", "%v", err)
	}
	if r.Unjudged == nil { // the voters are those after the last entry
		v.certified(note)
	}
	if err := v.known(ctx, claimed, note); err != nil {
		return *r, nil, err
	}
	if err := v.seam(ctx); err != nil {
		return *r, nil, err
	}
	if r.Unjudged == nil && v.state.Network() != "" {
		v.ours()
		v.strangers()
		v.outstanding()
	}
	r.conclude()
	if r.OK && o.Keep {
		r.Kept = v.keep()
	}
	return *r, v.state, nil
}

// verifier replays one ledger.
type verifier struct {
	report   *Report
	state    *state.State
	first    entry.Body // of the ledger
	options  Options
	sealKeys [][]byte     // of options.Secrets
	bodies   []entry.Hash // likewise: what records name them by
	from     tiles.Frontier
	src      tiles.Source
	checker  *tiles.Checker
	members  *members
	officers *sign.Cache
	acts     *acts
	lost     lost
	policies map[uint64]checkpoint.Policy // at the sizes of checkpoints from elsewhere; filled as the replay gets there

	published map[publishedTo]uint64 // tags, padding included
}

// maxPrepared is how many officers' keys are prepared at a time.
const maxPrepared = 128

// publishedTo names what one agency published to another in an epoch.
type publishedTo struct {
	by, to casework.AgencyID
	epoch  uint32
}

// begin is the verifier of a ledger, at its beginning or where an earlier one ended.
func begin(o Options, claimed checkpoint.Checkpoint) (*verifier, error) {
	v := &verifier{
		report: newReport(), state: state.New(), options: o, members: &members{keys: map[casework.AgencyID]*sign.Verifier{}},
		officers: sign.NewCache(maxPrepared), acts: newActs(), lost: lost{subjects: map[string]int{}}, policies: map[uint64]checkpoint.Policy{},
		published: map[publishedTo]uint64{},
	}
	if o.Level > 0 {
		v.state = state.NewKnowing(min(o.Level, agreement.Level))
	}
	for _, s := range o.Secrets {
		v.sealKeys = append(v.sealKeys, s.key.Public().Bytes())
		v.bodies = append(v.bodies, s.Public().Oversight().Hash())
	}
	if o.Kept != nil {
		if err := v.restore(o.Kept, claimed); err != nil {
			return nil, err
		}
	}
	r := v.report
	r.Network, r.Entries, r.Root, r.From = claimed.Origin, claimed.Size, claimed.Root.String(), v.from.Size
	if v.from.Size > 0 {
		v.founding(entry.Fingerprint(v.state.Genesis()))
	}
	return v, nil
}

// founded reads the first entry again, of which an earlier run kept the hash.
func (v *verifier) founded(ctx context.Context, reader *tiles.Reader) error {
	if v.from.Size == 0 {
		return nil
	}
	leaf, err := reader.Leaf(ctx, 0)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: the first entry cannot be read: %w", ErrKept, err)
	}
	_, raw, err := entry.SplitLeaf(leaf)
	if err != nil {
		return fmt.Errorf("%w: the first leaf is none now: %w", ErrKept, err)
	}
	e, err := entry.Parse(raw)
	if err != nil {
		return fmt.Errorf("%w: the first entry is none now: %w", ErrKept, err)
	}
	if e.Hash() != v.state.Genesis() {
		return fmt.Errorf("%w: the first entry is another one now", ErrKept)
	}
	v.first = e.Body
	return nil
}

// founding compares the first entry with what the overseer knows of it.
func (v *verifier) founding(fingerprint string) {
	r := v.report
	r.Genesis = fingerprint
	if r.Trusted = entry.SameFingerprint(v.options.Genesis, fingerprint); v.options.Genesis != "" && !r.Trusted {
		r.differs("genesis", "the first entry of this ledger is %s, and you gave %s: it is another network's ledger, or the fingerprint is mistyped", fingerprint, plain(v.options.Genesis))
	}
}

// count gathers what the annual report is made of.
func (v *verifier) count(index uint64, e entry.Entry, at int64) {
	v.report.ByType[e.Type]++
	a := v.report.agency(e.Agency)
	switch b := e.Body.(type) {
	case *entry.Query:
		a.Queries++
		a.Asked += uint64(b.Count)
		for k, n := range b.Kinds {
			a.Kinds[string(k)] += uint64(n)
		}
		v.report.Unanswered += uint64(len(b.Peers))
	case *entry.TagsPublished:
		to := publishedTo{e.Agency, b.Peer, b.Epoch}
		v.published[to] += uint64(b.Added)
		v.published[to] -= min(uint64(b.Removed), v.published[to])
	case *entry.Answer:
		v.report.Unanswered--
		if b.Refusal != "" {
			a.Refusals++
		} else {
			a.Answers++
		}
	case *entry.Report:
		a.Hits += uint64(b.Hits)
	case *entry.Request:
		a.Requests++
	case *entry.Decision:
		if b.Outcome == casework.Refused {
			a.Refused++
		}
		if q, ok := v.state.Request(b.Request); ok && at > q.Due {
			v.report.Late = append(v.report.Late, index)
		}
	case *entry.Delivery:
		a.Disclosures++
	}
}

// certified checks the checkpoint against the voters of its size.
func (v *verifier) certified(note []byte) {
	if v.state.Network() == "" {
		if !v.report.damaged() {
			v.report.whole("empty", "no entry could be replayed")
		}
		return
	}
	for _, m := range v.state.Members() {
		if m.Active() {
			v.report.Members = append(v.report.Members, m.Agency)
		}
	}
	c, err := v.state.Policy().Verify(note)
	if err != nil {
		v.report.whole("not-certified", "%v", err)
		return
	}
	v.report.Certified, v.report.Cosigners = c.Time, c.Cosigners
}

// outstanding finds requests whose time to answer has passed.
func (v *verifier) outstanding() {
	at := v.options.At
	if at.IsZero() {
		at = v.report.Certified
	}
	for _, q := range v.state.Requests() {
		if q.Decision == 0 && !at.IsZero() && at.UnixMilli() > q.Due {
			v.report.Overdue = append(v.report.Overdue, q.Index)
		}
	}
	slices.Sort(v.report.Overdue)
}
