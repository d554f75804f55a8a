package audit_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
)

func (l *ledger) note() []byte {
	l.t.Helper()
	note, err := os.ReadFile(filepath.Join(l.dir, "checkpoint"))
	if err != nil {
		l.t.Fatal(err)
	}
	return note
}

// What was verified once must be extended by what is verified next.
func TestCheckpointsFromElsewhere(t *testing.T) {
	l := newLedger(t)
	l.certify(l.nl, l.fr)
	early := l.note()
	l.story()
	l.certify(l.nl, l.fr)
	late := l.note()
	o := l.all()
	o.Known = []audit.Known{{From: "last week", Note: early}, {From: "the copy of fr-fiu", Note: late}}
	if r := l.verify(o); !r.OK {
		t.Errorf("it extends both: %+v", r.Findings)
	}

	// an old copy, to an overseer who knows a newer checkpoint
	if err := os.WriteFile(filepath.Join(l.dir, "checkpoint"), early, 0o644); err != nil {
		t.Fatal(err)
	}
	r := l.verify(o)
	wants(t, r, "behind", 0)
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Detail, "the copy of fr-fiu") {
		t.Errorf("%+v", r.Findings)
	}

	// another network's, and none at all
	o.Known = []audit.Known{{From: "x", Note: []byte("example.org/other\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAA\n")}, {From: "y", Note: []byte("hello")}}
	if r := l.verify(o); len(r.Findings) != 0 || len(r.Input) != 2 || r.Input[0].What != "known" || r.Input[1].What != "known" {
		t.Errorf("%+v", r.Findings)
	}
}

// Two histories of one length, each certified: the report names who signed both.
func TestSplitView(t *testing.T) {
	l := newLedger(t)
	l.story()
	l.certify(l.nl, l.fr)
	c, err := checkpoint.Parse(l.note())
	if err != nil {
		t.Fatal(err)
	}
	c.Root[0] ^= 1
	sign := func(by ...*party) []byte {
		var lines [][]byte
		for _, p := range by {
			signed, err := checkpoint.Sign(c, p.Log, p.Cosigner)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, signed)
		}
		return checkpoint.Assemble(c, lines...)
	}
	o := l.all()
	o.Known = []audit.Known{{From: "the copy of fr-fiu", Note: sign(l.nl)}}
	r := l.verify(o)
	wants(t, r, "split", 0)
	if i := slices.IndexFunc(r.Findings, func(f audit.Finding) bool { return f.What == "split" }); !strings.Contains(r.Findings[i].Detail, "[nl-police] both") {
		t.Errorf("%+v", r.Findings)
	}
	// what nobody signed accuses nobody
	o.Known[0].Note = checkpoint.Assemble(c, []byte("— x AAAA\n"))
	wants(t, l.verify(o), "known", 0)
	if slices.ContainsFunc(l.verify(o).Findings, func(f audit.Finding) bool { return f.What == "split" }) {
		t.Error("an unsigned note accuses")
	}
}

// compared returns how a copy stands to another one that lies in a folder.
func (l *ledger) compared(other *ledger) (audit.Report, audit.Verdict) {
	l.t.Helper()
	o := l.all()
	o.Known = []audit.Known{{From: "the other", Note: other.note(), Copy: tiles.Dir(os.DirFS(other.dir))}}
	r := l.verify(o)
	if len(r.Against) != 1 {
		l.t.Fatalf("%+v", r.Against)
	}
	return r, r.Against[0].Verdict
}

// fork is another history of the same network, by the same members, from an entry on.
func (l *ledger) fork() *ledger {
	l.t.Helper()
	dir := l.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		l.t.Fatal(err)
	}
	other := *l
	other.dir = dir
	var err error
	if other.store, err = tiles.Open(dir); err != nil {
		l.t.Fatal(err)
	}
	if other.state, err = state.Restore(l.state.Bytes()); err != nil {
		l.t.Fatal(err)
	}
	return &other
}

// Copies are compared whichever is longer, and a fork says from where on.
func TestCopiesBothWays(t *testing.T) {
	l := newLedger(t)
	l.certify(l.nl, l.fr)
	same, shorter, forked := l.fork(), l.fork(), l.fork()
	l.story()
	l.certify(l.nl, l.fr)
	forked.add(forked.nl, &entry.Erase{What: "item", Count: 1, Reason: "consent"}) // a leader that shows another history
	forked.certify(forked.nl, forked.fr)
	if r, v := l.compared(shorter); v != audit.Ahead || !r.OK {
		t.Errorf("%s: %+v", v, r.Findings)
	}
	if r, v := shorter.compared(l); v != audit.Behind || len(r.Findings) != 1 || r.Findings[0].What != "behind" {
		t.Errorf("%s: %+v", v, r.Findings)
	}
	if r, v := shorter.compared(same); v != audit.Same || !r.OK {
		t.Errorf("%s: %+v", v, r.Findings)
	}
	for _, pair := range [][2]*ledger{{l, forked}, {forked, l}} {
		r, v := pair[0].compared(pair[1])
		if v != audit.Fork || len(r.Findings) != 1 || r.Findings[0].What != "split" || !strings.Contains(r.Findings[0].Detail, "part at entry 2;") {
			t.Errorf("%d against %d: %s: %+v", pair[0].store.Size(), pair[1].store.Size(), v, r.Findings)
		}
	}
	// a checkpoint of this history that no quorum of then certified
	o := l.all()
	shorter.certify(shorter.nl)
	o.Known = []audit.Known{{From: "a stick", Note: shorter.note()}}
	wants(t, l.verify(o), "not-certified", 0)
}

// A key with which nothing can be opened must not look like nothing to find.
func TestKeyOfNoBody(t *testing.T) {
	l := newLedger(t)
	l.story()
	l.certify(l.nl, l.fr)
	other, err := audit.NewOversight("Another body")
	if err != nil {
		t.Fatal(err)
	}
	o := l.all()
	o.Secrets = append(o.Secrets, other)
	r := l.verify(o)
	differs(t, r, "key")
	if !strings.Contains(r.Input[0].Detail, "Another body") {
		t.Errorf("%+v", r.Input)
	}
}

func TestLateDecisions(t *testing.T) {
	l := newLedger(t)
	r := l.request(nil)
	l.add(l.nl, r)
	l.at = time.UnixMilli(r.Due)
	index := l.add(l.fr, l.decision(r, nil)) // a second after
	l.certify(l.nl, l.fr)
	if got := l.verify(l.all()); !slices.Equal(got.Late, []uint64{index}) || len(got.Overdue) != 0 || !got.OK {
		t.Errorf("%+v", got)
	}
}
