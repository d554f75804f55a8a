package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

const networkName = "crosscase.example/demo"

// An overseer has a key of its own, and later a copy of the ledger.
type overseer struct {
	secret  audit.Secret
	public  string // file
	genesis string // fingerprint, as heard at the founding
}

// setUp makes the overseer's keys and the three agencies, and starts them.
func (s *story) setUp(ctx context.Context) error {
	dir := filepath.Join(s.dir, "overseer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	secret, err := audit.NewOversight("Inspectorate (fictional)")
	if err != nil {
		return err
	}
	text, err := secret.Text()
	if err != nil {
		return err
	}
	public, err := secret.Public().Text()
	if err != nil {
		return err
	}
	s.overseer = &overseer{secret: secret, public: filepath.Join(dir, "oversight.key.pub")}
	if err := os.WriteFile(filepath.Join(dir, "oversight.key"), text, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(s.overseer.public, public, 0o644); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	s.agencies = theThree()
	for _, a := range s.agencies {
		a.dir = filepath.Join(s.dir, a.sample)
		g.Go(func() error {
			if err := a.initialise(gctx, s.overseer.public); err != nil {
				return fmt.Errorf("%s: %w", a.id, err)
			}
			if err := a.start(s.o.Program); err != nil {
				return err
			}
			if err := a.ready(gctx); err != nil {
				return err
			}
			return a.addOfficers(gctx)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, a := range s.agencies {
		s.tell.event("agency", map[string]any{"agency": a.id, "country": a.country, "pid": a.process.Process.Pid},
			"%-11s %s, %s: process %d, own keys, own store, three officers", a.id, a.name, a.country, a.process.Process.Pid)
	}
	return nil
}

// addOfficers registers an investigator and a supervisor with keys of their own.
func (a *agency) addOfficers(ctx context.Context) (err error) {
	for _, o := range []struct {
		role casework.Role
		to   *officer
	}{{casework.Investigator, &a.investigator}, {casework.Supervisor, &a.supervisor}} {
		if *o.to, err = a.newOfficer(string(o.role)); err != nil {
			return err
		}
		p := control.OfficerAdd{Name: fmt.Sprintf("The %s of %s", o.role, a.id), Role: o.role, Key: keyring.OfficerPublic(o.to.Public())}
		if err := a.as(a.operator).Call(ctx, control.MethodOfficerAdd, p, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// found lets the first agency found the network and the others join it.
func (s *story) found(ctx context.Context) error {
	first := s.agencies[0]
	var made control.Joined
	if err := first.as(first.operator).Call(ctx, control.MethodNetworkCreate, control.NetworkCreate{Name: networkName}, &made, nil); err != nil {
		return err
	}
	first.network, s.overseer.genesis = networkName, made.NetworkFingerprint
	s.tell.event("network", map[string]any{"network": networkName, "fingerprint": made.NetworkFingerprint},
		"%s founds %s\nfingerprint of the network   %s", first.id, networkName, made.NetworkFingerprint)
	for i, a := range s.agencies[1:] {
		if err := s.join(ctx, a, s.agencies[:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// join lets an agency join, by the approval of those who are in. What officers
// would read to each other over the phone is the fingerprint.
func (s *story) join(ctx context.Context, a *agency, members []*agency) error {
	first := members[0]
	var inv control.NetworkInvite
	if err := first.as(first.operator).Call(ctx, control.MethodNetworkInvite, struct{}{}, &inv, nil); err != nil {
		return err
	}
	var joined control.Joined
	err := a.as(a.operator).Call(ctx, control.MethodNetworkJoin, control.NetworkJoin{Invitation: inv.Invitation, Fingerprint: inv.Fingerprint}, &joined, nil)
	if err != nil {
		return err
	}
	a.network = networkName
	var approved control.Approved
	for i, m := range members {
		if approved.Admitted {
			break
		}
		p := control.NetworkApprove{Fingerprint: joined.MemberFingerprint, Agency: a.id}
		if i == 0 {
			p.JoinRequest = joined.JoinRequest
		}
		if err := m.until(ctx, "the proposal", func(control.Status) bool { return i == 0 || m.knows(ctx, a.id) }); err != nil {
			return err
		}
		if err := m.as(m.operator).Call(ctx, control.MethodNetworkApprove, p, &approved, nil); err != nil {
			return err
		}
		s.tell.event("approved", map[string]any{"by": m.id, "agency": a.id, "approvals": approved.Approvals, "needed": approved.Needed},
			"%s approves %s (%d of %d), which read out   %s", m.id, a.id, approved.Approvals, approved.Needed, joined.MemberFingerprint)
	}
	for _, m := range append([]*agency{a}, members...) {
		if err := m.until(ctx, "the ledger", func(st control.Status) bool {
			return st.Phase == "member" && len(st.Peers) == len(members) && st.Ledger.Certified == st.Ledger.Entries
		}); err != nil {
			return err
		}
	}
	return nil
}

// knows reports whether an agency's node has seen the proposal of another.
func (a *agency) knows(ctx context.Context, id casework.AgencyID) bool {
	var members []control.Member
	if err := a.as(a.operator).Call(ctx, control.MethodNetworkMembers, struct{}{}, &members, nil); err != nil {
		return false
	}
	for _, m := range members {
		if m.Agency == id {
			return true
		}
	}
	return false
}
