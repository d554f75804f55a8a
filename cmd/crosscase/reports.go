package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/dossier"
)

func (a *app) reportsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "reports", Short: "The queue of what hotlines and the public report, before it is a case",
		Example: "  crosscase reports add week48.jsonl\n  crosscase reports list\n  crosscase reports accept rep_... --case NL-2026-0417",
	}
	c.AddCommand(a.reportsAddCommand(), a.reportsListCommand(), a.reportsShowCommand(), a.reportsAcceptCommand(), a.reportsDismissCommand())
	return c
}

func (a *app) reportsAddCommand() *cobra.Command {
	return &cobra.Command{
		Use: "add FILE|FOLDER|-", Short: "Put reports into the queue; what was reported before is folded into it",
		Long: "Reads the reports of hotlines (JSON, JSON Lines) and the posts of SMS gateways and web forms. Each is routed by the country that it states, or that of the caller's number. " +
			"Nothing of a report is in a case, or matched, before a person accepts it.",
		Example: "  crosscase reports add week48.jsonl\n  curl ... | crosscase reports add -", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			q := queue{ctx: cmd.Context(), client: client}
			o := intake.Options{Reports: q.take}
			var report intake.Report
			nothing := func(intake.Source, []intake.Found) error { return nil }
			if args[0] == "-" {
				report, err = intake.Read(cmd.Context(), intake.Source{Name: sourceName(args[0])}, a.in, intake.Defaults{}, o, func([]intake.Found) error { return nil })
			} else {
				report, err = intake.Walk(cmd.Context(), args[0], intake.Defaults{}, o, nothing, nil)
			}
			if err == nil {
				err = q.flush()
			}
			if err != nil {
				return readError(err)
			}
			err = a.print(map[string]any{"new": q.added.New, "folded": q.added.Folded, "report": report}, func(w io.Writer) {
				fmt.Fprintf(w, "%d reports are new; %d were there before, or repeat another, and were folded into it.\n", q.added.New, q.added.Folded)
				if others := report.Records - q.added.New - q.added.Folded; others > 0 {
					fmt.Fprintf(w, "%d other records are no reports; 'crosscase intake' takes such in.\n", others)
				}
				for _, p := range report.Problems {
					fmt.Fprintf(w, "  not taken: %s: %s\n", p.Record, p.Reason)
				}
				fmt.Fprintln(w, "next: 'crosscase reports list' shows what waits")
			})
			if err == nil && q.added.New+q.added.Folded == 0 {
				return errNothing
			}
			return err
		},
	}
}

// A queue gathers reports and brings them to the node.
type queue struct {
	ctx    context.Context
	client *control.Client
	source intake.Source
	batch  []api.Report
	bytes  int
	added  api.ReportsAddedView
}

func (q *queue) take(src intake.Source, r intake.PublicReport) error {
	if src != q.source {
		if err := q.flush(); err != nil {
			return err
		}
		q.source = src
	}
	q.batch = append(q.batch, api.Report{
		Record: r.Record, Theirs: r.ID, Caller: r.Caller, Email: r.Email, Text: r.Text, Seen: r.Seen, Country: r.Country, Why: r.Why, Consent: r.Consent, Keys: r.Keys(),
	})
	if q.bytes += 2 * len(r.Text); len(q.batch) < 1000 && q.bytes < 4<<20 {
		return nil
	}
	return q.flush()
}

func (q *queue) flush() error {
	if len(q.batch) == 0 {
		return nil
	}
	p := api.ReportsAddRequest{Source: q.source.Name, SHA256: q.source.SHA256, Reports: q.batch}
	r, err := api.ReportsAdd.Call(q.ctx, q.client, p)
	if err != nil {
		return err
	}
	q.added.New, q.added.Folded = q.added.New+r.New, q.added.Folded+r.Folded
	q.batch, q.bytes = nil, 0
	return nil
}

func (a *app) reportsListCommand() *cobra.Command {
	var p api.ReportsListRequest
	c := &cobra.Command{
		Use: "list", Short: "List the reports that wait, the most often repeated first",
		Example: "  crosscase reports list\n  crosscase reports list --country unrouted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.ReportsList, p)
			if err != nil {
				return err
			}
			err = a.print(r, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				for _, v := range r {
					fmt.Fprintf(t, "%s\t%s\t%s\t%dx\t%s\t%s\n", v.ID, v.Received.Format(time.DateOnly), routed(v), v.Repeated+1, v.State, opening(v.Text))
				}
				t.Flush()
				if len(r) == 0 {
					fmt.Fprintln(w, "No report waits.")
				}
			})
			if err == nil && len(r) == 0 {
				return errNothing
			}
			return err
		},
	}
	c.Flags().BoolVar(&p.All, "all", false, "the accepted and dismissed ones, too")
	c.Flags().StringVar(&p.Country, "country", "", "of one country, such as FR, or 'unrouted'")
	return c
}

// routed says where a report belongs.
func routed(v api.ReportView) string {
	switch {
	case v.Own:
		return v.Country + " here"
	case v.Route != "":
		return fmt.Sprintf("%s -> %s", v.Country, v.Route)
	case v.Country != "":
		return v.Country + " unrouted"
	}
	return "unrouted"
}

// opening is how a text begins.
func opening(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:57]) + "..."
	}
	return dossier.OneLine(text)
}

func (a *app) reportsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show REPORT", Short: "Show one report whole", Example: "  crosscase reports show rep_...", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := call(cmd.Context(), a, api.ReportShow, api.ReportShowRequest{Report: args[0]})
			if err != nil {
				return err
			}
			return a.print(v, func(w io.Writer) {
				fmt.Fprintf(w, "%s  %s, reported %d times\n  from     %s %s\n  route    %s", v.ID, v.State, v.Repeated+1, v.Source, v.Record, routed(v))
				if v.Why != "" {
					fmt.Fprintf(w, " (country %s)", v.Why)
				}
				fmt.Fprintf(w, "\n  consent  %v\n", v.Consent)
				for _, f := range [][2]string{{"caller", v.Caller}, {"email", v.Email}, {"case", v.Case}, {"reason", v.Reason}} {
					if f[1] != "" {
						fmt.Fprintf(w, "  %-8s %s\n", f[0], dossier.OneLine(f[1]))
					}
				}
				for line := range strings.SplitSeq(v.Text, "\n") {
					fmt.Fprintf(w, "  | %s\n", dossier.OneLine(line))
				}
			})
		},
	}
}

func (a *app) reportsAcceptCommand() *cobra.Command {
	var s sourceFlags
	var caseRef string
	c := &cobra.Command{
		Use: "accept REPORT --case CASE", Short: "Take a report's identifiers into a case, and the report out of the queue",
		Example: "  crosscase reports accept rep_... --case NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if caseRef == "" {
				return api.Errorf(api.Invalid, "'crosscase case new' opens one", "--case is missing")
			}
			d, err := s.defaults(a)
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			report, err := (&evidence.Reader{Node: client, CaseRef: caseRef}).Accept(cmd.Context(), args[0], d)
			if err != nil {
				return readError(err)
			}
			return a.print(report, func(w io.Writer) {
				if err := report.WriteText(w); err != nil {
					fmt.Fprintln(w, err)
				}
				fmt.Fprintf(w, "next: ask the others with 'crosscase ask --case %s'\n", caseRef)
			})
		},
	}
	s.flags(c)
	s.personFlags(c)
	c.Flags().StringVar(&caseRef, "case", "", "case that it goes into (required)")
	return c
}

func (a *app) reportsDismissCommand() *cobra.Command {
	var p api.ReportDecideRequest
	c := &cobra.Command{
		Use: "dismiss REPORT --reason REASON", Short: "Put a report away, with the reason", Example: "  crosscase reports dismiss rep_... --reason 'no offence'", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(p.Reason) == "" {
				return api.Errorf(api.Invalid, "", "--reason is missing")
			}
			p.Report = args[0]
			v, err := call(cmd.Context(), a, api.ReportDecide, p)
			if err != nil {
				return err
			}
			return a.print(v, func(w io.Writer) { fmt.Fprintf(w, "%s dismissed: %s\n", v.ID, v.Reason) })
		},
	}
	c.Flags().StringVar(&p.Reason, "reason", "", "why (required)")
	return c
}
