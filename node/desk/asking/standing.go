package asking

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Standing sets a standing order on a case, or ends it. The officer signs once, for what
// the case states; whoever changes it signs another.
func (d *Desk) Standing(ctx context.Context, call api.Call, p api.CaseStandingRequest) (api.StandingView, error) {
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return api.StandingView{}, err
	}
	if p.Stop {
		return d.stopStanding(ctx, c)
	}
	now := d.Now().UTC()
	switch {
	case !c.Closed.IsZero():
		return api.StandingView{}, api.Errorf(api.Refused, "'crosscase case reopen' opens it again", "%w", store.ErrClosed)
	case !p.Until.After(now):
		return api.StandingView{}, api.Errorf(api.Invalid, "give --until a day to come, or --for a time such as 90d", "the order would have ended before it began")
	case p.Until.Sub(now) > casework.MaxStanding:
		return api.StandingView{}, api.Errorf(api.Invalid, "sign another order when this one ends", "an order holds for %d days at most", casework.MaxStanding/(24*time.Hour))
	}
	network, err := d.Network()
	if err != nil {
		return api.StandingView{}, err
	}
	j, err := d.justify(network.Ledger, c, api.AskRequest{Reason: p.Reason}, call.Officer)
	if err != nil {
		return api.StandingView{}, err
	}
	o := store.Standing{Case: c.ID, Justification: j, Command: call.Command, Set: now, Until: p.Until.UTC()}
	if err := d.Store.PutStanding(ctx, o); err != nil {
		return api.StandingView{}, err
	}
	d.WakeStanding()
	return d.standingView(ctx, o)
}

func (d *Desk) stopStanding(ctx context.Context, c casework.Case) (api.StandingView, error) {
	o, err := d.Store.Standing(ctx, c.ID)
	if err != nil {
		return api.StandingView{}, desk.NotFound(err, "'crosscase case show "+c.Ref+"' shows it", "the case has no standing order")
	}
	if o.Active(d.Now()) {
		o.Stopped, o.Waits = d.Now().UTC(), ""
	}
	if err := d.Store.PutStanding(ctx, o); err != nil {
		return api.StandingView{}, err
	}
	return d.standingView(ctx, o)
}

// StandingOf returns a case's standing order, or nil.
func (d *Desk) StandingOf(ctx context.Context, id casework.CaseID) (*api.StandingView, error) {
	o, err := d.Store.Standing(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := d.standingView(ctx, o)
	return &v, err
}

func (d *Desk) standingView(ctx context.Context, o store.Standing) (api.StandingView, error) {
	v := api.StandingView{Until: o.Until, Set: o.Set, Stopped: o.Stopped, Active: o.Active(d.Now()), Asked: o.Asked, Last: o.Last, Waits: o.Waits}
	by, err := d.Store.Officer(ctx, o.Justification.Officer)
	v.By = by.Name
	return v, err
}

// WakeStanding lets the standing orders be looked at soon: something came in.
func (d *Desk) WakeStanding() {
	select {
	case d.Wake <- struct{}{}:
	default: // it is about to look already
	}
}

// standingEvery is how long what nobody told of waits at most: another day's quota, a new
// member, an item that may be matched now.
const standingEvery = time.Minute

// RunStanding carries the standing orders out until the context ends.
func (d *Desk) RunStanding(ctx context.Context, log *slog.Logger) error {
	for {
		if err := d.askStanding(ctx); err != nil && ctx.Err() == nil {
			log.Warn("standing orders wait", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.Wake:
		case <-time.After(standingEvery):
		}
	}
}

// askStanding asks what the standing orders are for and was not asked: that of the
// gravest offence first, and of these the one that was set first.
func (d *Desk) askStanding(ctx context.Context) error {
	network, err := d.Network()
	if err != nil {
		return err
	}
	orders, err := d.Store.Standings(ctx)
	if err != nil {
		return err
	}
	orders = slices.DeleteFunc(orders, func(o store.Standing) bool { return !o.Active(d.Now()) })
	slices.SortStableFunc(orders, func(a, b store.Standing) int {
		return cmp.Or(cmp.Compare(casework.Severity(b.Justification.Offence), casework.Severity(a.Justification.Offence)), a.Set.Compare(b.Set))
	})
	for _, o := range orders {
		if err := d.carryOut(ctx, network, o); err != nil {
			return err
		}
	}
	return nil
}

// carryOut asks what one order is for, and notes what came of it.
func (d *Desk) carryOut(ctx context.Context, network Network, o store.Standing) error {
	asked, waits, err := d.askFor(ctx, network, o)
	if err != nil {
		return err
	}
	if asked == 0 && waits == o.Waits {
		return nil
	}
	latest, err := d.Store.Standing(ctx, o.Case)
	if err != nil || !latest.Set.Equal(o.Set) {
		return err // another order was signed meanwhile, and begins anew
	}
	if latest.Waits = waits; asked > 0 {
		latest.Asked, latest.Last = latest.Asked+asked, d.Now().UTC()
	}
	return d.Store.PutStanding(ctx, latest)
}

// askFor asks, and returns how many elements and why something is left unasked.
func (d *Desk) askFor(ctx context.Context, network Network, o store.Standing) (asked uint64, waits string, err error) {
	c, err := d.Store.Case(ctx, o.Case)
	if err != nil || !c.Closed.IsZero() {
		return 0, "the case is closed", err
	}
	by, err := d.Store.Officer(ctx, o.Justification.Officer)
	if err != nil {
		return 0, "", err
	}
	if !by.Active() {
		return 0, "the officer who signed it is not active any more: another one signs it", nil
	}
	covered, j := false, o.Justification
	network.Ledger.View(func(st *state.State) { covered = st.Agreement().Allows(j.Purpose, j.Offence, j.LegalBasis) })
	if !covered {
		return 0, "the agreement in force does not cover what it states", nil
	}
	peers, err := d.Others(network.Ledger, nil)
	if err != nil {
		return 0, "there is no other member", nil
	}
	ids, err := network.Match.Ask(ctx, match.Spec{Case: o.Case, Peers: peers, Justification: j, Command: o.Command})
	for _, id := range ids {
		b, berr := d.Store.Batch(ctx, id)
		if berr != nil {
			return asked, "", berr
		}
		asked += uint64(b.Count)
		if b.Waits != "" {
			waits = b.Waits
		}
	}
	switch {
	case err == nil, errors.Is(err, match.ErrNothing):
		return asked, waits, nil
	case errors.Is(err, state.ErrQuota):
		return asked, "the quota of the day is used up; it goes on when another day (UTC) begins", nil
	case ctx.Err() != nil:
		return asked, waits, ctx.Err()
	}
	return asked, match.Reason(err), nil
}

// Asked lists what was asked for a case, the latest first, and what came of it.
func (d *Desk) Asked(ctx context.Context, _ api.Call, p api.CaseCloseRequest) ([]api.AskedBatch, error) {
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return nil, err
	}
	batches, err := d.Store.BatchesOfCase(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(batches, func(a, b store.Batch) int { return b.Created.Compare(a.Created) })
	out := []api.AskedBatch{}
	for _, b := range batches {
		v := api.AskedBatch{Batch: b.ID, At: b.Created, Count: b.Count, Entry: b.Index, Waits: b.Waits}
		for _, peer := range b.Peers {
			of, _, err := d.Answer(ctx, b, peer)
			if err != nil {
				return nil, err
			}
			v.Peers = append(v.Peers, of)
		}
		out = append(out, v)
	}
	return out, nil
}
