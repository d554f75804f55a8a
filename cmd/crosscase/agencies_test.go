package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// countries are the folders that agencies takes, and who lives there.
var countries = map[string]casework.AgencyID{"nl": "nl-police", "fr": "fr-fiu", "gb": "gb-hotline"}

// found makes agencies whose nodes run, each in a folder named after its country and
// with an operator, an investigator and a supervisor. Several become a network, whose
// fingerprint is GENESIS: agencies DIR...
func found(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	program, err := exec.LookPath("crosscase")
	ts.Check(err)
	ts.Check(ts.Exec("crosscase-audit", "keygen", "--name", "Inspectorate", "--out", "oversight.key"))
	var in []*agency.Agency
	for _, dir := range args {
		id, ok := countries[dir]
		if !ok {
			ts.Fatalf("no agency lives in %q", dir)
		}
		a := &agency.Agency{ID: id, Name: "Agency of " + dir, Country: strings.ToUpper(dir), Dir: ts.MkAbs(dir)}
		ts.Check(a.Initialise(ctx, ts.MkAbs("oversight.key.pub")))
		ts.Check(a.Start(program))
		ts.Defer(func() { _ = a.Stop() }) // stopped already, most often
		ts.Value(nodesKey).(nodes)[dir] = a
		if err := a.Ready(ctx); err != nil {
			ts.Fatalf("%v\n%s", err, ts.ReadFile(dir+"/node.log"))
		}
		ts.Check(a.AddOfficers(ctx))
		in = append(in, a)
	}
	if len(in) == 1 {
		return
	}
	const name = "example.org/story"
	made, err := api.NetworkCreate.Call(ctx, in[0].As(in[0].Operator), api.NetworkCreateRequest{Name: name})
	ts.Check(err)
	in[0].Network = name
	ts.Setenv("GENESIS", made.NetworkFingerprint)
	for i, a := range in[1:] {
		ts.Check(a.Join(ctx, in[:i+1], func(*agency.Agency, api.ApprovalView) {}))
	}
}

// as runs a command as an officer of an agency: as nl/investigator inbox --json
func as(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("crosscase", asOfficer(args[0], args[1:]...)...)
	if (err != nil) != neg {
		ts.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
}

func asOfficer(who string, command ...string) []string {
	return append(command, "--dir", path.Dir(who), "--officer", who+".key")
}

// takeBack exports a case or a disclosure FROM to the file FROM.FORMAT, takes that into
// a new case, twice, and writes what the case holds then to back-FORMAT.csv:
// takeback WHO FROM FORMAT [FLAG...]
func takeBack(ts *testscript.TestScript, _ bool, args []string) {
	who, from, format, flags := args[0], args[1], args[2], args[3:]
	file, back := from+"."+format, "back-"+format
	run := func(command ...string) string {
		ts.Check(ts.Exec("crosscase", asOfficer(who, command...)...))
		return ts.ReadFile("stdout")
	}
	run("export", from, "--format", format, "--out", file)
	run("case", "new", back, "--region", "GB", "--offence", "human-trafficking", "--legal-basis", "national law")
	intake := append([]string{"intake", file, "--case", back, "--warning-lists", "empty-files"}, flags...)
	run(intake...)
	run("export", back, "--format", "csv", "--out", back+".csv")
	first := ts.ReadFile(back + ".csv")
	run(intake...)
	ts.Check(os.Remove(ts.MkAbs(back + ".csv")))
	run("export", back, "--format", "csv", "--out", back+".csv")
	if second := ts.ReadFile(back + ".csv"); second != first {
		ts.Fatalf("the second time, %s brought more than the first:\n%s\nafter\n%s", filepath.Base(file), second, first)
	}
}

// nodes are the nodes that a story runs, by folder.
type nodes map[string]interface{ Stop() error }

const nodesKey = "nodes"

// A process is the node of a folder that the story was given.
type process struct{ *exec.Cmd }

// Stop ends the node in good order.
func (p process) Stop() error { return errors.Join(p.Process.Signal(os.Interrupt), p.Wait()) }

// runNode runs the node in a folder until killnode or stopnodes ends it, or the
// story does: runnode DIR
func runNode(ts *testscript.TestScript, _ bool, args []string) {
	c := exec.Command("crosscase", "up", "--dir", ts.MkAbs(args[0]))
	ts.Check(c.Start())
	ts.Value(nodesKey).(nodes)[args[0]] = process{c}
	ts.Defer(func() {
		_ = c.Process.Kill() // ended already, most often
		_ = c.Wait()
	})
}

// killNode kills a node of runnode at once, whatever it does: killnode DIR
func killNode(ts *testscript.TestScript, _ bool, args []string) {
	p := ts.Value(nodesKey).(nodes)[args[0]].(process)
	ts.Check(p.Process.Kill())
	_ = p.Wait() // it was killed
}

// stopNodes stops the nodes in folders in good order: stopnodes DIR...
func stopNodes(ts *testscript.TestScript, _ bool, args []string) {
	for _, dir := range args {
		ts.Check(ts.Value(nodesKey).(nodes)[dir].Stop())
	}
}
