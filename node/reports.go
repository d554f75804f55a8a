package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Bounds of one report and of one call that brings some.
const (
	maxReports    = 5000
	maxReportText = 1 << 20
)

// reportsAdd puts reports into the queue. Nothing of them is an item of a case.
func (n *Node) reportsAdd(ctx context.Context, call api.Call, p api.ReportsAddRequest) (view api.ReportsAddedView, err error) {
	if len(p.Reports) > maxReports {
		return view, api.Errorf(api.Invalid, "send them in several calls", "%d reports in one call, more than %d", len(p.Reports), maxReports)
	}
	now := time.Now().UTC()
	reports, keys := make([]store.Report, len(p.Reports)), make([][]string, len(p.Reports))
	for i, r := range p.Reports {
		if len(r.Text) > maxReportText || len(r.Caller)+len(r.Email)+len(r.Theirs)+len(r.Record) > 4096 || len(r.Keys) == 0 || len(r.Keys) > 4 {
			return view, api.Errorf(api.Invalid, "use the crosscase of the node's version", "report %d is too long, or is told by nothing", i+1)
		}
		var id [10]byte
		rand.Read(id[:]) // never fails
		reports[i] = store.Report{
			ID: "rep_" + hex.EncodeToString(id[:]), Source: p.Source, Record: r.Record, Theirs: r.Theirs, Caller: r.Caller, Email: r.Email, Text: r.Text,
			Seen: r.Seen, Received: now, Country: strings.ToUpper(r.Country), Why: r.Why, Consent: r.Consent, State: store.ReportNew,
		}
		keys[i] = append([]string{"place\x00" + p.SHA256 + "\x00" + p.Source + "\x00" + r.Record}, r.Keys...)
	}
	fresh, err := n.store.AddReports(ctx, reports, keys)
	if err != nil {
		return view, storeError(err)
	}
	var out api.ReportsAddedView
	for _, isNew := range fresh {
		if isNew {
			out.New++
		} else {
			out.Folded++
		}
	}
	return out, nil
}

// routes gives the member agencies by country, the first by name where there are
// several; this agency's country is its own.
func (n *Node) routes() map[string]casework.AgencyID {
	routes := map[string]casework.AgencyID{}
	if s, err := n.inNetwork(); err == nil {
		s.replica.View(func(st *state.State) {
			for _, m := range st.Members() {
				if have, ok := routes[m.Country]; m.Active() && (!ok || m.Agency < have) {
					routes[m.Country] = m.Agency
				}
			}
		})
	}
	routes[n.cfg.Agency.Country] = n.cfg.Agency.ID
	return routes
}

func (n *Node) reportView(r store.Report, routes map[string]casework.AgencyID) api.ReportView {
	v := api.ReportView{
		ID: r.ID, Source: r.Source, Record: r.Record, Theirs: r.Theirs, Caller: r.Caller, Email: r.Email, Text: r.Text, Seen: r.Seen, Received: r.Received,
		Country: r.Country, Why: r.Why, Consent: r.Consent, Repeated: r.Repeated, State: r.State, Case: r.Case, Reason: r.Reason,
	}
	if r.Country != "" {
		v.Route = routes[r.Country]
	}
	v.Own = v.Route == n.cfg.Agency.ID
	return v
}

// reportsList gives the queue: what was repeated most first, then the oldest.
func (n *Node) reportsList(ctx context.Context, _ api.Call, p api.ReportsListRequest) (view []api.ReportView, err error) {
	all, err := n.store.Reports(ctx)
	if err != nil {
		return view, err
	}
	routes := n.routes()
	views := []api.ReportView{}
	for _, r := range all {
		v := n.reportView(r, routes)
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

func (n *Node) reportOf(ctx context.Context, id string) (store.Report, error) {
	r, err := n.store.Report(ctx, id)
	return r, notFound(err, "'crosscase reports list' shows them", "there is no such report")
}

func (n *Node) reportShow(ctx context.Context, _ api.Call, p api.ReportShowRequest) (view api.ReportView, err error) {
	r, err := n.reportOf(ctx, p.Report)
	if err != nil {
		return view, err
	}
	return n.reportView(r, n.routes()), nil
}

// reportDecide records what became of a report.
func (n *Node) reportDecide(ctx context.Context, call api.Call, p api.ReportDecideRequest) (view api.ReportView, err error) {
	r, err := n.reportOf(ctx, p.Report)
	if err != nil {
		return view, err
	}
	if r.State != store.ReportNew {
		return view, api.Errorf(api.Refused, "'crosscase reports show' says what became of it", "the report is %s already", r.State)
	}
	switch {
	case p.Case != "":
		c, err := n.caseOf(ctx, p.Case)
		if err != nil {
			return view, err
		}
		if !c.Closed.IsZero() {
			return view, api.Errorf(api.Refused, "open another case", "case %s is closed", c.Ref)
		}
		r.State, r.Case, r.Reason = store.ReportAccepted, c.Ref, p.Reason
	case strings.TrimSpace(p.Reason) != "":
		r.State, r.Reason = store.ReportDismissed, strings.TrimSpace(p.Reason)
	default:
		return view, api.Errorf(api.Invalid, "", "name the case that it goes into, or the reason for which it is dismissed")
	}
	n.log.Info("report decided", "officer", call.Officer.ID.String(), "state", r.State)
	return n.reportView(r, n.routes()), storeError(n.store.SaveReport(ctx, r))
}
