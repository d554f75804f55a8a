package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) bundleCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "bundle REQUEST", Short: "Write what proves to a court who asked, answered and used what, and when",
		Long: "Writes a file with the ledger's receipts for each step of a request, the voters' keys and the parties' records, and beside it a page in plain language. " +
			"'crosscase-audit check FILE' verifies it by itself, without node, ledger or network. It holds no identifier, name of an officer or text of the case.",
		Example: "  crosscase bundle request_3f... --out request.bundle", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var id casework.RequestID
			if err := id.UnmarshalText([]byte(args[0])); err != nil {
				return &cli.UsageError{Message: fmt.Sprintf("%q is no request", args[0]), Next: "'crosscase due' lists them"}
			}
			r, err := call(cmd.Context(), a, api.RequestBundle, api.BundleRequest{Request: id})
			if err != nil {
				return err
			}
			if err := cli.WriteNew(out, []byte(r.Bundle), 0o644); err != nil {
				return err
			}
			if err := cli.WriteNew(out+".html", []byte(r.Page), 0o644); err != nil {
				return errors.Join(err, os.Remove(out)) // the two go together
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%d steps are in %s, and a page in %s.html.\n  keys of the voters  %s\nnext: the reader checks it with 'crosscase-audit check %s', and compares these keys with what another member says\n", r.Steps, out, out, r.Fingerprint, out)
			})
		},
	}
	c.Flags().StringVar(&out, "out", "request.bundle", "file to write")
	return c
}
