package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/crypto/keywrap"
	"github.com/crosscase/crosscase/ledger/audit"
)

// envPassphrase names a file that stands in for the prompt.
const envPassphrase = "CROSSCASE_OVERSIGHT_PASSPHRASE_FILE"

// openSecret reads the whole secret key of a body, asking for its passphrase.
func openSecret(path string, data []byte) (audit.Secret, error) {
	if !audit.IsWrapped(data) {
		return audit.ParseSecret(data)
	}
	pass, err := cli.Passphrase(os.Stderr, envPassphrase, "Passphrase of "+filepath.Base(path), false)
	if err != nil {
		return audit.Secret{}, err
	}
	s, err := audit.OpenSecret(data, pass)
	if errors.Is(err, keywrap.ErrPassphrase) {
		return s, &cli.UsageError{Message: err.Error(), Next: "try again; nothing was opened"}
	}
	return s, err
}

func (a *app) fingerprintCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fingerprint FILE", Short: "Show the fingerprint of a body's keys, to read to the agencies",
		Long: "Shows the fingerprint of the keys in FILE, the public file or the secret one behind its passphrase, which is not asked for. " +
			"It is what 'crosscase network members' shows at the agencies, and what 'verify' names where it lacks a key.",
		Example: "  crosscase-audit fingerprint oversight.key.pub", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("keys: %w", err)
			}
			p, err := audit.PublicOf(data)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if a.json {
				return json.NewEncoder(a.out).Encode(map[string]string{"name": p.Name, "fingerprint": p.Oversight().Fingerprint()})
			}
			fmt.Fprintf(a.out, "%s\n  fingerprint  %s\n", p.Name, p.Oversight().Fingerprint())
			return nil
		},
	}
}
