package node

import (
	"context"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk/asking"
	"github.com/crosscase/crosscase/node/desk/cases"
	"github.com/crosscase/crosscase/node/desk/disclosing"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/desk/holding"
	"github.com/crosscase/crosscase/node/desk/leads"
	"github.com/crosscase/crosscase/node/desk/members"
	"github.com/crosscase/crosscase/node/desk/officers"
	"github.com/crosscase/crosscase/node/desk/oversight"
	"github.com/crosscase/crosscase/node/desk/reports"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/retention"
)

// use returns what a desk uses of the services, or why there are none yet.
func use[T any](n *Node, of func(*services) T) func() (T, error) {
	return func() (T, error) {
		s, err := n.inNetwork()
		if err != nil {
			var none T
			return none, err
		}
		return of(s), nil
	}
}

// handlers puts the desks together.
func (n *Node) handlers() (api.Handlers, error) {
	agency := n.cfg.Agency.ID
	n.retention = &retention.Service{Store: n.store, Network: use(n, n.erasing), Logger: n.log, Every: n.cfg.Matching.RemoveEvery.Duration}
	again := func() {
		if s, err := n.inNetwork(); err == nil {
			s.match.LookAgain()
		}
	}
	items := &evidence.Desk{Store: n.store, Added: func() {}, Changed: func() {}, Again: again, Now: time.Now}
	inbox := &leads.Desk{Store: n.store, Items: items, Ledger: use(n, func(s *services) leads.Ledger { return s.replica }), Now: time.Now}
	questions := &asking.Desk{
		Agency: agency, Store: n.store, Evidence: items, Leads: inbox, Progress: n.progress, Wake: make(chan struct{}, 1), Now: time.Now,
		Network: use(n, func(s *services) asking.Network { return asking.Network{Ledger: s.replica, Match: s.match} }),
	}
	items.Answers, items.Added = questions, questions.WakeStanding
	n.questions = questions
	if n.cfg.Matching.Publish == "auto" {
		items.Changed = questions.PublishToAll
		items.Added = func() { questions.PublishToAll(); questions.WakeStanding() }
	}
	n.cases = &cases.Desk{
		Store: n.store, Items: items, Ledger: use(n, func(s *services) cases.Ledger { return s.replica }), Changed: items.Changed, Again: again,
		Standing: questions.StandingOf,
		Erase:    n.retention.Sweep, Logger: n.log, Now: time.Now,
	}
	held := &holding.Desk{Store: n.store, Changed: questions.PublishToAll, Manual: n.cfg.Matching.Publish != "auto", Now: time.Now}
	if held.Manual {
		held.Changed = func() {}
	}
	n.members = &members.Desk{
		Dir: n.cfg.Dir, Agency: n.cfg.Agency, Announce: n.cfg.Listen.Announce, Oversight: n.oversight, Keys: n.keys, Host: place{n},
		Membership: n.membership, Ledger: use(n, func(s *services) members.Ledger { return s.replica }), Now: time.Now,
		Started: func(ctx context.Context) (members.Ledger, error) {
			s, err := n.running.await(ctx)
			if err != nil {
				return nil, err
			}
			return s.replica, nil
		},
		KeepOversight: func(p audit.Public) error { return keepOversight(n.cfg.Path(n.cfg.Oversight.File), p) },
	}
	watch := &oversight.Desk{
		Agency: agency, Version: n.version, QueryProtocol: match.QueryProtocol, Store: n.store, Questions: questions, Network: n.networkName,
		Services: func() (oversight.Ledger, oversight.Peers, bool) {
			s, ok := n.running.get()
			if !ok {
				return nil, nil, false
			}
			return s.replica, place{n}, true
		},
	}
	queue := &reports.Desk{
		Agency: agency, Country: n.cfg.Agency.Country, Store: n.store, Ledger: use(n, func(s *services) reports.Ledger { return s.replica }),
		Logger: n.log, Now: time.Now,
	}
	return api.Table(
		(&officers.Desk{Store: n.store, Now: time.Now}).Handlers(),
		n.cases.Handlers(),
		(&disclosing.Desk{Store: n.store, Steps: use(n, func(s *services) disclosing.Steps { return s.disclose }), Now: time.Now,
			Ledger: use(n, func(s *services) disclosing.Ledger { return s.replica })}).Handlers(),
		held.Handlers(), items.Handlers(), inbox.Handlers(), questions.Handlers(), n.members.Handlers(), watch.Handlers(), queue.Handlers(),
	)
}

// erasing is what retention uses of a network.
func (n *Node) erasing(s *services) retention.Network {
	network := retention.Network{Append: s.replica.Append, Outputs: s.match.EraseOutputs}
	s.replica.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != n.cfg.Agency.ID {
				network.Members = append(network.Members, m.Agency)
			}
		}
	})
	return network
}
