package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

func (a *app) inboxCommand() *cobra.Command {
	var p api.InboxRequest
	var limit int
	var peer, kind, since string
	c := &cobra.Command{
		Use: "inbox", Short: "List leads, the most significant first, each with a reason",
		Example: "  crosscase inbox\n  crosscase inbox --case NL-2026-0417 --kind phone --since 2026-11-20\n  crosscase inbox --all --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			p.Peer, p.Kind = casework.AgencyID(peer), casework.Kind(kind)
			if p.Since, err = sinceOf(since); err != nil {
				return err
			}
			if limit > 0 && !a.json {
				p.Limit = limit + 1 // one more, to say that there are others
			}
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
	f := c.Flags()
	f.BoolVar(&p.All, "all", false, "the dismissed, closed and withdrawn ones, too")
	f.BoolVar(&p.New, "new", false, "those alone about which nothing was done yet")
	f.StringVar(&p.Case, "case", "", "of one case")
	f.StringVar(&peer, "peer", "", "with one agency")
	f.StringVar(&kind, "kind", "", "of one kind of identifier")
	f.StringVar(&since, "since", "", "found on a day or later, such as 2026-11-20, or within days, such as 7d")
	f.IntVar(&limit, "limit", 30, "most to show, 0 for all; JSON holds all of them")
	return c
}

// sinceOf reads a day, or how many days ago.
func sinceOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return time.Now().UTC().AddDate(0, 0, -n), nil
		}
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, api.Errorf(api.Invalid, "give a day, such as 2026-11-20, or days, such as 7d", "%q is no day", text)
	}
	return at, nil
}

// writeLeads writes the most significant leads, and how the rest can be seen.
func writeLeads(w io.Writer, leads []api.LeadView, most int, rest string) {
	more := most > 0 && len(leads) > most
	if more {
		leads = leads[:most]
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
	if more {
		fmt.Fprintf(w, "and others, less significant: %s\n", rest)
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
			id, err := wholeID[casework.LeadID](cmd.Context(), a, args[0])
			if err != nil {
				return err
			}
			return run(cmd, id)
		},
	}
}

// wholeID reads an id, or the beginning of one that no other has.
func wholeID[I interface {
	~[16]byte
}, P interface {
	*I
	UnmarshalText([]byte) error
}](ctx context.Context, a *app, text string) (I, error) {
	id, err := casework.ParseID[I, P](text)
	if err == nil {
		return id, nil
	}
	whole, err := call(ctx, a, api.Resolve, api.ResolveRequest{Prefix: text})
	if err != nil {
		return id, err
	}
	return casework.ParseID[I, P](whole.ID)
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
	var p api.DismissRequest
	c := &cobra.Command{
		Use: "dismiss LEAD...", Short: "Put leads away, all with one reason, or take that back", Args: cobra.MinimumNArgs(1),
		Example: "  crosscase dismiss lead_k3m5 lead_9f2a --reason 'own test purchases'\n  crosscase dismiss lead_k3m5 --undo",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, text := range args {
				id, err := wholeID[casework.LeadID](cmd.Context(), a, text)
				if err != nil {
					return err
				}
				p.Leads = append(p.Leads, id)
			}
			r, err := call(cmd.Context(), a, api.Dismiss, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				for _, l := range r {
					fmt.Fprintf(w, "%s is %s\n", l.Lead.ID, l.Lead.State)
				}
			})
		},
	}
	c.Flags().StringVar(&p.Reason, "reason", "", "why (required)")
	c.Flags().BoolVar(&p.Undo, "undo", false, "take the dismissal back")
	return c
}
