package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show how the node, its ledger and its peers stand, and what waits",
		Example: "  crosscase status\n  crosscase status --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := call(cmd.Context(), a, api.Status, api.None{})
			if err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) { writeStatus(w, s) })
		},
	}
}

func writeStatus(w io.Writer, s api.StatusView) {
	fmt.Fprintf(w, "%s  %s  crosscase %s, normaliser %d\n", s.Agency, s.Phase, s.Version, s.Normaliser)
	if s.Alarm != "" {
		fmt.Fprintf(w, "ALARM   %s\n", s.Alarm)
	}
	if s.Ledger.Waiting != "" {
		fmt.Fprintf(w, "WAITS   the ledger's replica: %s\n", s.Ledger.Waiting)
	}
	if s.Ledger.Identity != "" {
		fmt.Fprintf(w, "LOST    its log; the identity of the one that it will begin is %s\n", s.Ledger.Identity)
	}
	writeClock(w, s.Ledger.ClockAhead)
	switch {
	case s.Network == "":
		fmt.Fprintln(w, "network none; found one with 'crosscase network create', or join one with 'crosscase network join'")
	case s.Phase == "starting":
		fmt.Fprintf(w, "network %s; its ledger is being read\n", s.Network)
	case s.Phase == "joining":
		fmt.Fprintf(w, "network %s; its members have not approved this agency yet: send them the join request, and leave the node running\n", s.Network)
	default:
		fmt.Fprintf(w, "network %s, epoch %d\n", s.Network, s.Epoch)
		leader := s.Ledger.Leader
		if leader == "" {
			leader = "none: no quorum, so nothing can be asked, answered or published"
		}
		fmt.Fprintf(w, "ledger  %d entries, %d certified; voters %v, quorum %d; leader %s\n", s.Ledger.Entries, s.Ledger.Certified, s.Ledger.Voters, s.Ledger.Quorum, leader)
	}
	counts(w, "items  ", s.Items)
	counts(w, "kept out of matching:", s.Kept)
	counts(w, "leads  ", s.Leads)
	if len(s.Peers) > 0 {
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(t, "PEER\tCOUNTRY\tCONNECTED\tTAGS SENT\tTAGS HELD\tBYTES OUT\tBYTES IN")
		for _, p := range s.Peers {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%d\n", p.Agency, p.Country, yes(p.Connected), p.Published, p.Received, p.Sent, p.Recv)
		}
		t.Flush()
	}
	for _, q := range s.Queued {
		fmt.Fprintf(w, "waits   %s %s %s: %s (since %s)\n", q.What, q.ID, q.Peer, q.Reason, q.Since.Format("2006-01-02 15:04"))
	}
}

// writeClock says that this machine's clock is off by some seconds, if it is.
func writeClock(w io.Writer, ahead int64) {
	if ahead == 0 {
		return
	}
	by, side := ahead, "ahead of"
	if ahead < 0 {
		by, side = -ahead, "behind"
	}
	amount := fmt.Sprintf("%d minutes", (by+30)/60)
	if by >= 48*3600 {
		amount = fmt.Sprintf("%d days", by/86400)
	}
	fmt.Fprintf(w, "CLOCK   this machine is %s %s most other voters: set it, or the ledger refuses what it dates\n", amount, side)
}

func counts(w io.Writer, title string, by map[string]uint64) {
	if len(by) == 0 {
		return
	}
	fmt.Fprint(w, title)
	for _, k := range slices.Sorted(maps.Keys(by)) {
		fmt.Fprintf(w, " %s %d", k, by[k])
	}
	fmt.Fprintln(w)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
