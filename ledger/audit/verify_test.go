package audit_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

func TestAWholeStoryHolds(t *testing.T) {
	l := newLedger(t)
	l.story()
	l.certify(l.nl, l.fr)
	r := l.verify(l.all())
	if !r.OK || !r.Trusted || r.Entries != 10 || len(r.Members) != 2 || len(r.Cosigners) != 2 || r.Certified.IsZero() {
		t.Fatalf("%+v", r)
	}
	if r.Sealed.Opened != 4 || r.Sealed.Others != 0 || r.Unanswered != 0 || len(r.Overdue) != 0 {
		t.Errorf("%+v", r)
	}
	nl, fr := r.ByAgency["nl-police"], r.ByAgency["fr-fiu"]
	if nl.Queries != 1 || nl.Asked != 3 || nl.Hits != 30 || nl.Requests != 1 || fr.Answers != 1 || fr.Disclosures != 1 {
		t.Errorf("%+v %+v", nl, fr)
	}
	if r := l.verify(audit.Options{Secrets: []audit.Secret{l.nl.secret}}); !r.OK || r.Trusted || r.Sealed.Opened != 3 || r.Sealed.Others != 1 {
		t.Errorf("one body alone: %+v", r)
	}
	var lines int
	err := audit.List(t.Context(), tiles.Dir(os.DirFS(l.dir)), audit.Filter{From: 2, Agency: "fr-fiu"}, func(line audit.Line) error {
		lines++
		if line.Index < 2 || line.Agency != "fr-fiu" {
			t.Errorf("%+v", line)
		}
		return nil
	})
	if err != nil || lines != 3 {
		t.Errorf("%d lines, %v", lines, err)
	}
}

// Whichever byte of the leaves changes, the entry that it is in is named, and nothing
// else, also where the length of a leaf is what changed.
func TestEveryFlippedByteIsNamed(t *testing.T) {
	l := newLedger(t)
	l.story()
	l.certify(l.nl, l.fr)
	path := filepath.Join(l.dir, "tile", "entries", "000.p", "10")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step := len(good)/120 | 1 // odd, and it meets every entry
	entryAt, met := 0, map[int]bool{}
	for at := 0; at < len(good); entryAt++ {
		n := int(binary.BigEndian.Uint16(good[at:]))
		flips := []int{at, at + 1, at + 2, at + 1 + n}
		for i := at + 10; i < at+2+n; i += step {
			flips = append(flips, i)
		}
		for _, i := range flips {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			r := l.verify(audit.Options{Genesis: l.genesis})
			want := uint64(entryAt)
			if r.OK || len(r.Findings) != 1 || r.Findings[0].What != "changed" || r.Findings[0].Index != want || r.Findings[0].Whole {
				t.Fatalf("byte %d of entry %d: %+v", i-at, entryAt, r.Findings)
			}
			met[entryAt] = true
		}
		at += 2 + n
	}
	if len(met) != 10 {
		t.Errorf("%d entries met", len(met))
	}
}

func TestWhatIsNotCertified(t *testing.T) {
	l := newLedger(t)
	l.story()
	l.certify(l.nl)
	wants(t, l.verify(l.all()), "not-certified", 0)

	other := newLedger(t) // a stranger's keys
	l.certify(other.nl, other.fr)
	wants(t, l.verify(l.all()), "not-certified", 0)

	// a checkpoint that quorum signed, over which a root was written
	l.certify(l.nl, l.fr)
	path := filepath.Join(l.dir, "checkpoint")
	note, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitN(note, []byte("\n"), 4)
	if lines[2][3] == 'A' {
		lines[2][3] = 'B'
	} else {
		lines[2][3] = 'A'
	}
	if err := os.WriteFile(path, bytes.Join(lines, []byte("\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	r := l.verify(l.all())
	wants(t, r, "root", 0)
	wants(t, r, "not-certified", 0)
}

func TestAnotherGenesis(t *testing.T) {
	l := newLedger(t)
	l.certify(l.nl, l.fr)
	o := l.all()
	o.Genesis = newLedger(t).genesis
	r := l.verify(o)
	differs(t, r, "genesis")
	if r.Trusted || len(r.Findings) > 0 {
		t.Errorf("%+v", r)
	}
}

// A quorum that conspires can certify what the rules refuse; replaying finds it.
func TestWhatTheRulesRefuse(t *testing.T) {
	l := newLedger(t)
	seq, prev := l.state.Chain(l.fr.id)
	e, err := entry.Sign(entry.Header{Network: network, Agency: l.fr.id, Seq: seq + 1, Prev: prev, Time: l.at.UnixMilli()},
		&entry.Answer{Batch: casework.NewBatchID(), Asker: l.nl.id, Query: 9, Count: 3}, l.fr.key)
	if err != nil {
		t.Fatal(err)
	}
	index := l.append(e)
	l.certify(l.nl, l.fr)
	r := l.verify(l.all())
	if r.OK || len(r.Findings) == 0 || r.Findings[0].Index != index || !strings.HasPrefix(r.Findings[0].What, "rejected-") {
		t.Errorf("%+v", r.Findings)
	}
}

func TestOverdue(t *testing.T) {
	l := newLedger(t)
	r := l.request(nil)
	index := l.add(l.nl, r)
	l.certify(l.nl, l.fr)
	o := l.all()
	if o.At = time.UnixMilli(r.Due); len(l.verify(o).Overdue) != 0 {
		t.Error("overdue at the last moment")
	}
	o.At = time.UnixMilli(r.Due + 1)
	if got := l.verify(o).Overdue; !slices.Equal(got, []uint64{index}) {
		t.Errorf("overdue: %v", got)
	}
	l.add(l.fr, l.decision(r, nil))
	l.certify(l.nl, l.fr)
	if got := l.verify(o).Overdue; len(got) != 0 {
		t.Errorf("decided and overdue: %v", got)
	}
}

// A ledger that anybody wrote may have anything in its name.
func TestTheReportMovesNoCursor(t *testing.T) {
	l := newLedger(t)
	l.certify(l.nl, l.fr)
	path := filepath.Join(l.dir, "checkpoint")
	note, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("\x1b[2J"), note...), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := l.verify(l.all())
	if r.WriteText(&out); r.OK || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%q", out.String())
	}
}

// wants asks for one finding of a kind, at an entry.
func wants(t testing.TB, r audit.Report, what string, index uint64) {
	t.Helper()
	ok := slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.What == what && f.Index == index })
	if r.OK || !ok {
		t.Errorf("no %s at %d in %s", what, index, fmt.Sprint(r.Findings))
	}
}

// differs asks for one thing that the overseer gave and that is not of this ledger.
func differs(t testing.TB, r audit.Report, what string) {
	t.Helper()
	var text strings.Builder
	r.WriteText(&text)
	if r.OK || len(r.Input) != 1 || r.Input[0].What != what || !strings.Contains(text.String(), "YOUR INPUT") {
		t.Errorf("no %s in %+v: %s", what, r.Input, text.String())
	}
}

// TestAuditorOfAnOlderBuild says what it could not judge, and does not call a ledger
// wrong that it cannot read.
func TestAuditorOfAnOlderBuild(t *testing.T) {
	l := foundLedger(t, 2) // whose members' nodes know a level more
	l.story()
	seq, prev := l.state.Chain(l.nl.id)
	later := &entry.AgreementPropose{Agreement: canon.Encode(map[int]any{1: network, 20: 2, 900: "what a later build added"})}
	e, err := entry.Sign(entry.Header{Network: network, Agency: l.nl.id, Seq: seq + 1, Prev: prev, Time: l.at.UnixMilli()}, later, l.nl.key)
	if err != nil {
		t.Fatal(err)
	}
	index := l.append(e)
	l.certify(l.nl, l.fr)
	r := l.verify(l.all())
	if r.OK || len(r.Findings) > 0 || r.Unjudged == nil || r.Unjudged.From != index {
		t.Errorf("%+v, %+v", r.Findings, r.Unjudged)
	}
	var text strings.Builder
	r.WriteText(&text)
	if got := text.String(); !strings.Contains(got, fmt.Sprintf("holds up to entry %d", index)) || !strings.Contains(got, "upgrade") || strings.Contains(got, "DOES NOT HOLD") {
		t.Error(got)
	}
	// What is wrong before is still found.
	o := l.all()
	o.Genesis = strings.Repeat("AAAA ", 8)
	if r := l.verify(o); len(r.Findings) != 0 || len(r.Input) != 1 || r.Input[0].What != "genesis" || r.Unjudged == nil {
		t.Errorf("%+v", r)
	}
}

// A body changes its keys: what was sealed before opens with the old one, what comes
// after with the new one, and with one alone the report says which other it needs. A
// detail that was made before the change and logged after it is no finding.
func TestOversightKeysChange(t *testing.T) {
	l := newLedger(t)
	l.add(l.nl, l.query(nil))
	late := l.query(nil) // sealed to the old key
	before := l.nl.secret
	after, err := audit.NewOversight("Inspectorate of nl-police")
	if err != nil {
		t.Fatal(err)
	}
	l.nl.secret = after
	l.nl.Record.Oversight = after.Public().Oversight()
	l.add(l.nl, &entry.MemberRotate{Member: l.nl.Signed(t)})
	l.add(l.nl, late)
	l.add(l.nl, l.query(nil))
	l.certify(l.nl, l.fr)
	for name, c := range map[string]struct {
		secrets []audit.Secret
		opened  uint64
		needs   string
		closed  uint64
	}{
		"both":    {[]audit.Secret{before, after}, 3, "", 0},
		"the old": {[]audit.Secret{before}, 2, after.Public().Oversight().Fingerprint(), 1},
		"the new": {[]audit.Secret{after}, 1, before.Public().Oversight().Fingerprint(), 2},
		"another": {[]audit.Secret{l.fr.secret}, 0, "", 0},
	} {
		r := l.verify(audit.Options{Secrets: c.secrets})
		if !r.OK || r.Sealed.Opened != c.opened {
			t.Errorf("%s: %+v %+v", name, r.Sealed, r.Findings)
		}
		var closed uint64
		for _, d := range r.Sealed.Closed {
			if d.Ours {
				closed += d.Details
			}
			if d.Ours && d.Fingerprint != c.needs {
				t.Errorf("%s: %+v, want %s", name, d, c.needs)
			}
		}
		var text strings.Builder
		r.WriteText(&text)
		if closed != c.closed || strings.Contains(text.String(), c.needs) != true {
			t.Errorf("%s: %d closed, want %d: %s", name, closed, c.closed, text.String())
		}
	}
}

// An agency that seals its details to nobody cannot pass that off as an older key,
// once all keys of its body are at hand.
func TestAttackDetailSealedToNobody(t *testing.T) {
	l := newLedger(t)
	old := l.nl.secret
	stranger, err := audit.NewOversight("Inspectorate of nl-police")
	if err != nil {
		t.Fatal(err)
	}
	l.nl.secret = stranger // what it seals with, and names nowhere
	index := l.add(l.nl, l.query(nil))
	l.nl.secret = old
	next, err := audit.NewOversight("Inspectorate of nl-police")
	if err != nil {
		t.Fatal(err)
	}
	l.nl.Record.Oversight = next.Public().Oversight()
	l.add(l.nl, &entry.MemberRotate{Member: l.nl.Signed(t)})
	l.certify(l.nl, l.fr)
	wants(t, l.verify(audit.Options{Secrets: []audit.Secret{old, next}}), "sealed", index)
}
