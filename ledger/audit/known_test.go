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
