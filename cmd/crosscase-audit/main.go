// Command crosscase-audit is the overseer's own tool: it makes the body's keys,
// and verifies a copy of the ledger, offline, without any node. It holds none of
// the operator's code.
//
// It exits with 0 when the ledger holds, 1 when something is wrong in it or
// nothing was found to list, and 2 when the command was wrong, the copy could not
// be read, or a key, fingerprint or checkpoint that was given is not of this ledger.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
)

// Exit codes.
const (
	exitHolds   = 0
	exitFinding = 1
	exitFault   = 2
)

// errFindings ends a verification that found something; the report says what.
var errFindings = errors.New("the ledger does not hold")

// errInput ends a verification that found nothing but that the overseer's own key,
// fingerprint or checkpoint is not of this ledger; the report says which.
var errInput = errors.New("what you gave does not belong to this ledger")

// errFork ends a copy that met two histories.
var errFork = errors.New("keep both copies: they prove who signed both")

// errUnjudged ends a verification that could not judge the whole.
var errUnjudged = errors.New("a part of the ledger was not judged; upgrade crosscase-audit")

// errNothing ends a list without a line.
var errNothing = errors.New("no entry is of that type and agency, from there on; 'crosscase-audit log' without flags shows all")

func main() { os.Exit(Main()) }

// gcPercent keeps the heap close to what is held: for a ledger of a million entries that
// is some hundred megabytes without a pointer in them, which cost a collector nothing.
const gcPercent = 20

// Main runs the program and gives its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	debug.SetGCPercent(gcPercent)
	stderr, err := os.Stderr.Stat()
	a := &app{out: os.Stdout, err: os.Stderr, terminal: err == nil && stderr.Mode()&os.ModeCharDevice != 0}
	err = cli.Run(ctx, a.root, os.Args[1:])
	if err != nil && !errors.Is(err, errFindings) && !errors.Is(err, errInput) {
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
	case errors.Is(err, errFindings), errors.Is(err, errNothing), errors.Is(err, errFork), errors.Is(err, errUnread):
		return exitFinding
	}
	return exitFault
}

type app struct {
	out, err io.Writer
	terminal bool // err is one: progress is shown
	json     bool
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
	root.AddCommand(a.keygenCommand(), a.fingerprintCommand(), a.fetchCommand(), a.verifyCommand(), a.logCommand(), a.readCommand(), a.lintCommand(), a.yearCommand(), a.splitCommand(), a.checkCommand(), a.seamCommand())
	return root
}
