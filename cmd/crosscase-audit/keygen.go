package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/ledger/audit"
)

func (a *app) keygenCommand() *cobra.Command {
	var name, out string
	c := &cobra.Command{
		Use: "keygen", Short: "Make the keys of an oversight body",
		Long: "Writes the secret key to FILE, behind a passphrase ($" + envPassphrase + " names a file that holds it), and what agencies need to know to FILE.pub. " +
			"To change the keys, make others, and give the new public file to the agencies: 'crosscase network rotate --key oversight'. Keep the old one for what was sealed to it.",
		Example: "  crosscase-audit keygen --name 'Data Protection Inspectorate' --out oversight.key", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := audit.NewOversight(name)
			if err != nil {
				return err
			}
			pass, err := cli.Passphrase(os.Stderr, envPassphrase, "New passphrase for "+out, true)
			if err != nil {
				return err
			}
			secret, err := s.Wrap(pass)
			if err != nil {
				return err
			}
			public, err := s.Public().Text()
			if err != nil {
				return err
			}
			if err := cli.WriteNew(out, secret, 0o600); err != nil {
				return err
			}
			if err := cli.WriteNew(out+".pub", public, 0o644); err != nil {
				return errors.Join(err, os.Remove(out)) // half a pair is of no use
			}
			if a.json {
				return json.NewEncoder(a.out).Encode(map[string]string{"secret_key": out, "public_keys": out + ".pub", "fingerprint": s.Public().Oversight().Fingerprint()})
			}
			fmt.Fprintf(a.out, "secret key  %s (keep it and its passphrase; without them nobody can read the sealed details)\npublic keys %s.pub (give it to the agencies you oversee)\nfingerprint %s\n", out, out, s.Public().Oversight().Fingerprint())
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", "", "name of the body (required)")
	c.Flags().StringVar(&out, "out", "oversight.key", "file to write")
	return c
}
