package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) networkReplace() *cobra.Command {
	var identity string
	c := &cobra.Command{
		Use: "replace AGENCY", Short: "Approve that a voter whose disk is lost begins again",
		Long: "A voter that lost its ledger folder comes back by itself once every other voter has told it what it signed. " +
			"Where one of them stays away, the members can approve that it begins again without: more than half of them run this " +
			"command with the identity that 'crosscase status' shows at the agency, and that its operator reads to them over the phone.",
		Example: "  crosscase network replace fr-fiu --identity '3f2a 9c01 77de 0b5c 12aa 9e40 c3d1 f00d'", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, api.NetworkReplace, api.NetworkReplaceRequest{Agency: casework.AgencyID(args[0]), Identity: identity})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				if r.Replaced {
					fmt.Fprintf(w, "The lost log of %s is replaced (%d of %d approvals): it takes part again when a majority of the voters has answered it.\n", r.Agency, r.Approvals, r.Needed)
				} else {
					fmt.Fprintf(w, "%s has %d of %d approvals.\nnext: another member runs the same command\n", r.Agency, r.Approvals, r.Needed)
				}
			})
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "the identity of its new log, as heard from the agency (required)")
	return c
}

func (a *app) networkRecover() *cobra.Command {
	var out, agreement string
	c := &cobra.Command{
		Use: "recover SUCCESSOR", Short: "Begin to succeed a network whose voters are gone for good",
		Long: "Where a majority of the voters will never come back, nothing can be logged any more. Those who are left then retire the " +
			"network at its last certified checkpoint and found a successor, by signatures that everybody can see: the agency whose ledger " +
			"is the longest runs this command; the others sign the file ('crosscase network sign'), and so does the oversight body of each " +
			"('crosscase-audit seam'); the first agency founds the successor ('crosscase network succeed') and invites the others, who join " +
			"as members of the retired network. Nothing that was receipted is lost: the retired ledger stays in each node's folder 'retired', " +
			"and 'crosscase-audit verify --retired' checks across the seam.",
		Example: "  crosscase network recover example.org/pilot-2 --out seam.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := api.NetworkRecoverRequest{Name: args[0]}
			if agreement != "" {
				text, err := os.ReadFile(agreement)
				if err != nil {
					return fmt.Errorf("agreement: %w", err)
				}
				p.Agreement = string(text)
			}
			r, err := call(cmd.Context(), a, api.NetworkRecover, p)
			if err != nil {
				return err
			}
			return a.printSeam(r, out)
		},
	}
	c.Flags().StringVar(&out, "out", "seam.json", "file to write")
	c.Flags().StringVar(&agreement, "agreement", "", "agreement of the successor in TOML (default: that of the network now)")
	return c
}

func (a *app) networkSign() *cobra.Command {
	var out, fingerprint string
	c := &cobra.Command{
		Use: "sign SEAM", Short: "Sign that this network ended, and who succeeds it",
		Long:    "Signs a file of 'crosscase network recover' at another survivor. The fingerprint is what the agency that made it reads to you. A seam that leaves out what is certified here is refused.",
		Example: "  crosscase network sign seam.json --fingerprint 'K3QF 7XZA ...' --out seam-fr.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("seam: %w", err)
			}
			r, err := call(cmd.Context(), a, api.NetworkSign, api.NetworkSignRequest{Seam: string(text), Fingerprint: fingerprint})
			if err != nil {
				return err
			}
			return a.printSeam(r, out)
		},
	}
	c.Flags().StringVar(&out, "out", "seam-signed.json", "file to write")
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "the seam's fingerprint, as heard from the agency that made it (required)")
	return c
}

func (a *app) printSeam(r api.SeamView, out string) error {
	if err := cli.WriteNew(out, []byte(r.Seam), 0o600); err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "Seam written to %s; it holds no secret.\n  retires      %s at %d entries\n  successor    %s\n  fingerprint  %s\n  signed by    %v\n",
			out, r.Network, r.Entries, r.Successor, r.Fingerprint, r.Survivors)
		if len(r.Lost) > 0 {
			fmt.Fprintf(w, "  lost         %v, unless they sign\n", r.Lost)
		}
		if len(r.Unsigned) > 0 {
			fmt.Fprintf(w, "next: the oversight body of %v signs with 'crosscase-audit seam %s'\n", r.Unsigned, out)
		}
	})
}

func (a *app) networkSucceed() *cobra.Command {
	return &cobra.Command{
		Use: "succeed SEAM", Short: "Found the successor that a seam names, with all signatures",
		Example: "  crosscase network succeed seam-all.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("seam: %w", err)
			}
			r, err := call(cmd.Context(), a, api.NetworkSucceed, api.NetworkSucceedRequest{Seam: string(text)})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "The network %s is founded as the successor.\n  network fingerprint  %s\n  own fingerprint      %s\nnext: restart the node, and invite the other survivors with 'crosscase network invite'\n",
					r.Network, r.NetworkFingerprint, r.MemberFingerprint)
			})
		},
	}
}
