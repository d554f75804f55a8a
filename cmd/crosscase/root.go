package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node/api"
)

// Exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused, or nothing found
	exitFault   = 2 // wrong usage, or a failure
)

// errNothing ends a command that worked and found nothing.
var errNothing = errors.New("nothing found")

// An app is one invocation: its flags and where it prints.
type app struct {
	out, err io.Writer
	in       io.Reader
	dir      string // of the node
	officer  string // key file, or agent:NAME
	json     bool
}

func run(ctx context.Context, args []string) int {
	a := &app{out: os.Stdout, err: os.Stderr, in: os.Stdin}
	err := cli.Run(ctx, a.root, args)
	if err != nil {
		a.explain(a.err, err)
	}
	return exitCode(err)
}

func exitCode(err error) int {
	var ce *api.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNothing):
		return exitRefused
	case errors.As(err, &ce) && (ce.Code == api.Refused || ce.Code == api.Denied || ce.Code == api.NotFound):
		return exitRefused
	}
	return exitFault
}

// explain prints what happened and what to do next.
func (a *app) explain(w io.Writer, err error) {
	if errors.Is(err, errNothing) {
		return // said on stdout
	}
	var ce *api.Error
	var wrong *cli.UsageError
	switch {
	case errors.As(err, &ce):
	case errors.As(err, &wrong):
		ce = &api.Error{Code: api.Invalid, Message: wrong.Message, Next: wrong.Next}
	default:
		ce = &api.Error{Code: api.Invalid, Message: err.Error()}
	}
	if a.json {
		_ = json.NewEncoder(w).Encode(map[string]any{"error": ce}) // stderr is all there is
		return
	}
	fmt.Fprintf(w, "crosscase: %s\n", ce.Message)
	if ce.Next != "" {
		fmt.Fprintf(w, "  next: %s\n", ce.Next)
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "crosscase",
		Short: "Find the lead that two agencies share, without showing the files",
		Long: "crosscase finds out that two agencies hold the same phone number, wallet or picture, " +
			"without either showing its files, and leaves a record of every question that an overseer can verify.",
		Example: "  # the whole story on this machine: three agencies, an overseer, real sample data\n  crosscase demo",
	}
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetIn(a.in)
	f := root.PersistentFlags()
	f.StringVar(&a.dir, "dir", defaultDir(), "the node's folder ($CROSSCASE_DIR)")
	f.StringVar(&a.officer, "officer", os.Getenv("CROSSCASE_OFFICER"), "key of the officer who acts: a file, or agent:NAME for ssh-agent ($CROSSCASE_OFFICER)")
	f.BoolVar(&a.json, "json", false, "print JSON")
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "Start"},
		&cobra.Group{ID: "operate", Title: "Operate"},
		&cobra.Group{ID: "collect", Title: "Collect and search"},
		&cobra.Group{ID: "match", Title: "Match"},
		&cobra.Group{ID: "disclose", Title: "Disclose"},
	)
	group := func(id string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("start", a.demoCommand(), a.initCommand(), a.upCommand(), a.statusCommand(), a.versionCommand())
	group("operate", a.networkCommand(), a.officerCommand(), a.publishCommand(), a.benchCommand())
	group("collect", a.caseCommand(), a.addCommand(), a.intakeCommand(), a.reportsCommand(), a.identifyCommand(), a.listsCommand(), a.searchCommand(), a.itemCommand(), a.holdsCommand(), a.codesCommand(), a.exportCommand())
	group("match", a.askCommand(), a.askedCommand(), a.inboxCommand(), a.whyCommand(), a.dismissCommand())
	group("disclose", a.requestCommand(), a.approveCommand(), a.refuseCommand(), a.answerCommand(), a.openCommand(), a.useCommand(), a.dueCommand(), a.bundleCommand())
	return root
}

func defaultDir() string {
	if d := os.Getenv("CROSSCASE_DIR"); d != "" {
		return d
	}
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "crosscase")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "crosscase")
	}
	return "crosscase"
}

// print writes a result as JSON, or through text for a person.
func (a *app) print(result any, text func(w io.Writer)) error {
	if !a.json {
		var b bytes.Buffer
		text(&b)
		if _, err := io.WriteString(a.out, printable(b.String())); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		return nil
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(result); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
