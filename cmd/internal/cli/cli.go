// Package cli is what the programs share about being run from a shell: help, and
// what they say to somebody who wrote a command wrongly. It knows nothing of what
// the commands do.
//
// Help is laid out by fang, and only help: fang asks the terminal for its colours
// before it prints anything, an error too, and a terminal's answer that comes late
// is typed into the officer's next prompt.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/ledger/durable"
)

// A UsageError says that a command was written wrongly, and how it is written.
type UsageError struct{ Message, Next string }

func (e *UsageError) Error() string { return e.Message + "; " + e.Next }

// Run runs the program that build makes, and gives its error, of which nothing
// has been printed. Wrong usage is a [*UsageError]. A program is built anew for its
// help.
func Run(ctx context.Context, build func() *cobra.Command, args []string) error {
	root := build()
	root.Version = Version()
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetArgs(args)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		page := build()
		page.SetArgs(append(strings.Fields(c.CommandPath())[1:], "--help"))
		_ = fang.Execute(ctx, page, fang.WithVersion(Version()), fang.WithoutManpage()) // it is help: there is nothing else to do
	})
	spell(root, root.Name())
	err := root.ExecuteContext(ctx)
	if err != nil && strings.HasPrefix(err.Error(), "unknown command") {
		return &UsageError{strings.Join(strings.Fields(err.Error()), " "), fmt.Sprintf("see '%s --help'", root.Name())}
	}
	return err
}

// spell lets a command and those below it say how they are written when they are
// given something else. Without it a command that only groups others takes a
// mistyped one for a wish to see the help.
func spell(c *cobra.Command, program string) {
	name := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), program)+": ", " ")
	if !c.HasParent() {
		name = ""
	}
	wrong := func(format string, args ...any) error {
		usage := c.UseLine()
		if c.HasSubCommands() {
			usage = c.CommandPath() + " COMMAND"
		}
		return &UsageError{name + fmt.Sprintf(format, args...), fmt.Sprintf("write '%s', or see '%s --help'", usage, c.CommandPath())}
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return wrong("%s", err) })
	switch check := c.Args; {
	case !c.HasParent(): // cobra's own answer to an unknown command is good
	case c.HasSubCommands():
		c.SuggestionsMinimumDistance = 2
		c.Args = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				return wrong("there is no command %q; did you mean %q?", args[0], near[0])
			}
			return wrong("there is no command %q", args[0])
		}
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	case check != nil:
		c.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			switch {
			case err == nil:
				return nil
			case strings.HasPrefix(err.Error(), "unknown command"): // what cobra calls an argument too many
				return wrong("it takes no argument")
			}
			return wrong("%s", err)
		}
	}
	for _, sub := range c.Commands() {
		spell(sub, program)
	}
}

// version is set by a release build: -ldflags "-X .../cmd/internal/cli.version=v1.2.3".
var version string

// Version says which build this is: the release, the module's version, or the commit
// it was built from, marked where the tree had changes.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return "devel"
	}
	text := "devel-" + revision[:min(12, len(revision))]
	if settings["vcs.modified"] == "true" {
		text += "-changed"
	}
	return text
}

// WriteNew writes a file that must not exist yet: nothing is ever replaced, and what is
// written is on disk when it returns. Some of it is a key that nobody can make again.
func WriteNew(path string, data []byte, mode os.FileMode) error {
	err := durable.Create(path, data, mode)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return &UsageError{err.Error(), "nothing is replaced; name another file"}
	}
	return err
}
