package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Options say what an overseer knows and wants.
type Options struct {
	Genesis string         // fingerprint of the first entry, as known from the founding; "" takes any
	Secrets []Secret       // open what is sealed to these bodies
	At      time.Time      // overdue is judged by; zero: the checkpoint's own time
	Known   []Known        // checkpoints that the overseer has from elsewhere
	Retired []tiles.Source // of a successor: the ledger that it retires, the one before that ...
	Level   uint32         // the highest feature level that is judged; 0: all that this build knows
}

// maxFindings is after how many findings a replay gives up: one early fault makes
// everything after it look wrong.
const maxFindings = 100

// Verify replays a copy of the ledger. An error means that it could not be read at
// all; what is wrong in it is in the report.
func Verify(ctx context.Context, src tiles.Source, o Options) (Report, error) {
	r, _, err := verify(ctx, src, o)
	return r, err
}

// verify returns also the state after the last entry.
func verify(ctx context.Context, src tiles.Source, o Options) (Report, *state.State, error) {
	r := Report{ByType: map[entry.Type]uint64{}, ByAgency: map[casework.AgencyID]*Agency{}}
	note, err := tiles.Checkpoint(ctx, src)
	if err != nil {
		return r, nil, fmt.Errorf("verify: %w", err)
	}
	claimed, err := checkpoint.Parse(note)
	if err != nil {
		return r, nil, fmt.Errorf("verify: %w", err)
	}
	r.Note = note
	r.Network, r.Entries, r.Root = claimed.Origin, claimed.Size, claimed.Root.String()
	reader := tiles.NewReader(src, claimed.Size)
	if err := reader.Check(ctx, claimed.Root); err != nil {
		var damaged *tiles.DamagedError
		switch {
		case ctx.Err() != nil:
			return r, nil, ctx.Err()
		case errors.As(err, &damaged):
			r.find(damaged.Leaf, "changed", "%v", damaged.Err)
		case errors.Is(err, tiles.ErrBeside):
			r.whole("file", "%v", err)
		default:
			r.whole("root", "%v", err)
		}
	}
	v := &verifier{report: &r, state: state.New(), options: o, published: map[publishedTo]uint64{}}
	if o.Level > 0 {
		v.state = state.NewKnowing(min(o.Level, agreement.Level))
	}
	for _, s := range o.Secrets {
		v.sealKeys = append(v.sealKeys, s.key.Public().Bytes())
	}
	if err := v.replay(ctx, reader, claimed.Size); err != nil {
		return r, nil, err
	}
	if r.Unjudged == nil { // the voters are those after the last entry
		v.certified(note)
	}
	if err := v.known(ctx, reader, claimed, note); err != nil {
		return r, nil, err
	}
	if err := v.seam(ctx); err != nil {
		return r, nil, err
	}
	if r.Unjudged == nil {
		v.strangers()
		v.outstanding()
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		if a.Whole != b.Whole { // what is wrong with an entry comes first
			if b.Whole {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Index, b.Index)
	})
	if len(r.Findings) > maxFindings {
		r.Findings = r.Findings[:maxFindings]
		r.whole("given-up", "more than %d findings; what follows a fault looks wrong with it", maxFindings)
	}
	r.OK = len(r.Findings) == 0 && r.Unjudged == nil
	return r, v.state, nil
}

// verifier replays one ledger.
type verifier struct {
	report   *Report
	state    *state.State
	first    entry.Body // of the ledger
	options  Options
	sealKeys [][]byte // of options.Secrets
	details  []*detail

	published map[publishedTo]uint64 // tags, padding included
}

// publishedTo names what one agency published to another in an epoch.
type publishedTo struct {
	by, to casework.AgencyID
	epoch  uint32
}

func (v *verifier) replay(ctx context.Context, reader *tiles.Reader, size uint64) error {
	const bundle = 256
	opening, _ := errgroup.WithContext(ctx)
	opening.SetLimit(runtime.GOMAXPROCS(0))
	defer func() {
		_ = opening.Wait() // no opening gives an error
		seen := newActs()
		for _, d := range v.details {
			v.report.Findings = append(v.report.Findings, d.findings...)
			for _, a := range d.acts {
				seen.add(a, v.report)
			}
		}
	}()
	for first := uint64(0); first < size; first += bundle {
		leaves, err := reader.Bundle(ctx, int64(first/bundle))
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return nil // Check has named it
		}
		before := len(v.details)
		for i, leaf := range leaves {
			v.leaf(first+uint64(i), leaf)
			if len(v.report.Findings) > maxFindings || v.report.Unjudged != nil {
				return nil
			}
		}
		if page := v.details[before:]; len(page) > 0 {
			opening.Go(func() error {
				for _, d := range page {
					d.open()
				}
				return nil
			})
		}
	}
	return nil
}

func (v *verifier) leaf(index uint64, leaf []byte) {
	r := v.report
	at, raw, err := entry.SplitLeaf(leaf)
	if err != nil {
		r.find(index, "leaf", "%v", err)
		return
	}
	e, err := entry.Parse(raw)
	if err != nil {
		r.find(index, "entry", "%v", err)
		return
	}
	if index == 0 {
		v.first = e.Body
		r.Genesis = entry.Fingerprint(e.Hash())
		if r.Trusted = entry.SameFingerprint(v.options.Genesis, r.Genesis); v.options.Genesis != "" && !r.Trusted {
			r.find(0, "genesis", "the first entry is not the one that you know")
		}
	}
	if err := v.state.Apply(e, at); errors.Is(err, state.ErrUpgrade) {
		r.Unjudged = &Unjudged{From: index, Why: err.Error()}
		return
	} else if err != nil {
		r.find(index, "rejected-"+state.Reason(err), "%v", err)
		return
	}
	v.count(index, e, at)
	if d := v.detailOf(index, e, at); d != nil {
		v.details = append(v.details, d)
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
	if v.state.Size() == 0 {
		v.report.whole("empty", "no entry could be replayed")
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
