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

func (a *app) splitCommand() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use: "split SHARE SHARE", Short: "Split the body's key into two shares, for two people",
		Long: "With one share nothing is opened; with both, everything, and 'read' shows what may name a person. " +
			"Give one to the lawyer and one to the technician, and destroy the whole key or lock it away.",
		Example: "  crosscase-audit split --key oversight.key lawyer.share technician.share", Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := secrets([]string{key})
			if err != nil {
				return err
			}
			first, second, err := all[0].Split()
			if err != nil {
				return err
			}
			if err := cli.WriteNew(args[0], first, 0o600); err != nil {
				return err
			}
			if err := cli.WriteNew(args[1], second, 0o600); err != nil {
				return errors.Join(err, os.Remove(args[0])) // half a pair is of no use
			}
			if a.json {
				return json.NewEncoder(a.out).Encode(map[string]string{"first": args[0], "second": args[1]})
			}
			fmt.Fprintf(a.out, "shares %s and %s; with both, 'read' and 'verify' open what is sealed to the body\n", args[0], args[1])
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "oversight.key", "the whole secret key")
	return c
}

// secrets reads the keys of oversight bodies, whole or in two shares.
func secrets(paths []string) (out []audit.Secret, err error) {
	var share []byte
	var of string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		if audit.IsShare(data) && share == nil {
			share, of = data, path
			continue
		}
		var s audit.Secret
		if audit.IsShare(data) {
			s, err = audit.Join(share, data)
			share = nil
		} else {
			s, err = openSecret(path, data)
		}
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", path, err)
		}
		out = append(out, s)
	}
	if share != nil {
		return nil, &cli.UsageError{Message: of + " is one of two shares, which open nothing alone", Next: "give the other one with a second --key"}
	}
	return out, nil
}
