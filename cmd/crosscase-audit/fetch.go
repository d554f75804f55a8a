package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/gather"
)

func (a *app) fetchCommand() *cobra.Command {
	var keys []string
	c := &cobra.Command{
		Use: "fetch URL|FOLDER... DEST", Short: "Copy the ledger from several members into one folder",
		Long: "Copies the longest ledger that the members show, each entry from whoever has it, into DEST; what is there is extended. " +
			"Run it again to go on after an interruption, or to get what is new. It names members that are behind, and keeps the checkpoint of each: 'crosscase-audit verify DEST' compares them.\n\n" +
			"A member that shows another history is named, and nothing of it is taken. Fetch verifies no signature: verify does.",
		Example: "  crosscase-audit fetch https://nl.example/ https://fr.example/ pilot/\n" +
			"  crosscase-audit fetch /media/usb/nl-tiles /media/usb/fr-tiles pilot/",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fmt.Errorf("give at least one copy, a folder or an address, and the folder to copy to: %d given", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dest := args[len(args)-1]
			if strings.Contains(dest, "://") {
				return fmt.Errorf("%s is an address; the folder to copy to comes last", dest)
			}
			if err := destination(dest); err != nil {
				return err
			}
			as, err := secrets(keys)
			if err != nil {
				return err
			}
			var from []gather.From
			for _, where := range args[:len(args)-1] {
				src, err := source(where, as...)
				if err != nil {
					return err
				}
				from = append(from, gather.From{Name: where, Copy: src})
			}
			r, err := gather.Gather(cmd.Context(), dest, from, a.progress("copied"))
			if err != nil && !errors.Is(err, gather.ErrFork) {
				return fmt.Errorf("fetch: %w", err)
			}
			if a.json {
				return errors.Join(json.NewEncoder(a.out).Encode(r), forked(err))
			}
			fmt.Fprintf(a.out, "%s has %d entries, %d of them new\n", dest, r.Size, r.New)
			for _, s := range r.Standings {
				fmt.Fprintf(a.out, "  %-16s %s (%d entries)", s.State, s.Name, s.Size)
				if s.Err != "" {
					fmt.Fprintf(a.out, ": %s", s.Err)
				}
				fmt.Fprintln(a.out)
			}
			for _, f := range r.Faults {
				fmt.Fprintf(a.out, "  fault            %s\n", f)
			}
			return forked(err)
		},
	}
	c.Flags().StringSliceVar(&keys, "key", nil, "secret key of the oversight body, with which members let it read (mutual TLS)")
	return c
}

// forked is what a program ends with that met another history.
func forked(err error) error {
	if err != nil {
		return errors.Join(errFork, err)
	}
	return nil
}

// destination refuses a folder that holds something else than a copy.
func destination(dest string) error {
	files, err := os.ReadDir(dest)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(files) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dest, "tile")); err != nil {
		return fmt.Errorf("%s holds something else than a copy of a ledger: give a new folder", dest)
	}
	if _, err := os.Stat(filepath.Join(dest, tiles.CheckpointName)); err == nil {
		return nested(dest)
	}
	return nil
}

// progress says how far a long command is, on a terminal alone.
func (a *app) progress(what string) func(done, all uint64) {
	if !a.terminal || a.json {
		return nil
	}
	last := time.Now()
	return func(done, all uint64) {
		if done < all && time.Since(last) < time.Second/4 {
			return
		}
		last = time.Now()
		fmt.Fprintf(a.err, "\r%s %d of %d entries ", what, done, all)
		if done >= all {
			fmt.Fprint(a.err, "\r\033[K")
		}
	}
}
