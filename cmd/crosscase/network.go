package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

func (a *app) networkCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "network", Short: "Found a network, invite, join, approve, expel; its members, keys and agreement",
		Long: "The members of a network share one ledger and one agreement. An agency joins in four steps: a member invites, " +
			"the agency joins with the invitation and sends back its join request, and members approve it after comparing " +
			"fingerprints over the phone. No member alone admits anybody once the network has several.",
		Example: "  crosscase network create example.org/pilot\n  crosscase network invite --out invitation.json",
	}
	c.AddCommand(a.networkCreate(), a.networkInvite(), a.networkJoin(), a.networkApprove(), a.networkMembers(), a.networkPolicy(), a.networkReplace(), a.networkExpel(), a.networkLeave(), a.networkRotate(), a.networkAgreement(),
		a.networkRecover(), a.networkSign(), a.networkSucceed())
	return c
}

func (a *app) networkCreate() *cobra.Command {
	var agreement string
	c := &cobra.Command{
		Use: "create NAME", Short: "Found a network with this agency as its first member",
		Example: "  crosscase network create example.org/counter-trafficking\n  crosscase network create example.org/pilot --agreement agreement.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := api.NetworkCreateRequest{Name: args[0]}
			if agreement != "" {
				text, err := os.ReadFile(agreement)
				if err != nil {
					return fmt.Errorf("agreement: %w", err)
				}
				p.Agreement = string(text)
			}
			r, err := call(cmd.Context(), a, api.NetworkCreate, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "The network %s is founded.\n  network fingerprint  %s\n  own fingerprint      %s\nnext: invite others with 'crosscase network invite'\n",
					r.Network, r.NetworkFingerprint, r.MemberFingerprint)
			})
		},
	}
	c.Flags().StringVar(&agreement, "agreement", "", "agreement in TOML (default: the built-in one)")
	return c
}

func (a *app) networkInvite() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "invite", Short: "Write an invitation for another agency",
		Example: "  crosscase network invite --out invitation.json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.NetworkInvite, api.None{})
			if err != nil {
				return err
			}
			if err := cli.WriteNew(out, []byte(r.Invitation), 0o600); err != nil {
				return err
			}
			return a.print(map[string]string{"file": out, "fingerprint": r.Fingerprint}, func(w io.Writer) {
				fmt.Fprintf(w, "Invitation written to %s; it holds no secret.\n  network fingerprint  %s\nnext: send the file, and read the fingerprint over the phone\n", out, r.Fingerprint)
			})
		},
	}
	c.Flags().StringVar(&out, "out", "invitation.json", "file to write")
	return c
}

func (a *app) networkJoin() *cobra.Command {
	var out, fingerprint string
	c := &cobra.Command{
		Use: "join INVITATION", Short: "Ask to join the network of an invitation",
		Example: "  crosscase network join invitation.json --fingerprint 'K3QF 7XZA ...' --out join.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("invitation: %w", err)
			}
			r, err := call(cmd.Context(), a, api.NetworkJoin, api.NetworkJoinRequest{Invitation: string(text), Fingerprint: fingerprint})
			if err != nil {
				return err
			}
			if err := cli.WriteNew(out, []byte(r.JoinRequest), 0o600); err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "Join request written to %s; it holds no secret.\n  own fingerprint  %s\nnext: send the file to the members, read them the fingerprint over the phone, and leave the node running\n", out, r.MemberFingerprint)
				if r.Restart {
					fmt.Fprintf(w, "Restart the node first: it then enters %s, and its ledger of the network before lies in its folder retired.\n", r.Network)
				}
			})
		},
	}
	c.Flags().StringVar(&out, "out", "join.json", "file to write")
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "the network's fingerprint, as heard from the inviting agency (required)")
	return c
}

func (a *app) networkApprove() *cobra.Command {
	var fingerprint string
	c := &cobra.Command{
		Use: "approve JOIN-REQUEST|AGENCY", Short: "Approve an agency that wants to join",
		Long:    "Approves a join request (its file, or the agency's name once a member has proposed it). The fingerprint is what the joining agency reads you over the phone; it is compared with the record's own.",
		Example: "  crosscase network approve join.json --fingerprint 'K3QF 7XZA ...'", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := api.NetworkApproveRequest{Fingerprint: fingerprint}
			if text, err := os.ReadFile(args[0]); err == nil {
				p.JoinRequest = string(text)
			} else {
				p.Agency = casework.AgencyID(args[0])
			}
			r, err := call(cmd.Context(), a, api.NetworkApprove, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				if r.Admitted {
					fmt.Fprintf(w, "%s is admitted (%d of %d approvals).\n", r.Agency, r.Approvals, r.Needed)
				} else {
					fmt.Fprintf(w, "%s has %d of %d approvals.\nnext: another member runs 'crosscase network approve %s'\n", r.Agency, r.Approvals, r.Needed, r.Agency)
				}
			})
		},
	}
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "the agency's fingerprint, as heard from it (required)")
	return c
}

func (a *app) networkMembers() *cobra.Command {
	return &cobra.Command{
		Use: "members", Short: "List members and those who want to join, with fingerprints",
		Example: "  crosscase network members", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.NetworkMembers, api.None{})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				fmt.Fprintln(t, "AGENCY\tCOUNTRY\tSTATE\tEPOCH\tCONNECTED\tOVERSIGHT\tFINGERPRINT")
				for _, m := range r {
					state := m.State
					if m.State == "proposed" {
						state = fmt.Sprintf("proposed, %d of %d", m.Approvals, m.Needed)
					}
					if len(m.WantGone) > 0 {
						state += fmt.Sprintf(", %d of %d want it gone", len(m.WantGone), m.Needed)
					}
					connected := yes(m.Connected)
					if m.Self {
						connected = "self"
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", m.Agency, m.Country, state, m.Epoch, connected, dossier.OneLine(m.Oversight), m.Fingerprint)
				}
				t.Flush()
			})
		},
	}
}
