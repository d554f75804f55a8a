package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/web"
)

// where is the one argument of a command that reads a ledger.
func where(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("give one copy of a ledger, a folder or an address: %d given", len(args))
	}
	return nil
}

// source reads tiles from a folder, or over HTTP.
func source(where string) (tiles.Source, error) {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		return web.Source(&http.Client{Timeout: time.Minute}, where), nil
	}
	info, err := os.Stat(where)
	if err != nil {
		return nil, fmt.Errorf("the copy of the ledger: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder; give a copy of a node's folder ledger/tiles", where)
	}
	if _, err := os.Stat(filepath.Join(where, tiles.CheckpointName)); errors.Is(err, fs.ErrNotExist) {
		for _, inner := range []string{"tiles", filepath.Join("ledger", "tiles")} {
			if _, err := os.Stat(filepath.Join(where, inner, tiles.CheckpointName)); err == nil {
				return nil, fmt.Errorf("%s has no checkpoint; its folder %s has one: give that", where, inner)
			}
		}
		return nil, fmt.Errorf("%s has no checkpoint: it is no copy of a node's folder ledger/tiles, or an incomplete one", where)
	}
	return tiles.Dir(os.DirFS(where)), nil
}

// known reads a checkpoint from elsewhere: a file of one, or another copy.
func known(ctx context.Context, where string) (audit.Known, error) {
	if info, err := os.Stat(where); err == nil && !info.IsDir() {
		note, err := os.ReadFile(where)
		if err == nil {
			_, err = checkpoint.Parse(note)
		}
		if err != nil {
			return audit.Known{}, fmt.Errorf("%s: %w", where, err)
		}
		return audit.Known{From: where, Note: note}, nil
	}
	src, err := source(where)
	if err != nil {
		return audit.Known{}, err
	}
	note, err := tiles.Checkpoint(ctx, src)
	if err != nil {
		return audit.Known{}, fmt.Errorf("%s: %w", where, err)
	}
	return audit.Known{From: where, Note: note}, nil
}

// verifying is what the command was told.
type verifying struct {
	genesis  string
	keys     []string
	against  []string
	remember string
	retired  []string
}

func (a *app) verifyCommand() *cobra.Command {
	var v verifying
	c := &cobra.Command{
		Use: "verify FOLDER|URL", Short: "Replay the whole ledger and say whether it holds", Args: where,
		Long: "Recomputes every hash, checks every signature, chain, quota and step against the agreement in force, and the voters' signatures on the newest checkpoint. " +
			"With --key it opens what was sealed to the body and checks that queries were justified by what is agreed, and that officers signed each act for itself, two of them where two are needed. " +
			"With --against and --remember it checks that the ledger extends what you have from elsewhere. Names each entry that is wrong.\n\n" +
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
	c.Flags().StringVar(&v.remember, "remember", "", "file in which the newest checkpoint is kept: the next one must extend it")
	return c
}

func (a *app) verify(ctx context.Context, folder string, v verifying) error {
	src, err := source(folder)
	if err != nil {
		return err
	}
	o := audit.Options{Genesis: v.genesis, At: time.Now()}
	for _, path := range v.keys {
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("key: %w", err)
		}
		s, err := audit.ParseSecret(data)
		if err != nil {
			return fmt.Errorf("key %s: %w", path, err)
		}
		o.Secrets = append(o.Secrets, s)
	}
	from := v.against
	if v.remember != "" {
		if _, err := os.Stat(v.remember); err == nil {
			from = append(from, v.remember)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("what is remembered: %w", err)
		}
	}
	for _, place := range from {
		k, err := known(ctx, place)
		if err != nil {
			return err
		}
		o.Known = append(o.Known, k)
	}
	for _, place := range v.retired {
		old, err := source(place)
		if err != nil {
			return err
		}
		o.Retired = append(o.Retired, old)
	}
	report, err := audit.Verify(ctx, src, o)
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
	case !report.OK:
		return errUnjudged
	case v.remember != "":
		return remember(v.remember, report.Note)
	}
	return nil
}

// remember replaces what is remembered, whole.
func remember(path string, note []byte) error {
	if err := durable.Replace(path, note, 0o644); err != nil {
		return fmt.Errorf("the ledger holds, and its checkpoint cannot be kept: %w", err)
	}
	return nil
}
