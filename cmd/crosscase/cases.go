package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) caseCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "case", Short: "Open, list, show, edit and close cases, and see what they hold",
		Example: "  crosscase case new NL-2026-0417 --offence human-trafficking --region NL --legal-basis 'Directive (EU) 2023/977'",
	}
	c.AddCommand(a.caseNew(), a.caseList(), a.caseShow(), a.caseEdit(), a.caseClose(), a.caseReopen(), a.caseItems(), a.caseStanding(), a.sourceCommand(), a.caseHold(), a.caseRelease())
	return c
}

func (a *app) caseNew() *cobra.Command {
	var p api.CaseNewRequest
	var category, purpose, standing string
	c := &cobra.Command{
		Use: "new REFERENCE", Short: "Open a case", Args: cobra.ExactArgs(1),
		Example: "  crosscase case new NL-2026-0417 --title 'Harbour rooms' --offence human-trafficking --region NL",
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Ref, p.Category, p.Purpose = args[0], casework.SubjectCategory(category), casework.Purpose(purpose)
			until, err := untilOf(standing)
			if err != nil {
				return err
			}
			r, err := call(cmd.Context(), a, api.CaseNew, p)
			if err != nil {
				return err
			}
			if !until.IsZero() {
				if _, err := call(cmd.Context(), a, api.CaseStanding, api.CaseStandingRequest{Case: r.Ref, Until: until}); err != nil {
					return fmt.Errorf("the case is open, without a standing order: %w", err)
				}
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "Case %s is open.\n", r.Ref)
				if !until.IsZero() {
					fmt.Fprintf(w, "  what comes into it is asked until %s\n", onDay(until))
				}
				for _, line := range r.Unstated() {
					fmt.Fprintf(w, "  not stated: %s\n", line)
				}
				fmt.Fprintf(w, "next: 'crosscase intake FILE --case %s'; 'crosscase case edit %s' states what is missing\n", r.Ref, r.Ref)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&p.Title, "title", "", "title, for the own agency only")
	f.StringVar(&p.Offence, "offence", "", "common offence code, such as human-trafficking")
	f.StringVar(&p.Region, "region", "", "country of phone numbers that state none, such as NL")
	f.StringVar(&category, "category", "", "category of the persons its items are about (default: unknown)")
	f.StringVar(&p.Grading, "grading", "", "4x4 grading of its items, such as B2 (default: the worst)")
	f.StringVar(&p.Handling, "handling", "", "handling codes of its items (default: the strictest)")
	f.StringVar(&purpose, "purpose", string(casework.Investigate), "purpose of its queries")
	f.StringVar(&p.LegalBasis, "legal-basis", "", "legal basis of its queries")
	f.StringVar(&standing, "standing", "", "ask for what comes into it for so long, such as 90d, or until a day, such as 2026-12-31")
	return c
}

func (a *app) caseList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List cases", Example: "  crosscase case list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.CaseList, api.None{})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				fmt.Fprintln(t, "REFERENCE\tOFFENCE\tOPENED\tCLOSED\tTITLE")
				for _, c := range r {
					closed := ""
					if !c.Closed.IsZero() {
						closed = c.Closed.Format("2006-01-02")
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", c.Ref, c.Offence, c.Opened.Format("2006-01-02"), closed, c.Title)
				}
				t.Flush()
			})
		},
	}
}

func (a *app) caseShow() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "show REFERENCE", Short: "Show a case and what it holds", Example: "  crosscase case show NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, api.CaseShow, api.CaseShowRequest{Case: args[0], Holds: true})
			if err != nil {
				return err
			}
			items := api.CaseItemsView{}
			if limit > 0 && !a.json {
				if items, err = call(cmd.Context(), a, api.CaseItems, api.CaseItemsRequest{Case: args[0], Limit: limit}); err != nil {
					return err
				}
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%s  %s\n  offence %s, purpose %s, legal basis %s\n  handling %s, grading %s, category %s\n  %d items, %d leads\n",
					r.Case.Ref, r.Case.Title, r.Case.Offence, r.Case.Purpose, r.Case.LegalBasis, r.Case.Handling, r.Case.Grading, r.Case.Category.Or(), r.Items, r.Leads)
				if !r.Case.Closed.IsZero() {
					fmt.Fprintf(w, "  closed %s: what it holds is matched only where an open case holds it, too\n", r.Case.Closed.Format("2006-01-02"))
				}
				counts(w, "  by kind:", r.ByKind)
				if r.Standing != nil {
					writeStanding(w, *r.Standing)
				} else if r.Items > 0 {
					fmt.Fprintf(w, "  no standing order: what comes in is asked on 'crosscase ask --case %s' alone\n", r.Case.Ref)
				}
				writeItems(w, r.Case.Ref, items)
			})
		},
	}
	c.Flags().IntVar(&limit, "items", 20, "how many of its items to list, 0 for none; 'crosscase case items' lists all")
	return c
}

func (a *app) caseItems() *cobra.Command {
	var p api.CaseItemsRequest
	c := &cobra.Command{
		Use: "items REFERENCE", Short: "List what a case holds: where it came from, what was asked, and its leads",
		Example: "  crosscase case items NL-2026-0417\n  crosscase case items NL-2026-0417 --after 50 --limit 200", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Case = args[0]
			r, err := call(cmd.Context(), a, api.CaseItems, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeItems(w, p.Case, r) })
		},
	}
	c.Flags().Int64Var(&p.After, "after", 0, "number that the page before ended with")
	c.Flags().IntVar(&p.Limit, "limit", 50, "most to list, up to 500")
	return c
}

// writeItems writes a page of a case's items, and how to see the next.
func writeItems(w io.Writer, ref string, page api.CaseItemsView) {
	if len(page.Items) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "KIND\tVALUE\tFROM\tIMPORTED\tSEEN\tASKED\tLEADS\tITEM")
	for _, it := range page.Items {
		from, imported := "", ""
		for _, o := range it.Occurrences {
			if o.CaseRef == ref {
				from, imported = o.Where.Provenance.Source+" "+o.Where.Provenance.Record, onDay(o.Where.Provenance.Imported)
				if o.Where.Withdrawn != nil {
					from += " (withdrawn)"
				}
				break
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", it.Kind, shorten(it.Value, 44), shorten(from, 40), imported, onDay(it.LastSeen), asked(it), openLeads(it.Leads), it.Item)
	}
	t.Flush()
	if page.Next > 0 {
		fmt.Fprintf(w, "there are more: 'crosscase case items %s --after %d'\n", ref, page.Next)
	}
}

// onDay is the day of a time, and a dash where there is none.
func onDay(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("2006-01-02")
}

// asked says in a few words how an item stands with the other agencies.
func asked(it api.ItemView) string {
	if it.WhyNot != "" {
		return "no: " + string(it.WhyNot)
	}
	by := map[api.AnswerKind]int{}
	for _, v := range it.Answers {
		by[v.Answer]++
	}
	var parts []string
	for _, kind := range []api.AnswerKind{
		api.AnswerHit, api.AnswerCommon, api.AnswerNone, api.AnswerAway, api.AnswerWaits, api.AnswerRefused, api.AnswerNotAsked, api.AnswerNotAgreed, api.AnswerKeptOut,
	} {
		if by[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", by[kind], kind))
		}
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

func openLeads(leads []casework.Lead) (n int) {
	for _, l := range leads {
		if l.State == casework.LeadNew || l.State == casework.LeadRequested {
			n++
		}
	}
	return n
}

func (a *app) caseEdit() *cobra.Command {
	var p api.CaseEditRequest
	var category, purpose string
	c := &cobra.Command{
		Use: "edit REFERENCE", Short: "Change what a case states; what came in before keeps what it was stored with",
		Example: "  crosscase case edit NL-2026-0417 --handling H1 --grading B2", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Case, p.Category, p.Purpose = args[0], casework.SubjectCategory(category), casework.Purpose(purpose)
			r, err := call(cmd.Context(), a, api.CaseEdit, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%s: offence %s, purpose %s, legal basis %s, handling %s, grading %s, category %s\n", r.Ref, r.Offence, r.Purpose, r.LegalBasis, r.Handling, r.Grading, r.Category.Or())
			})
		},
	}
	f := c.Flags()
	f.StringVar(&p.Title, "title", "", "title, for the own agency only")
	f.StringVar(&p.Offence, "offence", "", "common offence code")
	f.StringVar(&p.Region, "region", "", "country of phone numbers that state none, such as NL")
	f.StringVar(&category, "category", "", "category of the persons its items are about")
	f.StringVar(&p.Grading, "grading", "", "grading of its items, such as B2")
	f.StringVar(&p.Handling, "handling", "", "handling codes of its items, such as H1")
	f.StringVar(&purpose, "purpose", "", "purpose of its queries")
	f.StringVar(&p.LegalBasis, "legal-basis", "", "legal basis of its queries")
	return c
}

func (a *app) caseClose() *cobra.Command {
	return a.caseTurn("close", "Close a case, and take what it holds out of matching", api.CaseClose, func(w io.Writer, r api.CaseClosedView) {
		fmt.Fprintf(w, "Case %s is closed. %d of its identifiers were matched; %d still are, because an open case holds them, too.\n", r.Case.Ref, r.Before, r.After)
		fmt.Fprintln(w, "The other agencies are told to remove its tags, with the next batch of removals; their leads on them, and its own, are withdrawn.")
		if r.Requested > 0 {
			fmt.Fprintf(w, "%d of its leads are in requests for disclosure, which go on: 'crosscase due'\n", r.Requested)
		}
	})
}

func (a *app) caseReopen() *cobra.Command {
	return a.caseTurn("reopen", "Open a closed case again; what it holds is matched as before", api.CaseReopen, func(w io.Writer, r api.CaseClosedView) {
		fmt.Fprintf(w, "Case %s is open. %d of its identifiers are matched.\n", r.Case.Ref, r.After)
	})
}

func (a *app) caseTurn(use, short string, m api.Method[api.CaseCloseRequest, api.CaseClosedView], write func(io.Writer, api.CaseClosedView)) *cobra.Command {
	return &cobra.Command{
		Use: use + " REFERENCE", Short: short, Example: "  crosscase case " + use + " NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, m, api.CaseCloseRequest{Case: args[0]})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { write(w, r) })
		},
	}
}

func (a *app) sourceCommand() *cobra.Command {
	c := &cobra.Command{Use: "source", Short: "List what came into a case together, and take one import back whole", Example: "  crosscase case source list NL-2026-0417"}
	list := &cobra.Command{
		Use: "list CASE", Short: "List what came into a case together", Example: "  crosscase case source list NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, api.SourceList, api.CaseCloseRequest{Case: args[0]})
			if err != nil {
				return err
			}
			err = a.print(r, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				fmt.Fprintln(t, "SOURCE\tNAME\tIMPORTED\tFORMAT\tRECORDS\tWITHDRAWN")
				for _, s := range r {
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\n", s.ID, s.Name, s.Imported.Format("2006-01-02 15:04"), s.Format, s.Places, s.Withdrawn)
				}
				t.Flush()
			})
			if err == nil && len(r) == 0 {
				return errNothing
			}
			return err
		},
	}
	var p api.SourceRemoveRequest
	remove := &cobra.Command{
		Use: "remove CASE SOURCE", Short: "Take one import back whole: what no other source holds is erased",
		Example: "  crosscase case source remove NL-2026-0417 src_9f86d08188 --reason 'phone of another case'", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Case, p.Source = args[0], args[1]
			r, err := call(cmd.Context(), a, api.SourceRemove, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%d records are taken back; %d items are erased.\n", r.Places, r.Erased)
				if r.Loose > 0 {
					fmt.Fprintf(w, "%d more are out of matching, and are erased once the other agencies were told to remove their tags.\n", r.Loose)
				}
			})
		},
	}
	remove.Flags().StringVar(&p.Reason, "reason", "", "why (required)")
	c.AddCommand(list, remove)
	return c
}
