package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node/api"
)

const networkName = "crosscase.example/demo"

// An overseer has a key of its own, and later a copy of the ledger.
type overseer struct {
	secret  audit.Secret
	public  string // file
	genesis string // fingerprint, as heard at the founding
}

// A party is one of the three agencies, with the evidence that it holds.
type party struct {
	*agency.Agency
	sample  string // which of the sample folders is its evidence
	caseRef string
}

func theThree() []*party {
	return []*party{
		{&agency.Agency{ID: "nl-police", Name: "Politie Noord (fictional)", Country: "NL"}, "nl", "NL-2026-0417"},
		{&agency.Agency{ID: "fr-fiu", Name: "Cellule financière (fictional)", Country: "FR"}, "fr", "FR-2026-88"},
		{&agency.Agency{ID: "gb-hotline", Name: "Harbour Hotline (fictional)", Country: "GB"}, "gb", "GB-H-1203"},
	}
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
	text, err := secret.Wrap([]byte(agency.Passphrase))
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
		a.Dir = filepath.Join(s.dir, a.sample)
		g.Go(func() error {
			if err := a.Initialise(gctx, s.overseer.public); err != nil {
				return fmt.Errorf("%s: %w", a.ID, err)
			}
			if err := a.Start(s.o.Program); err != nil {
				return err
			}
			if err := a.Ready(gctx); err != nil {
				return err
			}
			return a.AddOfficers(gctx)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, a := range s.agencies {
		s.tell.event("agency", map[string]any{"agency": a.ID, "country": a.Country, "pid": a.Pid()},
			"%-11s %s, %s: process %d, own keys, own store, three officers", a.ID, a.Name, a.Country, a.Pid())
	}
	return nil
}

// found lets the first agency found the network and the others join it.
func (s *story) found(ctx context.Context) error {
	first := s.agencies[0]
	made, err := api.NetworkCreate.Call(ctx, first.As(first.Operator), api.NetworkCreateRequest{Name: networkName})
	if err != nil {
		return err
	}
	first.Network, s.overseer.genesis = networkName, made.NetworkFingerprint
	s.tell.event("network", map[string]any{"network": networkName, "fingerprint": made.NetworkFingerprint},
		"%s founds %s\nfingerprint of the network   %s", first.ID, networkName, made.NetworkFingerprint)
	for i, a := range s.agencies[1:] {
		if err := s.join(ctx, a, s.agencies[:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// join lets an agency join, by the approval of those who are in.
func (s *story) join(ctx context.Context, a *party, members []*party) error {
	var in []*agency.Agency
	for _, m := range members {
		in = append(in, m.Agency)
	}
	return a.Join(ctx, in, func(by *agency.Agency, r api.ApprovalView) {
		s.tell.event("approved", map[string]any{"by": by.ID, "agency": a.ID, "approvals": r.Approvals, "needed": r.Needed},
			"%s approves %s (%d of %d), which read out   %s", by.ID, a.ID, r.Approvals, r.Needed, r.Fingerprint)
	})
}
