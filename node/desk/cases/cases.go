// Package cases is the desk at which officers open, list, show, close and export
// cases.
//
// What a case exports stays inside the agency, each item with the markings of the
// place where it stands: whoever takes it further does so under its handling codes.
package cases

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/keylock"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store keeps cases and what they hold.
type Store interface {
	desk.Cases
	PutCase(ctx context.Context, c casework.Case) error
	Cases(ctx context.Context) ([]casework.Case, error)
	Counts(ctx context.Context, id casework.CaseID) (byKind, keptOut map[string]uint64, err error)
	CountLeadsOfCase(ctx context.Context, id casework.CaseID, peer casework.AgencyID) (int, error)
	ItemsOfCase(ctx context.Context, id casework.CaseID, after int64, limit int) (items []casework.Item, last int64, err error)
	Item(ctx context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error)
	OccurrencesOfCase(ctx context.Context, id casework.CaseID, after int64, limit int) (places []casework.Occurrence, last int64, err error)
	LeadsOfCase(ctx context.Context, id casework.CaseID) ([]casework.Lead, error)
	MatchCount(ctx context.Context, f store.MatchFilter) (uint64, error)
	RestateCase(ctx context.Context, id casework.CaseID, after int64, limit int) (last int64, err error)
	RemoveSource(ctx context.Context, id casework.CaseID, source string, after int64, limit int) (removed int, last int64, err error)
	Loose(ctx context.Context) (int, error)
}

// Items shows an item with where it occurs.
type Items interface {
	View(ctx context.Context, id casework.ItemID) (api.ItemView, error)
}

// Ledger tells what is agreed.
type Ledger interface{ View(func(*state.State)) }

// A Desk keeps cases.
type Desk struct {
	Store   Store
	Items   Items
	Ledger  func() (Ledger, error) // an error while the node is in no network
	Changed func()                 // called after items left matching or entered it; does not wait
	Again   func()                 // called after a case was opened again, whose hits are to be found; does not wait
	// Standing returns a case's standing order, or nil.
	Standing func(ctx context.Context, id casework.CaseID) (*api.StandingView, error)
	Erase    func(ctx context.Context) (items int, err error)
	Logger   *slog.Logger
	Now      func() time.Time

	changing keylock.Locks[casework.CaseID]
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{
		api.CaseNew.Handle(d.New), api.CaseList.Handle(d.List), api.CaseShow.Handle(d.Show), api.CaseEdit.Handle(d.Edit),
		api.CaseClose.Handle(d.Close), api.CaseReopen.Handle(d.Reopen), api.CaseItems.Handle(d.HeldItems), api.CaseExport.Handle(d.Export),
		api.Codes.Handle(d.Codes), api.SourceList.Handle(d.Sources), api.SourceRemove.Handle(d.RemoveSource),
	}
}

// New opens a case.
func (d *Desk) New(ctx context.Context, _ api.Call, p api.CaseNewRequest) (casework.Case, error) {
	c := casework.Case{
		ID: casework.NewCaseID(), Ref: strings.TrimSpace(p.Ref), Title: p.Title, Offence: p.Offence, Category: p.Category,
		Purpose: p.Purpose, LegalBasis: p.LegalBasis, Opened: d.Now().UTC(),
	}
	if err := (stated{p.Region, p.Grading, p.Handling}).fill(&c); err != nil {
		return c, err
	}
	if err := d.check(c); err != nil {
		return c, err
	}
	if _, err := d.Store.CaseByRef(ctx, c.Ref); err == nil {
		return c, api.Errorf(api.Refused, "'crosscase case list' shows the cases", "there is a case %s already", c.Ref)
	}
	return c, d.Store.PutCase(ctx, c)
}

// List returns all cases.
func (d *Desk) List(ctx context.Context, _ api.Call, _ api.None) ([]casework.Case, error) {
	all, err := d.Store.Cases(ctx)
	if all == nil {
		all = []casework.Case{}
	}
	return all, err
}

// Show returns a case, and how much it holds if that was asked.
func (d *Desk) Show(ctx context.Context, _ api.Call, p api.CaseShowRequest) (api.CaseView, error) {
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	v := api.CaseView{Case: c}
	if err != nil || !p.Holds {
		return v, err
	}
	if v.ByKind, _, err = d.Store.Counts(ctx, c.ID); err != nil {
		return v, err
	}
	for _, count := range v.ByKind {
		v.Items += count
	}
	if v.Leads, err = d.Store.CountLeadsOfCase(ctx, c.ID, ""); err != nil {
		return v, err
	}
	v.Standing, err = d.Standing(ctx, c.ID)
	return v, err
}

// exportPage is how many items one call returns at most.
const exportPage = 2000

// Export returns a page of what a case holds.
func (d *Desk) Export(ctx context.Context, call api.Call, p api.CaseExportRequest) (api.CaseExportView, error) {
	var out []casework.Evidence
	var v api.CaseExportView
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return v, err
	}
	items, last, err := d.Store.ItemsOfCase(ctx, c.ID, p.After, exportPage)
	if err != nil {
		return v, err
	}
	for _, it := range items {
		_, occurrences, err := d.Store.Item(ctx, it.ID)
		if err != nil {
			return v, err
		}
		for _, o := range occurrences {
			if o.Case == c.ID && o.Withdrawn == nil {
				out = append(out, exported(it, o))
			}
		}
	}
	v.Items = api.Gather(out)
	if len(items) == exportPage {
		v.Next = last
	}
	d.Logger.Info("case exported", "case", c.ID.String(), "officer", call.Officer.ID.String(), "items", len(out))
	return v, nil
}

func exported(it casework.Item, o casework.Occurrence) casework.Evidence {
	return casework.Evidence{
		Identifier: it.Identifier, Visibility: it.Visibility, WhyNot: it.WhyNot, Confidence: it.Confidence, Category: o.Category, Consent: o.Consent,
		Grading: o.Grading, Handling: o.Handling, TLP: o.TLP, Seen: o.Seen, Provenance: o.Provenance,
	}
}
