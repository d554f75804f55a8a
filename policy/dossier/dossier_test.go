package dossier_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/crosscase/crosscase/policy/dossier"
)

var update = flag.Bool("update", false, "write the table of transitions")

var states = []dossier.State{
	dossier.None, dossier.Draft, dossier.Approved, dossier.Sent, dossier.Answered, dossier.Received, dossier.Escalated, dossier.AnswerDraft,
	dossier.Requested, dossier.Granted, dossier.Refused, dossier.Delivered, dossier.Opened, dossier.Used, dossier.Closed, dossier.Expired, dossier.Failed,
}

var steps = []dossier.Step{
	dossier.DoDraft, dossier.DoApprove, dossier.DoRequest, dossier.DoEscalate, dossier.DoAnswer, dossier.DoRefuse, dossier.DoGrant,
	dossier.DoDeliver, dossier.DoOpen, dossier.DoUse, dossier.DoExpire, dossier.DoFail,
}

// TestTable prints what each party may do from each state, to be read as a diff.
func TestTable(t *testing.T) {
	var b strings.Builder
	for _, p := range []dossier.Party{dossier.Asker, dossier.Holder, dossier.Ledger} {
		for _, from := range states {
			for _, s := range dossier.Steps(p, from) {
				to, err := dossier.Next(p, from, s)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%-8s%-16s%-10s=> %s\n", p, or(from), s, to)
			}
		}
	}
	const golden = "testdata/transitions.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
}

func or(s dossier.State) dossier.State {
	if s == dossier.None {
		return "-"
	}
	return s
}

// TestOthersAreRefused: what Steps does not list is refused, and changes nothing.
func TestOthersAreRefused(t *testing.T) {
	for _, p := range []dossier.Party{0, dossier.Asker, dossier.Holder, dossier.Ledger, 9} {
		for _, from := range append(slices.Clone(states), "another") {
			allowed := dossier.Steps(p, from)
			for _, s := range append(slices.Clone(steps), "another") {
				to, err := dossier.Next(p, from, s)
				if slices.Contains(allowed, s) != (err == nil) || (err != nil && (!errors.Is(err, dossier.ErrOrder) || to != from)) {
					t.Errorf("%s, %q, %s: %q, %v", p, from, s, to, err)
				}
			}
		}
	}
	if dossier.Direction("").Party() != 0 || dossier.Out.Party() != dossier.Asker || dossier.In.Party() != dossier.Holder {
		t.Error("directions")
	}
}

// A game is one dossier as all three see it, with the messages that are under way.
type game struct {
	t      *rapid.T
	at     map[dossier.Party]dossier.State
	to     map[dossier.Party][]dossier.Step // messages, in order
	logged []dossier.Step
}

func (g *game) take(p dossier.Party, s dossier.Step) {
	next, err := dossier.Next(p, g.at[p], s)
	if err != nil {
		g.t.Fatalf("%s in %q: %v; logged %v", p, g.at[p], err, g.logged)
	}
	g.at[p] = next
}

// log takes a step into the ledger and sends it.
func (g *game) log(s dossier.Step, to dossier.Party) {
	g.take(dossier.Ledger, s)
	g.logged = append(g.logged, s)
	if to != 0 {
		g.to[to] = append(g.to[to], s)
	}
}

// act takes one step of a party of its own accord, with what it logs.
func (g *game) act(p dossier.Party, s dossier.Step) {
	g.take(p, s)
	switch {
	case p == dossier.Asker && s == dossier.DoRequest:
		g.log(s, dossier.Holder)
	case p == dossier.Asker && s == dossier.DoOpen:
		g.log(s, 0)
	case p == dossier.Asker && s == dossier.DoUse:
		g.log(s, dossier.Holder)
	case p == dossier.Holder && s == dossier.DoRefuse:
		g.log(s, dossier.Asker)
	case p == dossier.Holder && s == dossier.DoDeliver:
		g.log(dossier.DoGrant, 0)
		g.log(s, dossier.Asker)
	}
}

// own are the steps that a party takes of its own accord; others it learns of.
var own = map[dossier.Party][]dossier.Step{
	dossier.Asker:  {dossier.DoDraft, dossier.DoApprove, dossier.DoRequest, dossier.DoOpen, dossier.DoUse, dossier.DoExpire},
	dossier.Holder: {dossier.DoAnswer, dossier.DoApprove, dossier.DoRefuse, dossier.DoDeliver},
}

// TestSidesAndLedgerAgree plays honest sides in any order: whatever one may do by
// its own row, the ledger takes, and what arrives can be taken in by the other.
func TestSidesAndLedgerAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &game{t: rt, at: map[dossier.Party]dossier.State{}, to: map[dossier.Party][]dossier.Step{}}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			p := rapid.SampledFrom([]dossier.Party{dossier.Asker, dossier.Holder}).Draw(rt, "party")
			if inbox := g.to[p]; len(inbox) > 0 && rapid.Bool().Draw(rt, "reads") {
				g.to[p] = inbox[1:]
				if inbox[0] == dossier.DoRequest && rapid.Bool().Draw(rt, "escalates") {
					g.take(p, dossier.DoEscalate)
				} else {
					g.take(p, inbox[0])
				}
				continue
			}
			var can []dossier.Step
			for _, s := range dossier.Steps(p, g.at[p]) {
				if slices.Contains(own[p], s) {
					can = append(can, s)
				}
			}
			if len(can) > 0 {
				g.act(p, rapid.SampledFrom(can).Draw(rt, "step"))
			}
			g.holds()
		}
	})
}

// holds checks what no order of steps may break.
func (g *game) holds() {
	asker, holder := g.at[dossier.Asker], g.at[dossier.Holder]
	logged := func(s dossier.Step) bool { return slices.Contains(g.logged, s) }
	switch {
	case asker == dossier.Opened && !logged(dossier.DoOpen):
		g.t.Fatal("opened, and not in the ledger")
	case (holder == dossier.Delivered || asker == dossier.Answered) && !logged(dossier.DoGrant):
		g.t.Fatal("delivered without a decision")
	case logged(dossier.DoGrant) && logged(dossier.DoRefuse):
		g.t.Fatal("granted and refused")
	case holder != dossier.None && !logged(dossier.DoRequest):
		g.t.Fatal("the holder has what was never logged")
	}
}

// TestNothingIsStuck: from every state that can be reached a party gets to one in
// which nothing more is to be done.
func TestNothingIsStuck(t *testing.T) {
	for _, p := range []dossier.Party{dossier.Asker, dossier.Holder, dossier.Ledger} {
		reached := []dossier.State{dossier.None}
		for i := 0; i < len(reached); i++ {
			for _, s := range dossier.Steps(p, reached[i]) {
				if to, _ := dossier.Next(p, reached[i], s); !slices.Contains(reached, to) {
					reached = append(reached, to)
				}
			}
		}
		for _, from := range states {
			if len(dossier.Steps(p, from)) > 0 && !slices.Contains(reached, from) {
				t.Errorf("the %s has steps from %s, which it never reaches", p, from)
			}
		}
		ends := slices.DeleteFunc(slices.Clone(reached), func(s dossier.State) bool { return len(dossier.Steps(p, s)) > 0 })
		if len(ends) == 0 {
			t.Errorf("the %s never comes to an end", p)
		}
	}
}
