package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) networkPolicy() *cobra.Command {
	var pin string
	c := &cobra.Command{
		Use: "policy", Short: "Print the voters' keys and a C2SP tlog-policy, for other clients of the ledger",
		Long: "Whoever follows the ledger with a tool that is not ours (torchwood, litewitness) needs the voters' keys. Such tools want every log of a policy to have signed, " +
			"so the policy has one voter's log and a quorum of all voters' cosignatures. Every checkpoint has the lines of all voters that were reachable: " +
			"while the pinned voter is down, take another with --pin. The voters change with the membership: print it again then.",
		Example: "  crosscase network policy > pilot.policy\n  crosscase network policy --pin fr-fiu", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.NetworkPolicy, api.NetworkPolicyRequest{Pin: casework.AgencyID(pin)})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "# origin %s\n# fingerprint of all voters' keys %s\n", r.Network, r.Fingerprint)
				for _, v := range r.Voters {
					fmt.Fprintf(w, "# %s: log %s cosigner %s\n", v.Agency, v.Log, v.Cosigner)
				}
				fmt.Fprint(w, r.Pinned)
			})
		},
	}
	c.Flags().StringVar(&pin, "pin", "", "the voter whose log signature is wanted (default: this agency, or the first voter)")
	return c
}
