package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

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
