package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) networkExpel() *cobra.Command {
	var p api.NetworkExpelRequest
	c := &cobra.Command{
		Use: "expel AGENCY", Short: "Ask that a member be expelled, or support that",
		Long: "A member goes once the share of the members that the agreement names wants it gone (two thirds by default), the member " +
			"itself counted among them. From then on no node answers it or talks to it, and what it published is deleted. It keeps its copy of the " +
			"ledger as it was, and what it had learned. A member wants one other gone at a time: naming another takes the first wish back.",
		Example: "  crosscase network expel xx-agency --reason agreement-broken", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Agency = casework.AgencyID(args[0])
			r, err := call(cmd.Context(), a, api.NetworkExpel, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				if r.Expelled {
					fmt.Fprintf(w, "%s is expelled.\n", r.Agency)
					return
				}
				fmt.Fprintf(w, "%d of %d members want %s gone (%s).\nnext: others run 'crosscase network expel %s --reason %s'\n",
					len(r.WantGone), r.Needed, r.Agency, names(r.WantGone), r.Agency, p.Reason)
			})
		},
	}
	c.Flags().StringVar(&p.Reason, "reason", "", "why, as a code that every member reads, such as key-stolen (required)")
	return c
}

func (a *app) networkLeave() *cobra.Command {
	p := api.NetworkExpelRequest{Leave: true, Reason: "leaves"}
	c := &cobra.Command{
		Use: "leave", Short: "Take this agency out of the network, for good",
		Long: "Ends this agency's membership. Its node goes on with its cases and matches with nobody; the others delete what it published. " +
			"It cannot come back under the same name: to join again, make another node with 'crosscase init'.",
		Example: "  crosscase network leave --yes", Args: cobra.NoArgs,
	}
	yes := c.Flags().Bool("yes", false, "leave without being asked")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if !*yes {
			if err := a.confirm("This agency leaves the network for good, and cannot come back under its name.\n", "Leave? Type yes: "); err != nil {
				return err
			}
		}
		r, err := call(cmd.Context(), a, api.NetworkExpel, p)
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) { fmt.Fprintf(w, "%s is no member any more.\n", r.Agency) })
	}
	return c
}
