package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/export"
	"github.com/crosscase/crosscase/policy/casework"
)

// writers are the formats that a case can be written in.
var writers = map[string]func(io.Writer, export.Head, iter.Seq[export.Item]) error{
	"stix": export.STIX, "misp": export.MISP, "case-uco": export.CASE, "csv": export.CSV,
}

func (a *app) exportCommand() *cobra.Command {
	formats := strings.Join(slices.Sorted(maps.Keys(writers)), ", ")
	var format, out string
	c := &cobra.Command{
		Use: "export CASE|REQUEST", Short: "Write the identifiers of a case, or of a disclosure, for another tool, with their markings, gradings and times",
		Long: "Writes what an own case holds, or what was disclosed in answer to a request (req_...), which stays under the terms that came with it: " +
			"the file says its conditions, the date by which it is to be deleted, handling and TLP, and taken in again each item keeps them. " +
			"Writes a new file that holds identifiers in the clear: whoever makes one answers for where it lies. " +
			"Ids in it are random, and a CSV cell that a spreadsheet would run as a formula is quoted.",
		Example: "  crosscase export NL-2026-0417 --format stix --out case.json\n  crosscase export req_... --format csv --out disclosed.csv", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := writers[format]
			if !ok {
				return api.Errorf(api.Invalid, "", "--format is one of %s, not %q", formats, format)
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			items, terms, err := a.toExport(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			var text bytes.Buffer
			head := export.Head{Title: args[0], Agency: string(client.Agency), Made: time.Now().UTC(), Terms: terms}
			if err := write(&text, head, slices.Values(items)); err != nil {
				return fmt.Errorf("export: %w", err)
			}
			if out == "-" {
				_, err := a.out.Write(text.Bytes())
				return err
			}
			if err := cli.WriteNew(out, text.Bytes(), 0o600); err != nil {
				return err
			}
			return a.print(map[string]any{"file": out, "format": format, "items": len(items), "terms": terms.Words()}, func(w io.Writer) {
				fmt.Fprintf(w, "%d items written to %s (%s). They are in the clear there.\n", len(items), out, format)
				for _, line := range terms.Words() {
					fmt.Fprintf(w, "  %s\n", line)
				}
			})
		},
	}
	c.Flags().StringVar(&format, "format", "stix", "format: "+formats)
	c.Flags().StringVar(&out, "out", "", "file to write (required); - is standard output")
	return c
}

// toExport returns the items of a case, or those of a disclosure with what it was
// given under.
func (a *app) toExport(ctx context.Context, client *control.Client, ref string) (items []export.Item, terms export.Terms, err error) {
	if strings.HasPrefix(ref, "req_") {
		var id casework.RequestID
		if err := id.UnmarshalText([]byte(ref)); err != nil {
			return nil, terms, api.Errorf(api.Invalid, "'crosscase due' shows the requests", "%q is no request: %w", ref, err)
		}
		r, err := api.Open.Call(ctx, client, api.OpenRequest{Request: id})
		if err != nil {
			return nil, terms, err
		}
		if len(r.Disclosure.Values) == 0 {
			return nil, terms, api.Errorf(api.NotFound, "'crosscase due' shows how it stands", "%s disclosed nothing: the request was answered %s", r.Disclosure.From, r.Disclosure.Outcome)
		}
		return slices.Collect(export.Disclosed(r.Disclosure)), export.TermsOf(r.Disclosure), nil
	}
	p := api.CaseExportRequest{Case: ref}
	for {
		page, err := api.CaseExport.Call(ctx, client, p)
		if err != nil {
			return nil, terms, err
		}
		list, err := page.Items.List()
		if err != nil {
			return nil, terms, err
		}
		for _, it := range list {
			items = append(items, exported(ref, it))
		}
		if p.After = page.Next; p.After == 0 {
			return items, terms, nil
		}
	}
}

func exported(ref string, it casework.Evidence) export.Item {
	return export.Item{
		Identifier: it.Identifier, CaseRef: ref, Category: it.Category, Consent: it.Consent,
		Grading: it.Grading, Handling: it.Handling, TLP: it.TLP, Seen: it.Seen, Captured: it.Provenance.Captured, Tool: it.Provenance.Tool,
		Terms: it.Provenance.Terms,
	}
}
