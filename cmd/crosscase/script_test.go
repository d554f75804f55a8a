package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"crosscase": func() { os.Exit(Main()) }})
}

// run runs the stories of a folder: each a file of commands as a person gives them.
func runStories(t *testing.T, dir string) {
	tools := t.TempDir() // crosscase-audit is a program of its own
	build := exec.Command("go", "build", "-o", tools, "../crosscase-audit")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("crosscase-audit: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			pass := filepath.Join(e.WorkDir, "pass")
			if err := os.WriteFile(pass, []byte(agency.Passphrase+"\n"), 0o600); err != nil {
				return err
			}
			e.Values[nodesKey] = nodes{}
			e.Setenv("CROSSCASE_OFFICER_PASSPHRASE_FILE", pass)
			e.Setenv("CROSSCASE_OVERSIGHT_PASSPHRASE_FILE", pass)
			e.Setenv("PATH", tools+string(filepath.ListSeparator)+e.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"loopback": loopback, "jsonget": jsonGet, "until": until, "flip": flip, "countlines": countLines, "lastline": lastLine, "same": same, "sameitems": sameItems, "day": day, "try": try,
			"agencies": found, "as": as, "takeback": takeBack, "cast": cast, "runnode": runNode, "killnode": killNode, "stopnodes": stopNodes,
		},
	})
}

// loopback sets variables to addresses of loopback that nobody else has.
func loopback(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Setenv(name, agency.Loopback())
	}
}

// jsonGet sets a variable to a value of a JSON file: jsonget VAR file a.0.b
func jsonGet(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: jsonget VAR FILE PATH")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &v))
	for step := range strings.SplitSeq(args[2], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			if i >= len(x) {
				ts.Fatalf("%s has only %d elements", args[2], len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: nothing at %q", args[1], step)
		}
	}
	if v == nil {
		ts.Fatalf("%s: nothing at %q", args[1], args[2])
	}
	ts.Setenv(args[0], fmt.Sprint(v))
}

// until repeats a command until its output holds a text: until 'text' command...
func until(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: until TEXT COMMAND...")
	}
	deadline := time.Now().Add(120 * time.Second)
	last := ""
	for time.Now().Before(deadline) {
		var err error
		if args[1] == "as" {
			err = ts.Exec("crosscase", asOfficer(args[2], args[3:]...)...)
		} else {
			err = ts.Exec(args[1], args[2:]...)
		}
		last = ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if strings.Contains(last, args[0]) {
			return
		}
		_ = err                             // a node that is not up yet
		<-time.After(50 * time.Millisecond) // between two looks at another process
	}
	ts.Fatalf("never %q; the last was:\n%s", args[0], last)
}

// flip changes one bit of a file: flip FILE OFFSET
func flip(ts *testscript.TestScript, _ bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[at] ^= 1
	ts.Check(os.WriteFile(path, data, 0o644))
}

// countLines checks how many lines of a file hold a text: countlines N TEXT FILE
func countLines(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	for line := range strings.SplitSeq(ts.ReadFile(args[2]), "\n") {
		if strings.Contains(line, args[1]) {
			got++
		}
	}
	if got != want {
		ts.Fatalf("%d lines with %q, want %d", got, args[1], want)
	}
}

// TestStory is the whole way of a lead, with three nodes as real processes.
func TestStory(t *testing.T) { runStories(t, "testdata/script") }

// lastLine writes the last line of a file to another: lastline FILE OUT
func lastLine(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(lines[len(lines)-1]), 0o600))
}

// same checks that two values are equal.
func same(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || args[0] != args[1] || args[0] == "" {
		ts.Fatalf("%q are not the same", args)
	}
}

// sameItems checks that two CSV exports hold the same rows, in any order and
// whatever the case is called: sameitems FILE FILE
func sameItems(ts *testscript.TestScript, _ bool, args []string) {
	var files [2][]string
	for i, name := range args {
		rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(name))).ReadAll()
		ts.Check(err)
		ref := slices.Index(rows[0], "case_ref")
		for _, row := range rows {
			files[i] = append(files[i], fmt.Sprintf("%q", slices.Delete(row, ref, ref+1)))
		}
		slices.Sort(files[i])
	}
	if !slices.Equal(files[0], files[1]) || len(files[0]) < 2 {
		ts.Fatalf("%s holds\n%s\n%s holds\n%s", args[0], strings.Join(files[0], "\n"), args[1], strings.Join(files[1], "\n"))
	}
}

// day sets a variable to the date of a time: day VAR TIME
func day(ts *testscript.TestScript, _ bool, args []string) {
	at, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	ts.Setenv(args[0], at.UTC().Format(time.DateOnly))
}

// try runs a command whose exit status does not matter.
func try(ts *testscript.TestScript, _ bool, args []string) { _ = ts.Exec(args[0], args[1:]...) }

// cast returns the agencies of the demo their parts in a story whose hero is named:
// it sets LEAD, ASKER and THIRD to folders, and ASKERCASE and THIRDCASE.
func cast(ts *testscript.TestScript, _ bool, args []string) {
	agencies := []struct{ name, dir, file string }{{"nl-police", "nl", "NL-2026-0417"}, {"fr-fiu", "fr", "FR-2026-88"}, {"gb-hotline", "gb", "GB-H-1203"}}
	for i, a := range agencies {
		if a.name == args[0] {
			ts.Setenv("LEAD", a.dir)
			for j, part := range []string{"ASKER", "THIRD"} {
				other := agencies[(i+j+1)%len(agencies)]
				ts.Setenv(part, other.dir)
				ts.Setenv(part+"CASE", other.file)
			}
			return
		}
	}
	ts.Fatalf("no agency of the demo is called %q", args[0])
}
