package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/gather"
	"github.com/crosscase/crosscase/ledger/tiles/web"
)

// where is the one argument of a command that reads a ledger.
func where(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("give one copy of a ledger, a folder or an address: %d given", len(args))
	}
	return nil
}

// source reads tiles from a folder, or over HTTP, where a body's key says who reads.
func source(where string, as ...audit.Secret) (tiles.Source, error) {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		var key ed25519.PrivateKey
		if len(as) > 0 {
			key = as[0].Signer()
		}
		client, err := web.Client(key, time.Minute)
		if err != nil {
			return nil, err
		}
		return web.Source(client, where), nil
	}
	info, err := os.Stat(where)
	if err != nil {
		return nil, fmt.Errorf("the copy of the ledger: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder; give a copy of a node's folder ledger/tiles", where)
	}
	if err := nested(where); err != nil {
		return nil, err
	}
	return tiles.Dir(os.DirFS(where)), nil
}

// nested refuses a folder in which a copy lies deeper: 'cp -r' into a folder that is
// there copies beside what was there, and the older copy would be verified.
func nested(where string) error {
	_, err := os.Stat(filepath.Join(where, tiles.CheckpointName))
	outer := err == nil
	inner, err := filepath.Glob(filepath.Join(where, "*", tiles.CheckpointName))
	if err != nil {
		return fmt.Errorf("the copy of the ledger: %w", err)
	}
	deeper, err := filepath.Glob(filepath.Join(where, "ledger", "tiles", tiles.CheckpointName))
	if err != nil {
		return fmt.Errorf("the copy of the ledger: %w", err)
	}
	inner = append(inner, deeper...)
	switch {
	case outer && len(inner) > 0:
		return fmt.Errorf("%s holds a copy (%s), and another one in %s (%s): copying into a folder that is there does that. Give the one that you mean, or make one of both: crosscase-audit fetch",
			where, entriesIn(where), filepath.Base(filepath.Dir(inner[0])), entriesIn(filepath.Dir(inner[0])))
	case len(inner) > 0:
		folder, err := filepath.Rel(where, filepath.Dir(inner[0]))
		if err != nil {
			return fmt.Errorf("the copy of the ledger: %w", err)
		}
		return fmt.Errorf("%s has no checkpoint; its folder %s has one: give that", where, folder)
	case !outer:
		return fmt.Errorf("%s has no checkpoint: it is no copy of a node's folder ledger/tiles, or an incomplete one", where)
	}
	return nil
}

// entriesIn says how many entries a copy has, by its checkpoint.
func entriesIn(where string) string {
	note, err := os.ReadFile(filepath.Join(where, tiles.CheckpointName))
	if err == nil {
		var c checkpoint.Checkpoint
		if c, err = checkpoint.Parse(note); err == nil {
			return fmt.Sprintf("%d entries", c.Size)
		}
	}
	return "of a checkpoint that cannot be read"
}

// known reads a checkpoint from elsewhere: a file of one, or another copy.
func known(ctx context.Context, where string, as ...audit.Secret) (audit.Known, error) {
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
	src, err := source(where, as...)
	if err != nil {
		return audit.Known{}, err
	}
	note, err := tiles.Checkpoint(ctx, src)
	if err != nil {
		return audit.Known{}, fmt.Errorf("%s: %w", where, err)
	}
	return audit.Known{From: where, Note: note, Copy: src}, nil
}

// fetched reads the checkpoints of the members that a copy was fetched from.
func fetched(folder string) (out []audit.Known, err error) {
	files, err := filepath.Glob(filepath.Join(folder, gather.CheckpointsName, "*"))
	if err != nil {
		return nil, fmt.Errorf("the copy of the ledger: %w", err)
	}
	for _, path := range files {
		note, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("the copy of the ledger: %w", err)
		}
		out = append(out, audit.Known{From: filepath.Base(path), Note: note})
	}
	return out, nil
}
