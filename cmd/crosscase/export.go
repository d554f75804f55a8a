package main

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/intake/export"
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
		Use: "export CASE", Short: "Write a case's identifiers for another tool, with their markings, gradings and times",
		Long: "Writes a new file that holds identifiers in the clear: whoever makes one answers for where it lies. " +
			"Ids in it are random, and a CSV cell that a spreadsheet would run as a formula is quoted.",
		Example: "  crosscase export NL-2026-0417 --format stix --out case.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := writers[format]
			if !ok {
				return control.Errorf(control.Invalid, "", "--format is one of %s, not %q", formats, format)
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			var items []export.Item
			p := control.CaseExport{Case: args[0]}
			for {
				var page control.CaseExported
				if err := client.Call(cmd.Context(), control.MethodCaseExport, p, &page, nil); err != nil {
					return err
				}
				for _, it := range page.Items {
					items = append(items, exported(args[0], it))
				}
				if p.After = page.Next; p.After == 0 {
					break
				}
			}
			var text bytes.Buffer
			head := export.Head{Title: args[0], Agency: string(client.Agency), Made: time.Now().UTC()}
			if err := write(&text, head, slices.Values(items)); err != nil {
				return fmt.Errorf("export: %w", err)
			}
			if err := cli.WriteNew(out, text.Bytes(), 0o600); err != nil {
				return err
			}
			return a.print(map[string]any{"file": out, "format": format, "items": len(items)}, func(w io.Writer) {
				fmt.Fprintf(w, "%d items written to %s (%s). They are in the clear there.\n", len(items), out, format)
			})
		},
	}
	c.Flags().StringVar(&format, "format", "stix", "format: "+formats)
	c.Flags().StringVar(&out, "out", "", "file to write (required)")
	return c
}

func exported(ref string, it control.Exported) export.Item {
	return export.Item{
		Identifier: casework.NewIdentifier(it.Kind, it.Value), CaseRef: ref, Category: it.Category, Consent: it.Consent,
		Grading: it.Grading, Handling: it.Handling, TLP: it.TLP, Seen: it.Seen, Captured: it.Captured, Tool: it.Tool,
	}
}
