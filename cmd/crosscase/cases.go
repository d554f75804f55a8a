package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) caseCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "case", Short: "Open, list, show and close cases",
		Example: "  crosscase case new NL-2026-0417 --offence human-trafficking --region NL --legal-basis 'Directive (EU) 2023/977'",
	}
	c.AddCommand(a.caseNew(), a.caseList(), a.caseShow(), a.caseClose(), a.caseHold(), a.caseRelease())
	return c
}

func (a *app) caseNew() *cobra.Command {
	var p api.CaseNewRequest
	var category, purpose string
	c := &cobra.Command{
		Use: "new REFERENCE", Short: "Open a case", Args: cobra.ExactArgs(1),
		Example: "  crosscase case new NL-2026-0417 --title 'Harbour rooms' --offence human-trafficking --region NL",
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Ref, p.Category, p.Purpose = args[0], casework.SubjectCategory(category), casework.Purpose(purpose)
			r, err := call(cmd.Context(), a, api.CaseNew, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "Case %s is open.\nnext: 'crosscase intake FILE --case %s'\n", r.Ref, r.Ref)
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
	return &cobra.Command{
		Use: "show REFERENCE", Short: "Show a case and what it holds", Example: "  crosscase case show NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, api.CaseShow, api.CaseShowRequest{Case: args[0], Holds: true})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%s  %s\n  offence %s, purpose %s, legal basis %s\n  handling %s, grading %s, category %s\n  %d items, %d leads\n",
					r.Case.Ref, r.Case.Title, r.Case.Offence, r.Case.Purpose, r.Case.LegalBasis, r.Case.Handling, r.Case.Grading, r.Case.Category.Or(), r.Items, r.Leads)
				counts(w, "  by kind:", r.ByKind)
			})
		},
	}
}

func (a *app) caseClose() *cobra.Command {
	return &cobra.Command{
		Use: "close REFERENCE", Short: "Close a case", Example: "  crosscase case close NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, api.CaseClose, api.CaseCloseRequest{Case: args[0]})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { fmt.Fprintf(w, "Case %s is closed.\n", r.Ref) })
		},
	}
}
