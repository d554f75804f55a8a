package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
)

// verifying is what the command was told.
type verifying struct {
	genesis  string
	keys     []string
	against  []string
	remember string
	full     bool
	retired  []string
}

func (a *app) verifyCommand() *cobra.Command {
	var v verifying
	c := &cobra.Command{
		Use: "verify FOLDER|URL", Short: "Replay the whole ledger and say whether it holds", Args: where,
		Long: "Recomputes every hash, checks every signature, chain, quota and step against the agreement in force, and the voters' signatures on the newest checkpoint. " +
			"With --key it opens what was sealed to the body and checks that queries were justified by what is agreed, and that officers signed each act for itself, two of them where two are needed. " +
			"With --against it compares this copy with others, whichever is longer. With --remember it keeps what it verified, goes on from there the next time, and checks that the ledger was only added to. Names each entry that is wrong.\n\n" +
			"It cannot tell whether the newest entries were left out, but by --against and --remember; nor whether the officers exist, nor whether a justification is true: ask the agency.",
		Example: "  crosscase-audit verify tiles/\n" +
			"  crosscase-audit verify tiles/ --genesis 'K3QF 7XZA ...' --key oversight.key --remember pilot.checkpoint\n" +
			"  crosscase-audit verify copy-of-nl/ --against copy-of-fr/ --against https://ledger.example/",
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("genesis") {
				if err := entry.CheckFingerprint(v.genesis); err != nil {
					return fmt.Errorf("--genesis: %w", err)
				}
			}
			return a.verify(cmd.Context(), args[0], v)
		},
	}
	c.Flags().StringVar(&v.genesis, "genesis", "", "fingerprint of the network's first entry, as you know it")
	c.Flags().StringSliceVar(&v.keys, "key", nil, "secret key of the oversight body")
	c.Flags().StringSliceVar(&v.against, "against", nil, "another copy, or the file of a checkpoint, which must be of the same history")
	c.Flags().StringSliceVar(&v.retired, "retired", nil, "copy of the ledger that this one succeeds, and of the one before that")
	c.Flags().StringVar(&v.remember, "remember", "", "file in which the newest checkpoint is kept, and beside it (.kept) what was verified: the next run goes on there")
	c.Flags().BoolVar(&v.full, "full", false, "with --remember: verify from the beginning nevertheless")
	return c
}

func (a *app) verify(ctx context.Context, folder string, v verifying) error {
	o := audit.Options{Genesis: v.genesis, At: time.Now(), Progress: a.progress("verified")}
	var err error
	if o.Secrets, err = secrets(v.keys); err != nil {
		return err
	}
	src, err := source(folder, o.Secrets...)
	if err != nil {
		return err
	}
	if o.Known, err = fetched(folder); err != nil {
		return err
	}
	from := v.against
	if o.Keep = v.remember != ""; o.Keep {
		if _, err := os.Stat(v.remember); err == nil {
			from = append(from, v.remember)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("what is remembered: %w", err)
		}
		if o.Kept, err = kept(v); err != nil {
			return err
		}
	}
	for _, place := range from {
		k, err := known(ctx, place, o.Secrets...)
		if err != nil {
			return err
		}
		o.Known = append(o.Known, k)
	}
	for _, place := range v.retired {
		old, err := source(place, o.Secrets...)
		if err != nil {
			return err
		}
		o.Retired = append(o.Retired, old)
	}
	report, err := audit.Verify(ctx, src, o)
	if errors.Is(err, audit.ErrKept) {
		fmt.Fprintf(a.err, "crosscase-audit: %v; verifying from the beginning\n", err)
		o.Kept = nil
		report, err = audit.Verify(ctx, src, o)
	}
	if err != nil {
		return err
	}
	if a.json {
		err = json.NewEncoder(a.out).Encode(report)
	} else {
		report.WriteText(a.out)
	}
	switch {
	case err != nil:
		return err
	case len(report.Findings) > 0:
		return errFindings
	case len(report.Input) > 0:
		return errInput
	case !report.OK:
		return errUnjudged
	case v.remember != "":
		return remember(v.remember, report)
	}
	return nil
}

// keptSuffix is of the file beside what is remembered, to go on from.
const keptSuffix = ".kept"

// kept reads what the last run kept; nil if there is nothing or it is not wanted.
func kept(v verifying) ([]byte, error) {
	if v.full {
		return nil, nil
	}
	data, err := os.ReadFile(v.remember + keptSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("what is remembered: %w", err)
	}
	return data, nil
}

// remember replaces what is remembered, each file whole. What to go on from comes
// first: a checkpoint that is older than it is only checked again.
func remember(path string, r audit.Report) error {
	err := durable.Replace(path+keptSuffix, r.Kept, 0o600)
	if err == nil {
		err = durable.Replace(path, r.Note, 0o644)
	}
	if err != nil {
		return fmt.Errorf("the ledger holds, and that cannot be kept: %w", err)
	}
	return nil
}
