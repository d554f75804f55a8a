package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/oversight"
	"github.com/crosscase/crosscase/policy/casework"
)

// opening is what the commands share that open sealed details.
type opening struct {
	genesis     string
	keys        []string
	from, until string
}

func (o *opening) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.genesis, "genesis", "", "fingerprint of the network's first entry, as you know it")
	c.Flags().StringSliceVar(&o.keys, "key", nil, "secret key of the oversight body, or twice: both shares of it")
	c.Flags().StringVar(&o.from, "from", "", "only from this day on, such as 2026-01-31 (UTC)")
	c.Flags().StringVar(&o.until, "until", "", "only until this day, which is included")
}

// times are from and until as times; until is exclusive.
func (o *opening) times() (from, until time.Time, err error) {
	if from, err = day("--from", o.from); err != nil {
		return from, until, err
	}
	if until, err = day("--until", o.until); err == nil && !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	return from, until, err
}

func day(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, fmt.Errorf("%s: %q is no day such as 2026-01-31", flag, text)
	}
	return at, nil
}

// replay verifies a copy and hands each entry that holds on. What does not hold is said
// after everything else: errFindings, errInput or errUnjudged.
func (a *app) replay(ctx context.Context, folder string, o opening, secrets []audit.Secret, each func(audit.Reading)) (audit.Report, error) {
	src, err := source(folder, secrets...)
	if err != nil {
		return audit.Report{}, err
	}
	if o.genesis != "" {
		if err := entry.CheckFingerprint(o.genesis); err != nil {
			return audit.Report{}, fmt.Errorf("--genesis: %w", err)
		}
	}
	report, err := audit.Verify(ctx, src, audit.Options{Genesis: o.genesis, Secrets: secrets, At: time.Now(), Each: each, Progress: a.progress("read")})
	switch {
	case err != nil:
		return report, err
	case len(report.Findings) > 0:
		return report, errFindings
	case len(report.Input) > 0:
		return report, errInput
	case !report.OK:
		return report, errUnjudged
	}
	return report, nil
}

// doubt says under a list what is wrong with the ledger that it was made of.
func (a *app) doubt(report audit.Report, err error) {
	if errors.Is(err, errFindings) || errors.Is(err, errInput) {
		fmt.Fprintln(a.err)
		report.WriteText(a.err)
	}
}

func (a *app) readCommand() *cobra.Command {
	var o opening
	var q oversight.Question
	var agency, kind, of string
	c := &cobra.Command{
		Use: "read FOLDER|URL", Short: "Read the justifications, requests and decisions that are sealed to the body", Args: where,
		Long: "Verifies the ledger, opens every detail that was sealed to the body, checks the officers' signatures, and lists what you ask for. " +
			"Officers and cases are shown by pseudonyms, which the agency can resolve. The case's reference and the officer's free text may name a person: " +
			"they are shown only where both shares of the key were given, that is by two people together (see 'crosscase-audit split').",
		Example: "  crosscase-audit read copy/ --key oversight.key --agency nl-police --offence child-sexual-abuse --from 2026-01-01\n" +
			"  crosscase-audit read copy/ --key lawyer.share --key technician.share --officer 3f2a",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if q.From, q.Until, err = o.times(); err != nil {
				return err
			}
			q.Agency, q.Kind, q.Type = casework.AgencyID(agency), casework.Kind(kind), entry.Type(of)
			if err := checkQuestion(q); err != nil {
				return err
			}
			secrets, err := secrets(o.keys)
			if err != nil {
				return err
			}
			if len(secrets) == 0 {
				return &cli.UsageError{Message: "nothing can be read without the body's key", Next: "give --key FILE, or --key twice with both shares"}
			}
			names := !slices.ContainsFunc(secrets, func(s audit.Secret) bool { return !s.Joined() })
			found := 0
			var failed error
			report, err := a.replay(cmd.Context(), args[0], o, secrets, func(r audit.Reading) {
				if failed == nil && q.Wants(r) {
					found++
					failed = a.row(oversight.Describe(r, names))
				}
			})
			if failed != nil {
				return failed
			}
			a.doubt(report, err)
			if err == nil && found == 0 {
				err = errUnread
			}
			return err
		},
	}
	o.flags(c)
	c.Flags().StringVar(&agency, "agency", "", "only of this agency")
	c.Flags().StringVar(&of, "type", "", "only query, request, decision or report")
	c.Flags().StringVar(&kind, "kind", "", "only queries for identifiers of this kind, such as phone")
	c.Flags().StringVar(&q.Offence, "offence", "", "only queries on this offence")
	c.Flags().StringVar(&q.Officer, "officer", "", "only of this officer: a pseudonym or its front")
	c.Flags().StringVar(&q.Case, "case", "", "only for this case: a pseudonym or its front")
	return c
}

// errUnread ends a reading that found nothing.
var errUnread = errors.New("nothing that was sealed to this key is what you asked for; leave out a filter")

func checkQuestion(q oversight.Question) error {
	if q.Agency != "" {
		if err := q.Agency.Validate(); err != nil {
			return fmt.Errorf("--agency: %w", err)
		}
	}
	if q.Kind != "" && !q.Kind.Valid() {
		return fmt.Errorf("--kind: there is no kind %q", q.Kind)
	}
	if q.Type != "" && !slices.Contains(entry.Types(), q.Type) {
		return fmt.Errorf("--type: there is no entry of type %q; they are %v", q.Type, entry.Types())
	}
	return nil
}

func (a *app) row(r oversight.Row) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(r)
	}
	return r.WriteText(a.out)
}

func (a *app) lintCommand() *cobra.Command {
	var o opening
	var hours, zone string
	c := &cobra.Command{
		Use: "lint FOLDER|URL", Short: "List reasons, times and officers that are worth a question", Args: where,
		Long: "Looks through everything that was sealed to the body: empty, short and stock reasons, bursts, queries outside working hours, " +
			"officers whose queries led to no request, and details that do not hold. A remark is where to ask the agency, not a verdict.",
		Example: "  crosscase-audit lint copy/ --key oversight.key --from 2026-01-01 --hours 7-19 --zone Europe/Amsterdam",
		RunE: func(cmd *cobra.Command, args []string) error {
			lint, err := newLint(hours, zone)
			if err != nil {
				return err
			}
			from, until, err := o.times()
			if err != nil {
				return err
			}
			secrets, err := secrets(o.keys)
			if err != nil {
				return err
			}
			q := oversight.Question{From: from, Until: until}
			report, err := a.replay(cmd.Context(), args[0], o, secrets, func(r audit.Reading) {
				if q.Wants(r) {
					lint.Add(r)
				}
			})
			if err != nil && report.Entries == 0 {
				return err
			}
			remarks := lint.Remarks()
			if a.json {
				return errors.Join(json.NewEncoder(a.out).Encode(remarks), err)
			}
			for _, m := range remarks {
				who := m.Officer
				if who == "" {
					who = "the agency"
				}
				fmt.Fprintf(a.out, "%-16s %-12.12s %-14s %5d  %s; entries %v\n", m.Agency, who, m.What, m.Count, m.Detail, m.Entries)
			}
			a.doubt(report, err)
			if err == nil && len(remarks) == 0 {
				fmt.Fprintln(a.out, "nothing remarkable in what was opened")
			}
			return err
		},
	}
	o.flags(c)
	c.Flags().StringVar(&hours, "hours", "", "working hours, such as 7-19; empty: not looked at")
	c.Flags().StringVar(&zone, "zone", "UTC", "time zone of the working hours")
	return c
}

func newLint(hours, zone string) (*oversight.Lint, error) {
	var from, until int
	if hours != "" {
		if n, err := fmt.Sscanf(hours, "%d-%d", &from, &until); n != 2 || err != nil || from < 0 || until > 24 || from >= until {
			return nil, fmt.Errorf("--hours: %q are no hours such as 7-19", hours)
		}
	}
	where, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("--zone: %w", err)
	}
	return oversight.NewLint(from, until, where), nil
}

func (a *app) yearCommand() *cobra.Command {
	var o opening
	var number int
	var csvFile, htmlFile string
	c := &cobra.Command{
		Use: "year FOLDER|URL", Short: "Make the statistics of a year, as a table and as a page to print", Args: where,
		Long: "Counts queries, answers, requests, decisions, disclosures, uses and hits, by agency and kind, and with the body's key by offence, purpose and legal basis. " +
			"Figures only: no officer, case or person is in them, but for the lint's remarks on the page, which name officers by pseudonyms.",
		Example: "  crosscase-audit year copy/ --year 2026 --key oversight.key --csv 2026.csv --html 2026.html",
		RunE: func(cmd *cobra.Command, args []string) error {
			from, until, err := o.times()
			if err != nil {
				return err
			}
			if number != 0 {
				from = time.Date(number, 1, 1, 0, 0, 0, 0, time.UTC)
				until = from.AddDate(1, 0, 0)
			}
			if from.IsZero() || until.IsZero() || !from.Before(until) {
				return &cli.UsageError{Message: "no time is given", Next: "give --year 2026, or --from and --until"}
			}
			secrets, err := secrets(o.keys)
			if err != nil {
				return err
			}
			year, lint := oversight.NewYear(from, until), oversight.NewLint(0, 0, nil)
			q := oversight.Question{From: from, Until: until}
			report, doubt := a.replay(cmd.Context(), args[0], o, secrets, func(r audit.Reading) {
				year.Add(r)
				if q.Wants(r) {
					lint.Add(r)
				}
			})
			if doubt != nil && report.Entries == 0 {
				return doubt
			}
			now := time.Now()
			if err := a.figures(csvFile, htmlFile, year, now, report, lint.Remarks()); err != nil {
				return err
			}
			a.doubt(report, doubt)
			return doubt
		},
	}
	o.flags(c)
	c.Flags().IntVar(&number, "year", 0, "the calendar year (UTC), in place of --from and --until")
	c.Flags().StringVar(&csvFile, "csv", "", "file for the table; without it and --html it is printed")
	c.Flags().StringVar(&htmlFile, "html", "", "file for the page to print")
	return c
}

// figures writes the statistics to where they are wanted.
func (a *app) figures(csvFile, htmlFile string, y *oversight.Year, at time.Time, r audit.Report, remarks []oversight.Remark) error {
	write := func(path string, to func(io.Writer) error) error {
		return durable.ReplaceFunc(path, 0o600, func(f *os.File) ([]byte, error) { return nil, to(f) })
	}
	if htmlFile != "" {
		if err := write(htmlFile, func(w io.Writer) error { return y.WriteHTML(w, at, r, remarks) }); err != nil {
			return err
		}
	}
	switch {
	case csvFile != "":
		return write(csvFile, func(w io.Writer) error { return y.WriteCSV(w, at) })
	case a.json:
		return json.NewEncoder(a.out).Encode(y.Figures(at))
	case htmlFile == "":
		return y.WriteCSV(a.out, at)
	}
	return nil
}
