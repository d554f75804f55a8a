package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

func (a *app) inboxCommand() *cobra.Command {
	var p api.InboxRequest
	var limit int
	c := &cobra.Command{
		Use: "inbox", Short: "List leads, the most significant first, each with a reason",
		Example: "  crosscase inbox\n  crosscase inbox --all --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.Inbox, p)
			if err != nil {
				return err
			}
			err = a.print(r, func(w io.Writer) { writeLeads(w, r, limit, "--limit 0 shows all") })
			if err == nil && len(r) == 0 {
				return errNothing
			}
			return err
		},
	}
	c.Flags().BoolVar(&p.All, "all", false, "the dismissed and closed ones, too")
	c.Flags().IntVar(&limit, "limit", 30, "most to show, 0 for all; JSON holds all of them")
	return c
}

// writeLeads writes the most significant leads, and how the rest can be seen.
func writeLeads(w io.Writer, leads []api.LeadView, most int, rest string) {
	more := 0
	if most > 0 && len(leads) > most {
		leads, more = leads[:most], len(leads)-most
	}
	if len(leads) == 0 {
		fmt.Fprintln(w, "No lead. 'crosscase status' shows what was asked and what waits.")
		return
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "SCORE\tPEER\tKIND\tVALUE\tCASE\tSTATE\tWHY\tLEAD")
	for _, l := range leads {
		fmt.Fprintf(t, "%.2f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Lead.Score, l.Lead.Peer, l.Lead.Kind, shorten(l.Value, 44), strings.Join(l.CaseRefs, ","), stateOf(l.Lead), l.Reason, l.Lead.ID)
	}
	t.Flush()
	if more > 0 {
		fmt.Fprintf(w, "and %d more, less significant: %s\n", more, rest)
	}
}

// stateOf says where a lead stands and, of one that is withdrawn, by whom.
func stateOf(l casework.Lead) string {
	switch {
	case l.State != casework.LeadWithdrawn:
		return string(l.State)
	case l.WithdrawnBy == "":
		return "withdrawn here"
	}
	return "withdrawn by " + string(l.WithdrawnBy)
}

// shorten keeps a long value from breaking a table; JSON and 'why' have it whole.
func shorten(value string, most int) string {
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return value
}

// leadCommand builds a command on one lead.
func (a *app) leadCommand(use, short, example string, run func(cmd *cobra.Command, lead casework.LeadID) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " LEAD", Short: short, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := casework.ParseID[casework.LeadID](args[0])
			if err != nil {
				return api.Errorf(api.Invalid, "'crosscase inbox' shows the leads", "%w", err)
			}
			return run(cmd, id)
		},
	}
}

func (a *app) whyCommand() *cobra.Command {
	return a.leadCommand("why", "Explain a lead: what is shared, with whom, what its score is made of", "  crosscase why lead_...",
		func(cmd *cobra.Command, lead casework.LeadID) error {
			r, err := call(cmd.Context(), a, api.Why, api.WhyRequest{Lead: lead})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeWhy(w, r) })
		})
}

func writeWhy(w io.Writer, r api.WhyView) {
	fmt.Fprintf(w, "%s %s is also in the files of %s (%s, %s).\n", r.Lead.Lead.Kind, r.Lead.Value, r.Peer.Agency, dossier.OneLine(r.Peer.Name), r.Peer.Country)
	fmt.Fprintf(w, "Found %s. Neither side has seen anything else of the other's files.\n", r.Lead.Lead.Found.Format("2006-01-02 15:04"))
	fmt.Fprintf(w, "Score %.2f =\n", r.Lead.Lead.Score)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, f := range r.Factors {
		fmt.Fprintf(t, "  %s\t%.2f\t%s\n", f.Name, f.Value, f.Why)
	}
	t.Flush()
	for _, o := range r.Item.Occurrences {
		fmt.Fprintf(w, "own file: case %s, %s %s", o.CaseRef, o.Where.Provenance.Source, o.Where.Provenance.Record)
		if len(o.Where.Provenance.Assumed) > 0 {
			fmt.Fprintf(w, " (assumed: %s)", strings.Join(o.Where.Provenance.Assumed, "; "))
		}
		fmt.Fprintln(w)
		for _, c := range o.Where.Provenance.Context {
			fmt.Fprintf(w, "  its source says: %s\n", dossier.OneLine(c))
		}
	}
	if r.Next != "" {
		fmt.Fprintf(w, "next: %s\n", r.Next)
	}
}

func (a *app) dismissCommand() *cobra.Command {
	var reason string
	c := a.leadCommand("dismiss", "Put a lead away, with a reason", "  crosscase dismiss lead_... --reason 'own test purchase'",
		func(cmd *cobra.Command, lead casework.LeadID) error {
			r, err := call(cmd.Context(), a, api.Dismiss, api.DismissRequest{Lead: lead, Reason: reason})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { fmt.Fprintf(w, "%s is dismissed\n", r.Lead.ID) })
		})
	c.Flags().StringVar(&reason, "reason", "", "why (required)")
	return c
}
