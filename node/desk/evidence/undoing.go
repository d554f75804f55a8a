package evidence

import (
	"context"
	"strings"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Show shows an item with where it occurs, what the others answered, and its leads.
func (d *Desk) Show(ctx context.Context, _ api.Call, p api.ItemRequest) (api.ItemView, error) {
	v, err := d.View(ctx, p.Item)
	return v, noItem(err)
}

func noItem(err error) error {
	return desk.NotFound(err, "'crosscase case items CASE' shows those of a case", "there is no such item")
}

// inCase is the case that a command names, the zero case where it names none.
func (d *Desk) inCase(ctx context.Context, ref string) (casework.Case, error) {
	if ref == "" {
		return casework.Case{}, nil
	}
	return desk.FindCase(ctx, d.Store, ref)
}

// Withdraw withdraws an item from a case, or from all that hold it, or takes that back.
// The peers that have a tag of it are told to remove it with their next batch of
// removals.
func (d *Desk) Withdraw(ctx context.Context, call api.Call, p api.ItemWithdrawRequest) (api.ItemView, error) {
	if !p.Undo && strings.TrimSpace(p.Reason) == "" {
		return api.ItemView{}, api.Errorf(api.Invalid, "say why with --reason", "--reason is missing")
	}
	c, err := d.inCase(ctx, p.Case)
	if err != nil {
		return api.ItemView{}, err
	}
	var w *casework.Withdrawal
	if !p.Undo {
		w = &casework.Withdrawal{At: d.Now().UTC(), By: call.Officer.ID, Reason: p.Reason}
	}
	n, err := d.Store.SetWithdrawn(ctx, c.ID, []casework.ItemID{p.Item}, w)
	if err != nil {
		return api.ItemView{}, noItem(desk.StoreError(err))
	}
	if n == 0 {
		what := "withdrawn there already, or is not in the case"
		if p.Undo {
			what = "not withdrawn there"
		}
		return api.ItemView{}, api.Errorf(api.Refused, "'crosscase item show "+p.Item.String()+"' shows where it is", "the item is %s", what)
	}
	d.Changed()
	if p.Undo {
		d.Again()
	}
	return d.View(ctx, p.Item)
}

// Move moves an item from one case to another, which is open.
func (d *Desk) Move(ctx context.Context, _ api.Call, p api.ItemMoveRequest) (api.ItemView, error) {
	if strings.TrimSpace(p.Reason) == "" {
		return api.ItemView{}, api.Errorf(api.Invalid, "say why with --reason", "--reason is missing")
	}
	from, err := desk.FindCase(ctx, d.Store, p.From)
	if err != nil {
		return api.ItemView{}, err
	}
	to, err := desk.FindCase(ctx, d.Store, p.To)
	if err != nil {
		return api.ItemView{}, err
	}
	if from.ID == to.ID {
		return api.ItemView{}, api.Errorf(api.Invalid, "name another case with --to", "the item is in %s already", to.Ref)
	}
	n, err := d.Store.MoveItem(ctx, p.Item, from.ID, to.ID)
	if err != nil {
		return api.ItemView{}, noItem(desk.StoreError(err))
	}
	if n == 0 {
		return api.ItemView{}, api.Errorf(api.NotFound, "'crosscase item show "+p.Item.String()+"' shows where it is", "the item is not in %s", from.Ref)
	}
	d.Changed()
	return d.View(ctx, p.Item)
}

// Correct corrects what is stated of an item. A corrected value is an item of its own in
// the same places, and the wrong one is withdrawn.
func (d *Desk) Correct(ctx context.Context, call api.Call, p api.ItemCorrectRequest) (api.ItemView, error) {
	if strings.TrimSpace(p.Reason) == "" {
		return api.ItemView{}, api.Errorf(api.Invalid, "say why with --reason", "--reason is missing")
	}
	c, err := d.inCase(ctx, p.Case)
	if err != nil {
		return api.ItemView{}, err
	}
	change, err := correction(p)
	if err != nil {
		return api.ItemView{}, err
	}
	n, err := d.Store.Correct(ctx, c.ID, p.Item, change)
	if err != nil {
		return api.ItemView{}, noItem(desk.StoreError(err))
	}
	if n == 0 {
		return api.ItemView{}, api.Errorf(api.NotFound, "'crosscase item show "+p.Item.String()+"' shows where it is", "the item is not in %s", c.Ref)
	}
	id := p.Item
	if len(p.Value.Each) > 0 {
		if id, err = d.replace(ctx, call, c, p); err != nil {
			return api.ItemView{}, err
		}
	}
	d.Changed()
	d.Again()
	return d.View(ctx, id)
}

// replace puts an item of the right value into the places of a wrong one, and withdraws
// that. It returns the right one.
func (d *Desk) replace(ctx context.Context, call api.Call, c casework.Case, p api.ItemCorrectRequest) (right casework.ItemID, err error) {
	item, places, err := d.Store.Item(ctx, p.Item)
	if err != nil {
		return right, noItem(err)
	}
	for _, o := range places {
		if !c.ID.IsZero() && o.Case != c.ID || o.Withdrawn != nil {
			continue
		}
		file, err := d.Store.Case(ctx, o.Case)
		if err != nil {
			return right, err
		}
		if !file.Closed.IsZero() {
			continue // a closed case takes nothing in
		}
		value, err := p.Value.List()
		if err != nil {
			return right, err
		}
		if len(value) != 1 {
			return right, api.Errorf(api.Invalid, "", "an item has one value, not %d", len(value))
		}
		e := value[0]
		assumed := append([]string{"corrected by an officer: " + p.Reason}, e.Provenance.Assumed...)
		e.Visibility, e.Category, e.Consent, e.Grading, e.Handling, e.TLP, e.Seen = item.Visibility, o.Category, o.Consent, o.Grading, o.Handling, o.TLP, o.Seen
		e.Provenance = o.Provenance
		e.Provenance.Assumed = assumed
		added, err := d.Take(ctx, file, p.Normaliser, o.Provenance, api.Gather([]casework.Evidence{e}))
		if err != nil {
			return right, err
		}
		right = added[0].ID
		if right == p.Item {
			return right, api.Errorf(api.Refused, "nothing of its value was changed", "the corrected value is the one that it has")
		}
		w := &casework.Withdrawal{At: d.Now().UTC(), By: call.Officer.ID, Reason: "corrected: " + p.Reason}
		if _, err := d.Store.SetWithdrawn(ctx, o.Case, []casework.ItemID{p.Item}, w); err != nil {
			return right, desk.StoreError(err)
		}
	}
	if right.IsZero() {
		return right, api.Errorf(api.Refused, "'crosscase case reopen' opens a case again", "every case that holds the item is closed, or it is withdrawn")
	}
	return right, nil
}

// correction reads the codes of a correction.
func correction(p api.ItemCorrectRequest) (c store.Correction, err error) {
	if p.Category != "" {
		if (casework.Case{Ref: "-", Category: p.Category}).Validate() != nil {
			return c, noCode("category", string(p.Category), casework.SubjectCategories())
		}
		c.Category = &p.Category
	}
	if p.Consent != "" {
		yes := p.Consent == "yes"
		if !yes && p.Consent != "no" {
			return c, api.Errorf(api.Invalid, "", "--consent is yes or no, not %q", p.Consent)
		}
		c.Consent = &yes
	}
	if p.Grading != "" {
		grading, err := casework.ParseGrading(p.Grading)
		if err != nil {
			return c, api.Errorf(api.Invalid, "'crosscase codes grading' lists them", "%w", err)
		}
		c.Grading = &grading
	}
	if p.Handling != "" {
		handling, err := casework.ParseHandling(p.Handling, "")
		if err != nil {
			return c, api.Errorf(api.Invalid, "'crosscase codes handling' lists them", "%w", err)
		}
		c.Handling = &handling
	}
	if p.TLP != "" {
		c.TLP = &p.TLP
	}
	if p.Visibility != "" {
		v := casework.Visibility(p.Visibility)
		switch p.Visibility {
		case "local":
			v = casework.Local
		case "shared", "silent":
		default:
			return c, noCode("visibility", p.Visibility, []casework.Visibility{"shared", "silent", "local"})
		}
		c.Visibility = &v
	}
	return c, nil
}

// noCode refuses a code with the nearest right one.
func noCode[T ~string](what, got string, known []T) error {
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	return api.Errorf(api.Invalid, "did you mean '"+casework.Nearest(got, words)+"'? 'crosscase codes' lists them", "%q is no %s", got, what)
}
