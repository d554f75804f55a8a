package node

import (
	"context"
	"errors"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// handlers binds each method to what carries it out.
func (n *Node) handlers() (api.Handlers, error) {
	return api.Table([]api.Handler{
		api.Status.Handle(n.status),
		api.OfficerAdd.Handle(n.officerAdd),
		api.OfficerList.Handle(n.officerList),
		api.OfficerRemove.Handle(n.officerRemove),
		api.NetworkCreate.Handle(n.networkCreate),
		api.NetworkInvite.Handle(n.networkInvite),
		api.NetworkJoin.Handle(n.networkJoin),
		api.NetworkApprove.Handle(n.networkApprove),
		api.NetworkMembers.Handle(n.networkMembers),
		api.CaseNew.Handle(n.caseNew),
		api.CaseList.Handle(n.caseList),
		api.CaseShow.Handle(n.caseShow),
		api.CaseClose.Handle(n.caseClose),
		api.CaseExport.Handle(n.caseExport),
		api.ItemsAdd.Handle(n.itemsAdd),
		api.ReportsAdd.Handle(n.reportsAdd),
		api.ReportsList.Handle(n.reportsList),
		api.ReportShow.Handle(n.reportShow),
		api.ReportDecide.Handle(n.reportDecide),
		api.Search.Handle(n.search),
		api.Publish.Handle(n.publish),
		api.Ask.Handle(n.ask),
		api.Inbox.Handle(n.inbox),
		api.Why.Handle(n.why),
		api.Dismiss.Handle(n.dismiss),
		api.Request.Handle(n.request),
		api.Approve.Handle(n.approve),
		api.Refuse.Handle(n.refuse),
		api.Answer.Handle(n.answer),
		api.Open.Handle(n.open),
		api.Use.Handle(n.use),
		api.Due.Handle(n.due),
	})
}

func (n *Node) officerAdd(ctx context.Context, _ api.Call, p api.OfficerAddRequest) (view casework.Officer, err error) {
	key, err := keyring.ParseOfficerPublic(p.Key)
	if err != nil {
		return view, api.Errorf(api.Invalid, "the officer makes a key with 'crosscase officer keygen', or uses an ssh-ed25519 one", "%w", err)
	}
	if !p.Role.Valid() {
		return view, api.Errorf(api.Invalid, "", "--role is investigator, supervisor, operator or auditor, not %q", p.Role)
	}
	if p.Name == "" {
		return view, api.Errorf(api.Invalid, "", "the officer has no name")
	}
	// One key is one person: who had two roles with it could approve their own draft.
	if o, err := n.store.OfficerByKey(ctx, key); err == nil && o.Active() {
		return view, api.Errorf(api.Refused, "remove that officer first", "the key is %s's (%s)", o.Name, o.Role)
	}
	o := casework.Officer{ID: casework.NewOfficerID(), Name: p.Name, Unit: p.Unit, Role: p.Role, Key: key, Added: time.Now().UTC()}
	return o, n.store.PutOfficer(ctx, o)
}

func (n *Node) officerList(ctx context.Context, _ api.Call, _ api.None) (view []casework.Officer, err error) {
	all, err := n.store.Officers(ctx)
	if all == nil {
		all = []casework.Officer{}
	}
	return all, err
}

func (n *Node) officerRemove(ctx context.Context, call api.Call, p api.OfficerRemoveRequest) (view casework.Officer, err error) {
	o, err := n.store.Officer(ctx, p.Officer)
	if err != nil {
		return view, notFound(err, "'crosscase officer list' shows the ids", "there is no such officer")
	}
	if o.ID == call.Officer.ID {
		return view, api.Errorf(api.Refused, "let another operator do it", "an operator cannot remove themselves: nobody might be left who can")
	}
	o.Removed = time.Now().UTC()
	return o, n.store.PutOfficer(ctx, o)
}

// notFound words a look-up that found nothing, and passes other errors on.
func notFound(err error, next, message string) error {
	if errors.Is(err, store.ErrNotFound) {
		return api.Errorf(api.NotFound, next, "%s", message)
	}
	return err
}
