package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

func (a *app) requestCommand() *cobra.Command {
	var p api.DraftRequest
	var wanted []string
	var purpose, urgency string
	c := a.leadCommand("request", "Draft a request for disclosure on a lead; a second officer approves it",
		"  crosscase request lead_... --want contact,case-summary --facts 'Same broker in both cases' --necessity 'No other way to identify the broker'",
		func(cmd *cobra.Command, lead casework.LeadID) error {
			p.Lead, p.Purpose, p.Urgency = lead, casework.Purpose(purpose), casework.Urgency(urgency)
			for _, f := range wanted {
				p.Wanted = append(p.Wanted, casework.Field(f))
			}
			return step(cmd, a, api.Request, p)
		})
	f := c.Flags()
	f.StringSliceVar(&wanted, "want", []string{"contact", "case-summary"}, "what is asked for: "+fields())
	f.StringVar(&p.Facts, "facts", "", "the facts in short (required)")
	f.StringVar(&p.Necessity, "necessity", "", "why it is necessary and proportionate (required)")
	f.StringVar(&purpose, "purpose", "", "purpose (default: the case's)")
	f.StringVar(&p.Offence, "offence", "", "common offence code (default: the case's)")
	f.StringVar(&p.LegalBasis, "legal-basis", "", "legal basis (default: the case's)")
	f.StringVar(&urgency, "urgency", "routine", "routine (7 days), urgent-indirect (3 days) or urgent (8 hours)")
	f.StringVar(&p.Use, "use", "intelligence", "intelligence or evidence")
	f.StringVar(&p.Judicial, "judicial", "", "reference of a judicial authorisation")
	f.StringVar(&p.Handling, "handling", "H1+H2", "handling codes of the request itself")
	f.IntVar(&p.Retention, "retention-days", 180, "how long the answer may be kept")
	f.StringVar(&p.Contact, "contact", "", "whom to call (default: the agency's contact)")
	return c
}

func fields() string {
	var all []string
	for _, f := range casework.Fields() {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

// requestRefCommand builds a command on one request.
func (a *app) requestRefCommand(use, short, example string, run func(cmd *cobra.Command, id casework.RequestID) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " REQUEST", Short: short, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := wholeID[casework.RequestID](cmd.Context(), a, args[0])
			if err != nil {
				return err
			}
			return run(cmd, id)
		},
	}
}

// step makes a call whose result is a dossier, and prints it.
func step[Request any](cmd *cobra.Command, a *app, m api.Method[Request, api.DossierView], request Request) error {
	r, err := call(cmd.Context(), a, m, request)
	if err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) { writeDossier(w, r) })
}

func writeDossier(w io.Writer, d api.DossierView) {
	direction := "to"
	if d.Direction == "in" {
		direction = "from"
	}
	fmt.Fprintf(w, "%s  %s %s  %s\n", d.Request.ID, direction, d.Peer, d.State)
	if d.Value != "" {
		fmt.Fprintf(w, "  about    %s %s\n", d.Request.Kind, d.Value)
	}
	if d.Outcome != "" {
		fmt.Fprintf(w, "  outcome  %s %s\n", d.Outcome, d.Ground)
	}
	for _, line := range d.Policy {
		fmt.Fprintf(w, "  policy   %s\n", line)
	}
	writeDraft(w, d)
	if d.Failed != "" {
		fmt.Fprintf(w, "  failed   %s\n", d.Failed)
	}
	if !d.Due.IsZero() {
		late := ""
		if d.Overdue {
			late = "  OVERDUE"
		}
		fmt.Fprintf(w, "  due      %s%s\n", d.Due.Format(time.RFC3339), late)
	}
	for _, s := range d.Steps {
		entry := ""
		if s.Entry > 0 {
			entry = fmt.Sprintf("  ledger entry %d", s.Entry)
		}
		fmt.Fprintf(w, "  %s  %s%s\n", s.At.Format("2006-01-02 15:04:05"), s.State, entry)
	}
	if d.Next != "" {
		fmt.Fprintf(w, "next: %s\n", d.Next)
	}
}

// writeDraft shows what an officer is to decide on, or a second one to approve: every
// field of it.
func writeDraft(w io.Writer, d api.DossierView) {
	if d.Of != "" {
		fmt.Fprintf(w, "  draft    %s\n", d.Of[:min(12, len(d.Of))])
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, line := range d.Rendering {
		fmt.Fprintf(t, "    %s\t%s\n", line.Name, line.Value)
	}
	t.Flush()
}

func (a *app) approveCommand() *cobra.Command {
	var of string
	c := a.requestRefCommand("approve", "Approve a request, or an answer, that another officer drafted",
		"  crosscase due --officer bakker.key\n  crosscase approve req_... --of 3f2a9c01b7de --officer bakker.key",
		func(cmd *cobra.Command, id casework.RequestID) error {
			draft, err := a.draft(cmd, id, of)
			if err != nil {
				return err
			}
			return step(cmd, a, api.Approve, api.ApproveRequest{Request: id, Of: draft})
		})
	c.Flags().StringVar(&of, "of", "", "the draft that you have read, as 'crosscase due' names it (required)")
	return c
}

// draft names the draft that waits for an approval and that the officer has read.
// The node refuses another.
func (a *app) draft(cmd *cobra.Command, id casework.RequestID, read string) (string, error) {
	if len(read) < 8 {
		return "", api.Errorf(api.Invalid, "read it with 'crosscase due', which names the draft", "--of is missing, or has not 8 letters and digits")
	}
	all, err := call(cmd.Context(), a, api.Due, api.None{})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(d api.DossierView) bool { return d.Request.ID == id })
	if i < 0 {
		return "", api.Errorf(api.NotFound, "'crosscase due' shows the requests", "there is no such request")
	}
	if all[i].Of == "" {
		return "", api.Errorf(api.Refused, "'crosscase due' shows how it stands", "nothing of the request waits for an approval")
	}
	if of := all[i].Rendering.Digest(); of != all[i].Of {
		return "", api.Errorf(api.Refused, "the node or what it keeps was changed", "the node names another draft than it shows")
	}
	if !strings.HasPrefix(all[i].Of, read) {
		return "", api.Errorf(api.Refused, "read it again: 'crosscase due'", "what is drafted now is not what you have read")
	}
	return all[i].Of, nil
}

func (a *app) refuseCommand() *cobra.Command {
	var p api.RefuseRequest
	var ground string
	var grounds []string
	for _, g := range casework.Grounds() {
		grounds = append(grounds, string(g))
	}
	c := a.requestRefCommand("refuse", "Refuse a request of another agency, with its ground",
		"  crosscase refuse req_... --ground ongoing_investigation_or_safety",
		func(cmd *cobra.Command, id casework.RequestID) error {
			p.Request, p.Ground = id, casework.Ground(ground)
			return step(cmd, a, api.Refuse, p)
		})
	c.Flags().StringVar(&ground, "ground", "", "one of: "+strings.Join(grounds, ", "))
	return c
}

func (a *app) answerCommand() *cobra.Command {
	var p api.AnswerRequest
	var list []string
	var seen casework.Authorisation
	var authorised string
	c := a.requestRefCommand("answer", "Draft an answer to a request of another agency; a second officer approves it",
		"  crosscase answer req_... --fields contact,case-summary --summary 'Broker of three victims, charged in May'",
		func(cmd *cobra.Command, id casework.RequestID) error {
			p.Request = id
			for _, f := range list {
				p.Fields = append(p.Fields, casework.Field(f))
			}
			if seen.Reference != "" || seen.Authority != "" || authorised != "" {
				date, err := time.Parse(time.DateOnly, authorised)
				if err != nil {
					return api.Errorf(api.Invalid, "write it as 2026-03-31", "--authorised-on %q is no date", authorised)
				}
				seen.Date = date
				p.Authorisation = &seen
			}
			return step(cmd, a, api.Answer, p)
		})
	f := c.Flags()
	f.StringSliceVar(&list, "fields", nil, "what to disclose (default: what was asked and policy permits): "+fields())
	f.StringVar(&p.Summary, "summary", "", "case summary for the other agency")
	f.StringVar(&p.Note, "note", "", "a word to the other agency")
	f.StringVar(&seen.Reference, "authorisation", "", "reference of the authorisation on this side that you have seen, where the rules ask for one")
	f.StringVar(&seen.Authority, "authority", "", "the court or authority that gave it")
	f.StringVar(&authorised, "authorised-on", "", "its date, such as 2026-03-31")
	f.StringVar(&p.Handling, "handling", "H1+H2", "handling codes of what is disclosed")
	f.StringArrayVar(&p.Conditions, "condition", nil, "a condition that the other agency must keep; give the flag once for each")
	f.IntVar(&p.DeleteDays, "delete-days", 180, "days after which the other agency deletes it")
	return c
}

func (a *app) openCommand() *cobra.Command {
	return a.requestRefCommand("open", "Open the answer to a request", "  crosscase open req_...",
		func(cmd *cobra.Command, id casework.RequestID) error {
			r, err := call(cmd.Context(), a, api.Open, api.OpenRequest{Request: id})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeOpened(w, r) })
		})
}

func writeOpened(w io.Writer, r api.OpenedView) {
	d := r.Disclosure
	fmt.Fprintf(w, "%s from %s: %s\n  handling %s, TLP:%s, delete by %s\n", d.ID, d.From, d.Outcome, d.Handling, d.TLP.Or(), d.DeleteBy.Format("2006-01-02"))
	if d.Ground != "" {
		fmt.Fprintf(w, "  ground   %s\n", dossier.OneLine(string(d.Ground)))
	}
	for _, c := range d.Conditions {
		fmt.Fprintf(w, "  condition  %s\n", dossier.OneLine(c))
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, v := range d.Values {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\n", v.Field, v.Kind, dossier.OneLine(v.Value), v.Handling, v.Grading, v.Category.Or())
	}
	t.Flush()
	if d.Note != "" {
		fmt.Fprintf(w, "  note     %s\n", dossier.OneLine(d.Note))
	}
	fmt.Fprintf(w, "next: say what it was good for with 'crosscase use %s --outcome useful'\n", d.Request)
}

func (a *app) useCommand() *cobra.Command {
	var p api.UseRequest
	c := a.requestRefCommand("use", "Report what a disclosure was good for, which closes the request",
		"  crosscase use req_... --outcome useful --grading A1",
		func(cmd *cobra.Command, id casework.RequestID) error {
			p.Request = id
			return step(cmd, a, api.Use, p)
		})
	c.Flags().StringVar(&p.Outcome, "outcome", "", "useful, not-useful, already-known or wrong (required)")
	c.Flags().StringVar(&p.Grading, "grading", "", "how the information turned out, such as B2")
	return c
}

func (a *app) dueCommand() *cobra.Command {
	return &cobra.Command{
		Use: "due", Short: "List requests, ours and theirs, the most pressing first",
		Example: "  crosscase due", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.Due, api.None{})
			if err != nil {
				return err
			}
			err = a.print(r, func(w io.Writer) {
				if len(r) == 0 {
					fmt.Fprintln(w, "No request is open.")
				}
				for _, d := range r {
					writeDossier(w, d)
				}
			})
			if err == nil && len(r) == 0 {
				return errNothing
			}
			return err
		},
	}
}
