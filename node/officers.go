package node

import (
	"context"
	"errors"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
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
		control.MethodStatus:         m(n.status, investigator, supervisor, operator, auditor),
		control.MethodOfficerAdd:     m(n.officerAdd, operator),
		control.MethodOfficerList:    m(n.officerList, supervisor, operator, auditor),
		control.MethodOfficerRemove:  m(n.officerRemove, operator),
		control.MethodNetworkCreate:  m(n.networkCreate, operator),
		control.MethodNetworkInvite:  m(n.networkInvite, operator),
		control.MethodNetworkJoin:    m(n.networkJoin, operator),
		control.MethodNetworkApprove: m(n.networkApprove, operator),
		control.MethodNetworkMembers: m(n.networkMembers, investigator, supervisor, operator, auditor),
		control.MethodCaseNew:        m(n.caseNew, investigator, supervisor),
		control.MethodCaseList:       m(n.caseList, investigator, supervisor),
		control.MethodCaseShow:       m(n.caseShow, investigator, supervisor),
		control.MethodCaseClose:      m(n.caseClose, investigator, supervisor),
		control.MethodCaseExport:     m(n.caseExport, investigator, supervisor),
		control.MethodItemsAdd:       m(n.itemsAdd, investigator, supervisor),
		control.MethodReportsAdd:     m(n.reportsAdd, investigator, supervisor),
		control.MethodReportsList:    m(n.reportsList, investigator, supervisor),
		control.MethodReportShow:     m(n.reportShow, investigator, supervisor),
		control.MethodReportDecide:   m(n.reportDecide, investigator, supervisor),
		control.MethodSearch:         m(n.search, investigator, supervisor),
		control.MethodPublish:        m(n.publish, investigator, supervisor, operator),
		control.MethodAsk:            m(n.ask, investigator, supervisor),
		control.MethodInbox:          m(n.inbox, investigator, supervisor),
		control.MethodWhy:            m(n.why, investigator, supervisor),
		control.MethodDismiss:        m(n.dismiss, investigator, supervisor),
		control.MethodRequest:        m(n.request, investigator, supervisor),
		control.MethodApprove:        m(n.approve, supervisor),
		control.MethodRefuse:         m(n.refuse, investigator, supervisor),
		control.MethodAnswer:         m(n.answer, investigator, supervisor),
		control.MethodOpen:           m(n.open, investigator, supervisor),
		control.MethodUse:            m(n.use, investigator, supervisor),
		control.MethodDue:            m(n.due, investigator, supervisor, auditor),
	}
}

func (n *Node) officerAdd(ctx context.Context, call control.Call, _ control.Emitter) (any, error) {
	var p control.OfficerAdd
	if err := call.Bind(&p); err != nil {
		return nil, err
	}
	key, err := keyring.ParseOfficerPublic(p.Key)
	if err != nil {
		return nil, control.Errorf(control.Invalid, "the officer makes a key with 'crosscase officer keygen', or uses an ssh-ed25519 one", "%w", err)
	}
	if !p.Role.Valid() {
		return nil, control.Errorf(control.Invalid, "", "--role is investigator, supervisor, operator or auditor, not %q", p.Role)
	}
	if p.Name == "" {
		return nil, control.Errorf(control.Invalid, "", "the officer has no name")
	}
	// One key is one person: who had two roles with it could approve their own draft.
	if o, err := n.store.OfficerByKey(ctx, key); err == nil && o.Active() {
		return nil, control.Errorf(control.Refused, "remove that officer first", "the key is %s's (%s)", o.Name, o.Role)
	}
	o := casework.Officer{ID: casework.NewOfficerID(), Name: p.Name, Unit: p.Unit, Role: p.Role, Key: key, Added: time.Now().UTC()}
	return o, n.store.PutOfficer(ctx, o)
}

func (n *Node) officerList(ctx context.Context, _ control.Call, _ control.Emitter) (any, error) {
	all, err := n.store.Officers(ctx)
	if all == nil {
		all = []casework.Officer{}
	}
	return all, err
}

func (n *Node) officerRemove(ctx context.Context, call control.Call, _ control.Emitter) (any, error) {
	var p control.OfficerRemove
	if err := call.Bind(&p); err != nil {
		return nil, err
	}
	o, err := n.store.Officer(ctx, p.Officer)
	if err != nil {
		return nil, notFound(err, "'crosscase officer list' shows the ids", "there is no such officer")
	}
	if o.ID == call.Officer.ID {
		return nil, control.Errorf(control.Refused, "let another operator do it", "an operator cannot remove themselves: nobody might be left who can")
	}
	o.Removed = time.Now().UTC()
	return o, n.store.PutOfficer(ctx, o)
}

// notFound words a look-up that found nothing, and passes other errors on.
func notFound(err error, next, message string) error {
	if errors.Is(err, store.ErrNotFound) {
		return control.Errorf(control.NotFound, next, "%s", message)
	}
	return err
}
