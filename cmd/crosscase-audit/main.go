// Command crosscase-audit is the overseer's own tool: it makes the body's keys,
// and verifies a copy of the ledger, offline, without any node. It holds none of
// the operator's code.
//
// It exits with 0 when the ledger holds, 1 when something is wrong in it, and 2
// when the command was wrong or the copy could not be read.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/web"
)

// Exit codes.
const (
	exitHolds   = 0
	exitFinding = 1
	exitFault   = 2
)

// errFindings ends a verification that found something; the report says what.
var errFindings = errors.New("the ledger does not hold")

func main() { os.Exit(Main()) }

// Main runs the program and gives its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{out: os.Stdout}
	err := cli.Run(ctx, a.root, os.Args[1:])
	if err != nil && !errors.Is(err, errFindings) {
		explain(os.Stderr, err)
	}
	return exitCode(err)
}

// explain prints what happened and what to do next.
func explain(w io.Writer, err error) {
	var wrong *cli.UsageError
	if errors.As(err, &wrong) {
		fmt.Fprintf(w, "crosscase-audit: %s\n  next: %s\n", wrong.Message, wrong.Next)
		return
	}
	fmt.Fprintf(w, "crosscase-audit: %v\n", err)
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitHolds
	case errors.Is(err, errFindings):
		return exitFinding
	}
	return exitFault
}

type app struct {
	out  io.Writer
	json bool
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "crosscase-audit", Short: "Verify a crosscase ledger, offline and without any node",
		Long: "The overseer's tool. It needs a copy of the folder ledger/tiles of any node, or its address over HTTP, and the fingerprint of the network's first entry. " +
			"With the body's own key it also opens the justifications that were sealed to it.",
		Example: "  crosscase-audit verify tiles/ --genesis 'K3QF 7XZA ...' --key oversight.key",
	}
	root.SetOut(a.out)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON")
	root.AddCommand(a.keygenCommand(), a.verifyCommand(), a.logCommand())
	return root
}

func (a *app) keygenCommand() *cobra.Command {
	var name, out string
	c := &cobra.Command{
		Use: "keygen", Short: "Make the keys of an oversight body",
		Long:    "Writes the secret key to FILE, which only the body may hold, and what agencies need to know to FILE.pub.",
		Example: "  crosscase-audit keygen --name 'Data Protection Inspectorate' --out oversight.key", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := audit.NewOversight(name)
			if err != nil {
				return err
			}
			secret, err := s.Text()
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
			fmt.Fprintf(a.out, "secret key  %s (keep it; without it nobody can read the sealed details)\npublic keys %s.pub (give it to the agencies you oversee)\n", out, out)
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", "", "name of the body (required)")
	c.Flags().StringVar(&out, "out", "oversight.key", "file to write")
	return c
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
	return tiles.Dir(os.DirFS(where)), nil
}

func (a *app) verifyCommand() *cobra.Command {
	var genesis string
	var keys []string
	c := &cobra.Command{
		Use: "verify FOLDER|URL", Short: "Replay the whole ledger and say whether it holds",
		Long: "Recomputes every hash, checks every signature, chain, quota and step against the agreement in force, and the voters' signatures on the checkpoint. " +
			"With --key it opens what was sealed to the body and checks that queries were justified and approvals came from two officers. Names each entry that is wrong.",
		Example: "  crosscase-audit verify tiles/\n  crosscase-audit verify tiles/ --genesis 'K3QF 7XZA ...' --key oversight.key --json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := source(args[0])
			if err != nil {
				return err
			}
			o := audit.Options{Genesis: genesis, At: time.Now()}
			for _, path := range keys {
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
			report, err := audit.Verify(cmd.Context(), src, o)
			if err != nil {
				return err
			}
			if a.json {
				err = json.NewEncoder(a.out).Encode(report)
			} else {
				report.WriteText(a.out)
			}
			if err == nil && !report.OK {
				err = errFindings
			}
			return err
		},
	}
	c.Flags().StringVar(&genesis, "genesis", "", "fingerprint of the network's first entry, as you know it")
	c.Flags().StringSliceVar(&keys, "key", nil, "secret key of the oversight body")
	return c
}

func (a *app) logCommand() *cobra.Command {
	var f audit.Filter
	var kind, agency string
	c := &cobra.Command{
		Use: "log FOLDER|URL", Short: "List entries", Args: cobra.ExactArgs(1),
		Example: "  crosscase-audit log tiles/ --type query\n  crosscase-audit log tiles/ --agency nl-police --from 100 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := source(args[0])
			if err != nil {
				return err
			}
			f.Type, f.Agency = kind, agency
			return audit.List(cmd.Context(), src, f, func(line audit.Line) error {
				if a.json {
					return json.NewEncoder(a.out).Encode(line)
				}
				_, err := fmt.Fprintf(a.out, "%6d  %s  %-16s %-18s %s\n", line.Index, line.At.Format(time.RFC3339), line.Agency, line.Type, line.Facts)
				return err
			})
		},
	}
	c.Flags().StringVar(&kind, "type", "", "only entries of this type, such as query")
	c.Flags().StringVar(&agency, "agency", "", "only entries of this agency")
	c.Flags().Uint64Var(&f.From, "from", 0, "index of the first entry")
	return c
}
