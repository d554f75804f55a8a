package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/format"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// sourceFlags say what holds for everything in a source that does not say otherwise.
type sourceFlags struct {
	region, platform, category, grading, handling, handlingText, tlp, visibility, tool string
	consent                                                                            bool
	lists                                                                              []string

	format, encoding string
	columns          map[string]string
	formats          bool // show the formats and do nothing else
}

func (s *sourceFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.region, "region", "", "country of phone numbers that state none, such as NL (default: the case's)")
	f.StringVar(&s.platform, "platform", "", "platform of handles that state none, such as telegram")
	f.StringSliceVar(&s.lists, "warning-lists", warninglist.Shipped(), "values on these lists are stored and never matched; exercises with fictional numbers leave reserved-numbers out")
	f.StringVar(&s.format, "format", "", "format to read the source as, by its name in --formats (default: told by content)")
	f.StringVar(&s.encoding, "encoding", "", "encoding of the text, such as windows-1251 (default: detected)")
	f.StringToStringVar(&s.columns, "column", nil, "what a column of a table holds, by its header, such as --column 'Partner=phone'")
	f.BoolVar(&s.formats, "formats", false, "show the formats that are read, and do nothing else")
}

// options say how the source is read.
func (s sourceFlags) options() intake.Options {
	return intake.Options{Format: s.format, Encoding: s.encoding, Columns: s.columns}
}

// showFormats prints the formats in the order in which a source is tried.
func (a *app) showFormats() error {
	type row struct {
		Name       string   `json:"name"`
		Title      string   `json:"title"`
		MediaTypes []string `json:"media_types,omitempty"`
		Source     string   `json:"source"`
	}
	var rows []row
	for _, f := range format.All() {
		rows = append(rows, row{f.Name, f.Title, f.MediaTypes, f.Source})
	}
	return a.print(rows, func(w io.Writer) {
		for _, r := range rows {
			fmt.Fprintf(w, "%-10s %s\n", r.Name, r.Title)
		}
	})
}

// sourceArg takes one argument, and none where the formats are asked for.
func (s *sourceFlags) sourceArg(cmd *cobra.Command, args []string) error {
	if s.formats {
		return cobra.NoArgs(cmd, args)
	}
	return cobra.ExactArgs(1)(cmd, args)
}

func (s *sourceFlags) personFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.category, "category", "", "category of the persons it is about (default: the case's, or unknown)")
	f.StringVar(&s.grading, "grading", "", "4x4 grading where the source states none, such as B2 (default: the case's, or the worst)")
	f.StringVar(&s.handling, "handling", "", "handling codes where the source states none, such as H1+H2 (default: the case's, or the strictest)")
	f.StringVar(&s.handlingText, "handling-text", "", "the restriction in words, which H3 needs")
	f.StringVar(&s.tlp, "tlp", "", "TLP where the source states none (default: RED)")
	f.StringVar(&s.visibility, "visibility", "shared", "shared (published as tags, and asked), silent (asked only) or local (never leaves)")
	f.StringVar(&s.tool, "tool", "", "tool that made the source, where it does not say")
	f.BoolVar(&s.consent, "consent", false, "the persons consented to matching (victims, self-reporters)")
}

func (s sourceFlags) defaults(a *app) (intake.Defaults, error) {
	bad := func(err error) (intake.Defaults, error) {
		return intake.Defaults{}, api.Errorf(api.Invalid, "see --help of the command", "%w", err)
	}
	d := intake.Defaults{
		Region: strings.ToUpper(s.region), Platform: s.platform, Category: casework.SubjectCategory(s.category),
		TLP: casework.TLP(strings.ToUpper(s.tlp)), Consent: s.consent, Tool: s.tool,
	}
	var err error
	if d.Grading, err = casework.ParseGrading(s.grading); err != nil {
		return bad(err)
	}
	if s.handling != "" {
		if d.Handling, err = casework.ParseHandling(s.handling, s.handlingText); err != nil {
			return bad(err)
		}
	}
	if s.category != "" && !slices.Contains(casework.SubjectCategories(), d.Category) {
		return bad(fmt.Errorf("the category is one of %v, not %q", casework.SubjectCategories(), s.category))
	}
	if s.visibility != "" {
		if d.Visibility, err = visibility(s.visibility); err != nil {
			return intake.Defaults{}, err
		}
	}
	d.Warning, err = a.warningLists(s.lists)
	return d, err
}

func (a *app) intakeCommand() *cobra.Command {
	var s sourceFlags
	var caseRef string
	var dry bool
	c := &cobra.Command{
		Use: "intake FILE|FOLDER|ARCHIVE|- --case CASE", Short: "Take in a file of any known format: identifiers with their provenance",
		Long: "Recognises the format by content (" + format.Titles() + "; folders), " +
			"brings identifiers into canonical form, and stores them with source, record and grading. The file is read here, in your own process; the node sees what was found in it. " +
			"Records that cannot be read are named with their reason, and the others are stored. Reading the same file again adds nothing.",
		Example: "  crosscase intake phones.csv --case NL-2026-0417 --region NL\n  crosscase intake seized/ --case NL-2026-0417 --grading B2 --dry-run",
		Args:    s.sourceArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.formats {
				return a.showFormats()
			}
			if caseRef == "" && !dry {
				return api.Errorf(api.Invalid, "'crosscase case new' opens one", "--case is missing")
			}
			d, err := s.defaults(a)
			if err != nil {
				return err
			}
			report, err := a.intake(cmd.Context(), args[0], caseRef, dry, d, s.options())
			if err != nil {
				return err
			}
			return a.print(report, func(w io.Writer) {
				if err := report.WriteText(w); err != nil {
					fmt.Fprintln(w, err)
				}
				if !dry {
					fmt.Fprintf(w, "next: ask the others with 'crosscase ask --case %s'\n", caseRef)
				}
			})
		},
	}
	s.flags(c)
	s.personFlags(c)
	c.Flags().StringVar(&caseRef, "case", "", "case that it belongs to (required)")
	c.Flags().BoolVar(&dry, "dry-run", false, "show what would be stored, and store nothing")
	return c
}

// intake reads a source and hands what it finds to the node, a batch at a time.
func (a *app) intake(ctx context.Context, path, caseRef string, dry bool, d intake.Defaults, o intake.Options) (intake.Report, error) {
	var client *control.Client
	if !dry {
		var err error
		if client, err = a.client(); err != nil {
			return intake.Report{}, err
		}
		if d, err = (&evidence.Reader{Node: client, CaseRef: caseRef}).Defaults(ctx, d); err != nil {
			return intake.Report{}, err
		}
	}
	p := a.progress()
	defer p.done()
	total := uint64(sizeOf(path))
	o.Progress = func(bytes int64, _ int) {
		p.show(api.Event{Step: "reading " + sourceName(path), Done: uint64(bytes), Total: total})
	}
	report, err := take(ctx, client, caseRef, path, a.in, d, o)
	if err != nil {
		return report, readError(err)
	}
	return report, nil
}

// take reads a source; without a client it stores nothing.
func take(ctx context.Context, client *control.Client, caseRef, path string, in io.Reader, d intake.Defaults, o intake.Options) (intake.Report, error) {
	reader := &evidence.Reader{Node: client, CaseRef: caseRef}
	switch {
	case client == nil && path == "-":
		return intake.Read(ctx, intake.Source{Name: sourceName(path)}, in, d, o, func([]intake.Found) error { return nil })
	case client == nil:
		return intake.Walk(ctx, path, d, o, func(intake.Source, []intake.Found) error { return nil }, nil)
	case path == "-":
		return reader.Read(ctx, sourceName(path), in, d, o)
	}
	return reader.Walk(ctx, path, d, o)
}

// readError keeps the node's own errors as they are, and words the others.
func readError(err error) error {
	var ce *api.Error
	if errors.As(err, &ce) {
		return ce
	}
	return api.Errorf(api.Invalid, "'crosscase identify' shows what crosscase makes of a file; what was stored before stays, and reading it again adds nothing twice", "%w", err)
}

func sizeOf(path string) int64 {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}

func (a *app) identifyCommand() *cobra.Command {
	var s sourceFlags
	c := &cobra.Command{
		Use: "identify VALUE|FILE|-", Short: "Show what crosscase makes of a value, a text or a file; stores nothing, needs no node",
		Example: "  crosscase identify '+44 7700 900145'\n  crosscase identify adverts.jsonl --region FR --json\n  echo 'call o7700 900one45' | crosscase identify - --region GB",
		Args:    s.sourceArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.formats {
				return a.showFormats()
			}
			d, err := s.defaults(a)
			if err != nil {
				return err
			}
			return a.identify(cmd.Context(), args[0], d, s.options())
		},
	}
	s.flags(c)
	return c
}

func (a *app) identify(ctx context.Context, what string, d intake.Defaults, o intake.Options) error {
	total := 0
	folder := false // then each line names its file
	show := func(src intake.Source, found []intake.Found) error {
		for _, f := range found {
			total++
			if folder {
				f.Provenance.Record = src.Name + ": " + f.Provenance.Record
			}
			if err := a.showFound(f); err != nil {
				return err
			}
		}
		return nil
	}
	var report intake.Report
	var err error
	all := func(found []intake.Found) error { return show(intake.Source{}, found) }
	info, statErr := os.Stat(what)
	switch {
	case what == "-":
		report, err = intake.Read(ctx, intake.Source{Name: sourceName(what)}, a.in, d, o, all)
	case statErr == nil:
		folder = info.IsDir()
		report, err = intake.Walk(ctx, what, d, o, show, nil)
	default:
		one, others, notOne := intake.Identify(what, d)
		if notOne != nil {
			// perhaps a text that holds some
			if report, err = intake.Read(ctx, intake.Source{Name: "the argument"}, strings.NewReader(what), d, intake.Options{Format: "text"}, all); total == 0 && err == nil {
				report.Problems, report.Faults = append(report.Problems, intake.Problem{Record: "as one value", Reason: notOne.Error()}), report.Faults+1
			}
			break
		}
		report = intake.ValueReport(one)
		if len(others) > 0 {
			report.Notes = append(report.Notes, fmt.Sprintf("it has the form of %v too; 'crosscase add --kind' says which it is", others))
		}
		err = all([]intake.Found{one})
	}
	if err != nil {
		return readError(err)
	}
	if a.json {
		js, err := json.Marshal(map[string]any{"summary": report})
		if err != nil {
			return fmt.Errorf("summary: %w", err)
		}
		fmt.Fprintln(a.out, string(js))
	} else if err := report.WriteText(a.out); err != nil {
		return err
	}
	if total == 0 {
		return errNothing
	}
	return nil
}

// showFound prints one found identifier: a line, or one JSON object.
func (a *app) showFound(f intake.Found) error {
	answer := f.Answer()
	if a.json {
		enc := json.NewEncoder(a.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(answer)
	}
	fmt.Fprintf(a.out, "%-14s %-9s %s", answer.Record, answer.Kind, answer.Value)
	for _, key := range answer.Keys {
		fmt.Fprintf(a.out, "  and as %s", key)
	}
	if len(answer.Assumed) > 0 {
		fmt.Fprintf(a.out, "  (assumed: %s)", strings.Join(answer.Assumed, "; "))
	}
	if len(answer.Context) > 0 {
		fmt.Fprintf(a.out, "  (%s)", strings.Join(answer.Context, "; "))
	}
	if !answer.Match {
		fmt.Fprintf(a.out, "  not matched: %s", answer.WhyNot)
	}
	fmt.Fprintln(a.out)
	return nil
}
