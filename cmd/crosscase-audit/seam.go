package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/seam"
)

func (a *app) seamCommand() *cobra.Command {
	var key, fingerprint, out string
	c := &cobra.Command{
		Use: "seam FILE", Short: "Sign, as the oversight body, that a network ended and who succeeds it",
		Long: "Where a majority of a network's voters is gone for good, the members that are left and their oversight bodies retire it at its last " +
			"certified checkpoint. Ask the agencies whether the others are gone, verify a copy of the ledger up to that checkpoint, and compare the fingerprint before you sign.",
		Example: "  crosscase-audit seam seam.json --key oversight.key --fingerprint 'K3QF 7XZA ...' --out seam-body.json", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("seam: %w", err)
			}
			doc, err := seam.Read(text)
			if err != nil {
				return err
			}
			if !entry.SameFingerprint(fingerprint, doc.Seam.Fingerprint()) {
				return &cli.UsageError{Message: "the seam has another fingerprint than the one given", Next: "call the agency that made it, and give what it reads to you with --fingerprint"}
			}
			data, err := os.ReadFile(key)
			if err != nil {
				return fmt.Errorf("key: %w", err)
			}
			secret, err := openSecret(key, data)
			if err != nil {
				return fmt.Errorf("key %s: %w", key, err)
			}
			doc.Seam = secret.SignSeam(doc.Seam)
			c, err := checkpoint.Parse(doc.Seam.Note)
			if err != nil {
				return err
			}
			if text, err = seam.Write(doc); err != nil {
				return err
			}
			if err := cli.WriteNew(out, text, 0o600); err != nil {
				return err
			}
			if a.json {
				return json.NewEncoder(a.out).Encode(map[string]any{"file": out, "network": doc.Seam.Network, "entries": c.Size, "successor": doc.Seam.Successor})
			}
			fmt.Fprintf(a.out, "Signed: %s ends at %d entries, and %s succeeds it. Written to %s.\n", doc.Seam.Network, c.Size, doc.Seam.Successor, out)
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "oversight.key", "secret key of the oversight body")
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "the seam's fingerprint, as heard from the agency that made it (required)")
	c.Flags().StringVar(&out, "out", "seam-signed.json", "file to write")
	return c
}
