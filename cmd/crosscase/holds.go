package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
	"github.com/crosscase/crosscase/policy/sharing"
)

func (a *app) holdsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "holds", Short: "List what is held back while an operation is under way", Example: "  crosscase holds", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.HoldList, api.None{})
			if err == nil && len(r) == 0 {
				err = errNothing
			}
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				for _, h := range r {
					writeHold(w, h)
				}
			})
		},
	}
}

func writeHold(w io.Writer, h api.HoldView) {
	what := "case " + h.Case
	if h.Case == "" {
		what = h.Item.String() + "  " + h.Value
	}
	fmt.Fprintf(w, "%s\n  held by %s since %s: %s\n", dossier.OneLine(what), dossier.OneLine(h.By), h.At.Format("2006-01-02 15:04"), dossier.OneLine(h.Reason))
}

func (a *app) caseHold() *cobra.Command {
	var p api.CaseHoldRequest
	c := &cobra.Command{
		Use: "hold REFERENCE", Short: "Hold a case back while an operation is under way", Args: cobra.ExactArgs(1),
		Long:    "Nothing that the case holds, or that comes into it later, is published or asked until a supervisor releases it; an item that other cases have too is held with it.",
		Example: "  crosscase case hold NL-2026-0417 --reason 'arrests planned for the 14th'",
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Case = args[0]
			return hold(cmd, a, api.CaseHold, p)
		},
	}
	c.Flags().StringVar(&p.Reason, "reason", "", "which operation it is for (required)")
	return c
}

func (a *app) caseRelease() *cobra.Command {
	return &cobra.Command{
		Use: "release REFERENCE", Short: "End the hold on a case", Example: "  crosscase case release NL-2026-0417 --officer bakker.key", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return release(cmd, a, api.CaseRelease, api.CaseReleaseRequest{Case: args[0]})
		},
	}
}

func (a *app) itemHold() *cobra.Command {
	var h hints
	var reason string
	c := &cobra.Command{
		Use: "hold VALUE", Short: "Hold an item back while an operation is under way", Args: cobra.ExactArgs(1),
		Example: "  crosscase item hold '+44 7700 900145' --reason 'controlled delivery'",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := a.find(cmd.Context(), args[0], h)
			if err != nil {
				return err
			}
			return hold(cmd, a, api.ItemHold, api.ItemHoldRequest{Item: found.Item, Reason: reason})
		},
	}
	h.flags(c, "the agency's")
	c.Flags().StringVar(&reason, "reason", "", "which operation it is for (required)")
	return c
}

func (a *app) itemRelease() *cobra.Command {
	var h hints
	c := &cobra.Command{
		Use: "release VALUE", Short: "End the hold on an item", Args: cobra.ExactArgs(1),
		Example: "  crosscase item release '+44 7700 900145' --officer bakker.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := a.find(cmd.Context(), args[0], h)
			if err != nil {
				return err
			}
			return release(cmd, a, api.ItemRelease, api.ItemReleaseRequest{Item: found.Item})
		},
	}
	h.flags(c, "the agency's")
	return c
}

func (a *app) itemPermit() *cobra.Command {
	var h hints
	var from []string
	var p api.ItemPermitRequest
	var back bool
	var visible string
	c := &cobra.Command{
		Use: "permit VALUE", Short: "Record that those who disclosed an item permit it to be matched", Args: cobra.ExactArgs(1),
		Long: "What another agency disclosed stays here under its terms. Once that agency permits more, a supervisor records it with the reference of its letter or message; " +
			"of an item that several agencies disclosed, all of them. A new disclosure under terms needs a new permission.",
		Example: "  crosscase item permit '+44 7700 900145' --from fr-fiu --reference 'FR-2026-881 of 14 November' --officer bakker.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if p.Visibility, err = visibility(visible); err != nil {
				return err
			}
			if back {
				p.Visibility = casework.Local
			}
			for _, f := range from {
				p.From = append(p.From, casework.AgencyID(f))
			}
			found, err := a.find(cmd.Context(), args[0], h)
			if err != nil {
				return err
			}
			p.Item = found.Item
			r, err := call(cmd.Context(), a, api.ItemPermit, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				if back {
					fmt.Fprintf(w, "%s  the permission is taken back\n", r.Value)
					return
				}
				fmt.Fprintf(w, "%s  permitted by %v (%s): %s\n", r.Value, r.From, dossier.OneLine(r.Reference), r.Visibility)
				if r.WhyNot != "" {
					fmt.Fprintf(w, "  still kept out of matching: %s\n", sharing.Why(r.WhyNot))
				}
			})
		},
	}
	h.flags(c, "the agency's")
	c.Flags().StringSliceVar(&from, "from", nil, "agency that permits it (required)")
	c.Flags().StringVar(&p.Reference, "reference", "", "its letter or message (required)")
	c.Flags().StringVar(&visible, "visibility", "shared", "how far it may go: shared, or silent (asked, never published)")
	c.Flags().BoolVar(&back, "withdrawn", false, "take the permission back")
	return c
}

func hold[Request any](cmd *cobra.Command, a *app, m api.Method[Request, api.HoldView], request Request) error {
	r, err := call(cmd.Context(), a, m, request)
	if err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) {
		writeHold(w, r)
		fmt.Fprintf(w, "  %s\n", r.Withdrawn)
	})
}

func release[Request any](cmd *cobra.Command, a *app, m api.Method[Request, api.HoldView], request Request) error {
	r, err := call(cmd.Context(), a, m, request)
	if err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) {
		writeHold(w, r)
		fmt.Fprintln(w, "  released: what may be published and asked is again")
	})
}
