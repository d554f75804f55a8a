package node

import (
	"context"
	"errors"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// methods is what officers may call, each with the roles that may.
func (n *Node) methods() map[string]control.Method {
	const (
		investigator = casework.Investigator
		supervisor   = casework.Supervisor
		operator     = casework.Operator
		auditor      = casework.Auditor
	)
	m := func(h control.Handler, roles ...casework.Role) control.Method {
		return control.Method{Roles: roles, Handle: h}
	}
	return map[string]control.Method{
		api.MethodStatus:         m(n.status, investigator, supervisor, operator, auditor),
		api.MethodOfficerAdd:     m(n.officerAdd, operator),
		api.MethodOfficerList:    m(n.officerList, supervisor, operator, auditor),
		api.MethodOfficerRemove:  m(n.officerRemove, operator),
		api.MethodNetworkCreate:  m(n.networkCreate, operator),
		api.MethodNetworkInvite:  m(n.networkInvite, operator),
		api.MethodNetworkJoin:    m(n.networkJoin, operator),
		api.MethodNetworkApprove: m(n.networkApprove, operator),
		api.MethodNetworkMembers: m(n.networkMembers, investigator, supervisor, operator, auditor),
		api.MethodCaseNew:        m(n.caseNew, investigator, supervisor),
		api.MethodCaseList:       m(n.caseList, investigator, supervisor),
		api.MethodCaseShow:       m(n.caseShow, investigator, supervisor),
		api.MethodCaseClose:      m(n.caseClose, investigator, supervisor),
		api.MethodCaseExport:     m(n.caseExport, investigator, supervisor),
		api.MethodItemsAdd:       m(n.itemsAdd, investigator, supervisor),
		api.MethodReportsAdd:     m(n.reportsAdd, investigator, supervisor),
		api.MethodReportsList:    m(n.reportsList, investigator, supervisor),
		api.MethodReportShow:     m(n.reportShow, investigator, supervisor),
		api.MethodReportDecide:   m(n.reportDecide, investigator, supervisor),
		api.MethodSearch:         m(n.search, investigator, supervisor),
		api.MethodPublish:        m(n.publish, investigator, supervisor, operator),
		api.MethodAsk:            m(n.ask, investigator, supervisor),
		api.MethodInbox:          m(n.inbox, investigator, supervisor),
		api.MethodWhy:            m(n.why, investigator, supervisor),
		api.MethodDismiss:        m(n.dismiss, investigator, supervisor),
		api.MethodRequest:        m(n.request, investigator, supervisor),
		api.MethodApprove:        m(n.approve, supervisor),
		api.MethodRefuse:         m(n.refuse, investigator, supervisor),
		api.MethodAnswer:         m(n.answer, investigator, supervisor),
		api.MethodOpen:           m(n.open, investigator, supervisor),
		api.MethodUse:            m(n.use, investigator, supervisor),
		api.MethodDue:            m(n.due, investigator, supervisor, auditor),
	}
}

func (n *Node) officerAdd(ctx context.Context, call api.Call, _ api.Emitter) (any, error) {
	var p api.OfficerAdd
	if err := call.Bind(&p); err != nil {
		return nil, err
	}
	key, err := keyring.ParseOfficerPublic(p.Key)
	if err != nil {
		return nil, api.Errorf(api.Invalid, "the officer makes a key with 'crosscase officer keygen', or uses an ssh-ed25519 one", "%w", err)
	}
	if !p.Role.Valid() {
		return nil, api.Errorf(api.Invalid, "", "--role is investigator, supervisor, operator or auditor, not %q", p.Role)
	}
	if p.Name == "" {
		return nil, api.Errorf(api.Invalid, "", "the officer has no name")
	}
	// One key is one person: who had two roles with it could approve their own draft.
	if o, err := n.store.OfficerByKey(ctx, key); err == nil && o.Active() {
		return nil, api.Errorf(api.Refused, "remove that officer first", "the key is %s's (%s)", o.Name, o.Role)
	}
	o := casework.Officer{ID: casework.NewOfficerID(), Name: p.Name, Unit: p.Unit, Role: p.Role, Key: key, Added: time.Now().UTC()}
	return o, n.store.PutOfficer(ctx, o)
}

func (n *Node) officerList(ctx context.Context, _ api.Call, _ api.Emitter) (any, error) {
	all, err := n.store.Officers(ctx)
	if all == nil {
		all = []casework.Officer{}
	}
	return all, err
}

func (n *Node) officerRemove(ctx context.Context, call api.Call, _ api.Emitter) (any, error) {
	var p api.OfficerRemove
	if err := call.Bind(&p); err != nil {
		return nil, err
	}
	o, err := n.store.Officer(ctx, p.Officer)
	if err != nil {
		return nil, notFound(err, "'crosscase officer list' shows the ids", "there is no such officer")
	}
	if o.ID == call.Officer.ID {
		return nil, api.Errorf(api.Refused, "let another operator do it", "an operator cannot remove themselves: nobody might be left who can")
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
