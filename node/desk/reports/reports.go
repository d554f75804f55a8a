// Package reports is the desk of what members of the public and hotlines report,
// until a person has looked at it.
//
// Nothing of a report is an item of a case, or matched, before an officer takes it
// into one. Reports that are the same by one of their keys are one, counted.
package reports

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Bounds of one report, in bytes and keys, and of one call that brings some.
const (
	maxReports    = 5000
	maxText       = 1 << 20
	maxParticular = 4096 // all short fields together
	maxKeys       = 4
)

// Store keeps reports.
type Store interface {
	desk.Cases
	AddReports(ctx context.Context, reports []store.Report, keys [][]string) (isNew []bool, err error)
	Reports(ctx context.Context) ([]store.Report, error)
	Report(ctx context.Context, id string) (store.Report, error)
	SaveReport(ctx context.Context, r store.Report) error
}

// Ledger tells who the members are.
type Ledger interface{ View(func(*state.State)) }

// A Desk keeps the queue of reports.
type Desk struct {
	Agency  casework.AgencyID
	Country string // of the agency
	Store   Store
	Ledger  func() (Ledger, error) // an error while the node is in no network
	Logger  *slog.Logger
	Now     func() time.Time
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{
		api.ReportsAdd.Handle(d.Add), api.ReportsList.Handle(d.List), api.ReportShow.Handle(d.Show), api.ReportDecide.Handle(d.Decide),
	}
}

// Add puts reports into the queue.
func (d *Desk) Add(ctx context.Context, _ api.Call, p api.ReportsAddRequest) (api.ReportsAddedView, error) {
	var v api.ReportsAddedView
	if len(p.Reports) > maxReports {
		return v, api.Errorf(api.Invalid, "send them in several calls", "%d reports in one call, more than %d", len(p.Reports), maxReports)
	}
	now := d.Now().UTC()
	reports, keys := make([]store.Report, len(p.Reports)), make([][]string, len(p.Reports))
	for i, r := range p.Reports {
		if len(r.Text) > maxText || len(r.Caller)+len(r.Email)+len(r.Theirs)+len(r.Record) > maxParticular || len(r.Keys) == 0 || len(r.Keys) > maxKeys {
			return v, api.Errorf(api.Invalid, "use the crosscase of the node's version", "report %d is too long, or has not 1 to %d keys", i+1, maxKeys)
		}
		var id [10]byte
		rand.Read(id[:]) // never fails
		reports[i] = store.Report{
			ID: "rep_" + hex.EncodeToString(id[:]), Source: p.Source, Record: r.Record, Theirs: r.Theirs, Caller: r.Caller, Email: r.Email, Text: r.Text,
			Seen: r.Seen, Received: now, Country: strings.ToUpper(r.Country), Why: r.Why, Consent: r.Consent, State: store.ReportNew,
		}
		keys[i] = append([]string{"place\x00" + p.SHA256 + "\x00" + p.Source + "\x00" + r.Record}, r.Keys...)
	}
	fresh, err := d.Store.AddReports(ctx, reports, keys)
	if err != nil {
		return v, desk.StoreError(err)
	}
	for _, isNew := range fresh {
		if isNew {
			v.New++
		} else {
			v.Folded++
		}
	}
	return v, nil
}

// routes returns the member agencies by country, the first by name where there are
// several; this agency's country is its own.
func (d *Desk) routes() map[string]casework.AgencyID {
	routes := map[string]casework.AgencyID{}
	if ledger, err := d.Ledger(); err == nil {
		ledger.View(func(st *state.State) {
			for _, m := range st.Members() {
				if have, ok := routes[m.Country]; m.Active() && (!ok || m.Agency < have) {
					routes[m.Country] = m.Agency
				}
			}
		})
	}
	routes[d.Country] = d.Agency
	return routes
}

func (d *Desk) view(r store.Report, routes map[string]casework.AgencyID) api.ReportView {
	v := api.ReportView{
		ID: r.ID, Source: r.Source, Record: r.Record, Theirs: r.Theirs, Caller: r.Caller, Email: r.Email, Text: r.Text, Seen: r.Seen, Received: r.Received,
		Country: r.Country, Why: r.Why, Consent: r.Consent, Repeated: r.Repeated, State: r.State, Case: r.Case, Reason: r.Reason,
	}
	if r.Country != "" {
		v.Route = routes[r.Country]
	}
	v.Own = v.Route == d.Agency
	return v
}

// List returns the queue: what was repeated most first, then the oldest.
func (d *Desk) List(ctx context.Context, _ api.Call, p api.ReportsListRequest) ([]api.ReportView, error) {
	all, err := d.Store.Reports(ctx)
	if err != nil {
		return nil, err
	}
	routes := d.routes()
	views := []api.ReportView{}
	for _, r := range all {
		v := d.view(r, routes)
		switch {
		case !p.All && r.State != store.ReportNew:
		case p.Country == "unrouted" && v.Route != "":
		case p.Country != "" && p.Country != "unrouted" && !strings.EqualFold(p.Country, r.Country):
		default:
			views = append(views, v)
		}
	}
	slices.SortStableFunc(views, func(a, b api.ReportView) int {
		return cmp.Or(cmp.Compare(b.Repeated, a.Repeated), a.Received.Compare(b.Received), strings.Compare(a.ID, b.ID))
	})
	return views, nil
}

func (d *Desk) find(ctx context.Context, id string) (store.Report, error) {
	r, err := d.Store.Report(ctx, id)
	return r, desk.NotFound(err, "'crosscase reports list' shows them", "there is no such report")
}

// Show returns one report whole.
func (d *Desk) Show(ctx context.Context, _ api.Call, p api.ReportShowRequest) (api.ReportView, error) {
	r, err := d.find(ctx, p.Report)
	if err != nil {
		return api.ReportView{}, err
	}
	return d.view(r, d.routes()), nil
}

// Decide records what became of a report.
func (d *Desk) Decide(ctx context.Context, call api.Call, p api.ReportDecideRequest) (api.ReportView, error) {
	r, err := d.find(ctx, p.Report)
	if err != nil {
		return api.ReportView{}, err
	}
	if r.State != store.ReportNew {
		return api.ReportView{}, api.Errorf(api.Refused, "'crosscase reports show' says what became of it", "the report is %s already", r.State)
	}
	switch reason := strings.TrimSpace(p.Reason); {
	case p.Case != "":
		c, err := desk.FindCase(ctx, d.Store, p.Case)
		if err != nil {
			return api.ReportView{}, err
		}
		if !c.Closed.IsZero() {
			return api.ReportView{}, api.Errorf(api.Refused, "open another case", "case %s is closed", c.Ref)
		}
		r.State, r.Case, r.Reason = store.ReportAccepted, c.Ref, reason
	case reason != "":
		r.State, r.Reason = store.ReportDismissed, reason
	default:
		return api.ReportView{}, api.Errorf(api.Invalid, "", "name the case that it goes into, or the reason for which it is dismissed")
	}
	d.Logger.Info("report decided", "officer", call.Officer.ID.String(), "state", r.State)
	return d.view(r, d.routes()), desk.StoreError(d.Store.SaveReport(ctx, r))
}
