package main

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/web"
	"github.com/crosscase/crosscase/policy/agreement"
)

// founded is a ledger of one entry, certified by its only member.
func founded(t *testing.T) (dir, genesis string) {
	t.Helper()
	const network = "example.org/pilot"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p := ledgertest.NewParty(t, network, "nl-police")
	m, key, log, cosign := p.Signed(t), p.Key, p.Log, p.Cosigner
	now := time.Now().UnixMilli()
	e, err := entry.Sign(entry.Header{Network: network, Agency: "nl-police", Seq: 1, Time: now},
		&entry.Genesis{Agreement: agreement.Default(network).Bytes(), Founder: m}, key)
	must(err)
	dir = t.TempDir()
	s, err := tiles.Open(dir)
	must(err)
	must(s.Append(entry.Leaf(now, e.Raw())))
	size, root := s.Root()
	c := checkpoint.Checkpoint{Origin: network, Size: size, Root: root}
	lines, err := checkpoint.Sign(c, log, cosign)
	must(err)
	must(s.Publish(c, checkpoint.Assemble(c, lines)))
	return dir, entry.Fingerprint(e.Hash())
}

func TestVerifyAndLog(t *testing.T) {
	dir, genesis := founded(t)
	server := httptest.NewServer(web.Handler(os.DirFS(dir)))
	defer server.Close()
	for _, where := range []string{dir, server.URL} {
		out, code := tool(t, "verify", where, "--genesis", genesis, "--json")
		var r audit.Report
		if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitHolds || !r.OK || !r.Trusted || r.Entries != 1 {
			t.Errorf("exit %d, %v: %s", code, err, out)
		}
		if out, code := tool(t, "log", where); code != exitHolds || !strings.Contains(out, "founded by nl-police") {
			t.Errorf("exit %d: %s", code, out)
		}
		if out, code := tool(t, "log", where, "--type", "query"); code != exitFinding || !strings.HasPrefix(out, "no entry") {
			t.Errorf("exit %d: %s", code, out)
		}
		if out, code := tool(t, "verify", where, "--genesis", strings.Repeat("AAAA ", 8)); code != exitFault || !strings.Contains(out, "YOUR INPUT DIFFERS") || !strings.Contains(out, "genesis: ") {
			t.Errorf("exit %d: %s", code, out)
		}
	}
	path := filepath.Join(dir, "tile", "entries", "000.p", "1")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, code := tool(t, "verify", dir, "--genesis", genesis); code != exitFinding || !strings.Contains(out, "entry 0: changed") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// What an overseer may get wrong: each is told for what it is, with what to do.
func TestMistakes(t *testing.T) {
	dir, genesis := founded(t)
	node := t.TempDir()
	if err := os.MkdirAll(filepath.Join(node, "ledger"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(node, "ledger", "tiles"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "oversight.key")
	if out, code := tool(t, "keygen", "--name", "Another body", "--out", key); code != exitHolds {
		t.Fatal(out)
	}
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"verify"}, exitFault, "0 given"},
		{[]string{"verify", dir, dir}, exitFault, "2 given"},
		{[]string{"verify", node}, exitFault, "give that"},
		{[]string{"verify", filepath.Join(node, "ledger")}, exitFault, "tiles has one"},
		{[]string{"verify", t.TempDir()}, exitFault, "no checkpoint"},
		{[]string{"verify", key}, exitFault, "no folder"},
		{[]string{"verify", dir, "--genesis", ""}, exitFault, "eight groups"},
		{[]string{"verify", dir, "--genesis", "AAAA BBBB"}, exitFault, "this has 8"},
		{[]string{"verify", dir, "--genesis", genesis[:len(genesis)-1] + "1"}, exitFault, "eight groups"},
		{[]string{"verify", dir, "--genesis", strings.ToLower(strings.ReplaceAll(genesis, " ", "-"))}, exitHolds, "The ledger holds"},
		{[]string{"verify", dir, "--key", key + ".pub"}, exitFault, "without .pub"},
		{[]string{"verify", dir, "--key", write("k", "hello")}, exitFault, "not the keys"},
		{[]string{"verify", dir, "--key", key}, exitFault, `no member named "Another body"`},
		{[]string{"verify", dir, "--against", key}, exitFault, "not a checkpoint"},
		{[]string{"verify", dir, "--against", t.TempDir()}, exitFault, "no checkpoint"},
		{[]string{"verify", dir, "--against", node}, exitFault, "give that"},
		{[]string{"verify", dir, "--against", filepath.Join(node, "ledger", "tiles")}, exitHolds, "The ledger holds"},
		{[]string{"verify", dir, "--remember", t.TempDir()}, exitFault, "no checkpoint"},
		{[]string{"log", dir, "--type", "qurey"}, exitFault, "they are"},
		{[]string{"log", dir, "--agency", "NL Police"}, exitFault, "--agency"},
		{[]string{"log", dir, "--agency", "fr-fiu"}, exitFinding, "no entry"},
		{[]string{"log", dir, "--from", "9"}, exitFinding, "no entry"},
		{[]string{"log"}, exitFault, "0 given"},
	} {
		if out, code := tool(t, c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%v: exit %d: %s", c.args, code, out)
		}
	}
}

// Copies that lie in one another, are older, or were fetched from two members.
func TestCopies(t *testing.T) {
	dir, genesis := founded(t)
	inner, aside := filepath.Join(dir, "tiles"), t.TempDir()
	if err := errors.Join(os.CopyFS(aside, os.DirFS(dir)), os.CopyFS(inner, os.DirFS(aside))); err != nil {
		t.Fatal(err)
	}
	if out, code := tool(t, "verify", dir); code != exitFault || !strings.Contains(out, "another one in tiles (1 entries)") {
		t.Errorf("exit %d: %s", code, out)
	}
	server := httptest.NewServer(web.Handler(os.DirFS(inner)))
	defer server.Close()
	dest := filepath.Join(t.TempDir(), "pilot")
	for range 2 {
		if out, code := tool(t, "fetch", server.URL, inner, dest); code != exitHolds || !strings.Contains(out, "has 1 entries") {
			t.Fatalf("exit %d: %s", code, out)
		}
	}
	if out, code := tool(t, "verify", dest, "--genesis", genesis, "--against", inner); code != exitHolds || strings.Count(out, "same history (1 entries)") != 3 {
		t.Errorf("exit %d: %s", code, out)
	}
	other, _ := founded(t) // of the same name, by others
	if out, code := tool(t, "fetch", other, dest); code != exitFinding || !strings.Contains(out, "ANOTHER HISTORY") {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := tool(t, "verify", dest, "--against", other); code != exitFinding || !strings.Contains(out, "ANOTHER HISTORY") {
		t.Errorf("exit %d: %s", code, out)
	}
	for _, args := range [][]string{{"fetch", dest}, {"fetch", dir, dest}, {"fetch", inner, filepath.Dir(dest)}, {"fetch", inner, server.URL}} {
		if out, code := tool(t, args...); code != exitFault {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
}

// What was verified once is remembered, and the next copy checked against it.
func TestRemember(t *testing.T) {
	dir, genesis := founded(t)
	file := filepath.Join(t.TempDir(), "pilot.checkpoint")
	for range 2 {
		if out, code := tool(t, "verify", dir, "--genesis", genesis, "--remember", file); code != exitHolds {
			t.Fatalf("exit %d: %s", code, out)
		}
	}
	note, err := os.ReadFile(filepath.Join(dir, tiles.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != string(note) {
		t.Errorf("%v: %q", err, kept)
	}
	newer := strings.Replace(string(note), "\n1\n", "\n7\n", 1)
	if err := os.WriteFile(file, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := tool(t, "verify", dir, "--remember", file); code != exitFinding || !strings.Contains(out, "left out") {
		t.Errorf("exit %d: %s", code, out)
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != newer {
		t.Errorf("what was remembered was replaced by what does not hold: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
}
