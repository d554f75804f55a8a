package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/bundle"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
)

func (a *app) checkCommand() *cobra.Command {
	var fingerprint, page string
	c := &cobra.Command{
		Use: "check FILE", Short: "Check a bundle that an agency handed over, by itself", Args: cobra.ExactArgs(1),
		Long: "A bundle proves when who asked, answered, sent, opened and used what in one request. It needs no ledger, node or network. " +
			"It proves it of the holders of the keys whose fingerprint it prints: compare that with what a member of the network says, and give it with --policy.",
		Example: "  crosscase-audit check request.bundle --policy 'K3QF 7XZA ...'\n  crosscase-audit check request.bundle --html request.html",
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("bundle: %w", err)
			}
			b, err := bundle.Parse(data)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			s, err := b.Check()
			if err != nil {
				fmt.Fprintf(a.out, "THE BUNDLE DOES NOT HOLD: %v\n", err)
				return errFindings
			}
			if fingerprint != "" {
				if err := entry.CheckFingerprint(fingerprint); err != nil {
					return fmt.Errorf("--policy: %w", err)
				}
				if !entry.SameFingerprint(fingerprint, s.Fingerprint) {
					fmt.Fprintf(a.out, "YOUR INPUT DIFFERS: the bundle is certified by other keys, %s, than those that you know.\n", s.Fingerprint)
					return errInput
				}
			}
			if page != "" {
				if err := durable.ReplaceFunc(page, 0o644, func(f *os.File) ([]byte, error) { return nil, s.WriteHTML(f) }); err != nil {
					return err
				}
			}
			return a.statement(s, fingerprint != "")
		},
	}
	c.Flags().StringVar(&fingerprint, "policy", "", "fingerprint of the voters' keys, as a member of the network says it")
	c.Flags().StringVar(&page, "html", "", "file for a page to print, made anew from what was checked")
	return c
}

func (a *app) statement(s bundle.Statement, known bool) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(s)
	}
	verdict := "The bundle holds"
	if !known {
		verdict += ", if the keys are the network's"
	}
	if _, err := io.WriteString(a.out, verdict+".\n"); err != nil {
		return err
	}
	return s.WriteText(a.out)
}
