package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) logCommand() *cobra.Command {
	var f audit.Filter
	var kind, agency string
	c := &cobra.Command{
		Use: "log FOLDER|URL", Short: "List entries", Args: where,
		Example: "  crosscase-audit log tiles/ --type query\n  crosscase-audit log tiles/ --agency nl-police --from 100 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := source(args[0])
			if err != nil {
				return err
			}
			f.Type, f.Agency = kind, agency
			if kind != "" && !slices.Contains(entry.Types(), entry.Type(kind)) {
				return fmt.Errorf("--type: there is no entry of type %q; they are %v", kind, entry.Types())
			}
			if agency != "" {
				if err := casework.AgencyID(agency).Validate(); err != nil {
					return fmt.Errorf("--agency: %w", err)
				}
			}
			found := false
			err = audit.List(cmd.Context(), src, f, func(line audit.Line) error {
				found = true
				if a.json {
					return json.NewEncoder(a.out).Encode(line)
				}
				_, err := fmt.Fprintf(a.out, "%6d  %s  %-16s %-18s %s\n", line.Index, line.At.Format(time.RFC3339), line.Agency, line.Type, line.Facts)
				return err
			})
			if err == nil && !found {
				err = errNothing
			}
			return err
		},
	}
	c.Flags().StringVar(&kind, "type", "", "only entries of this type, such as query")
	c.Flags().StringVar(&agency, "agency", "", "only entries of this agency")
	c.Flags().Uint64Var(&f.From, "from", 0, "index of the first entry")
	return c
}
