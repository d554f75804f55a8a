package audit_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

// long is a ledger of several bundles.
func long(t *testing.T, n int) *ledger {
	t.Helper()
	l := newLedger(t)
	for l.store.Size() < uint64(n) {
		l.at = l.at.Add(time.Minute) // quotas are by day
		q := l.query(nil)
		index := l.add(l.nl, q)
		l.add(l.fr, &entry.Answer{Batch: q.Batch, Asker: l.nl.id, Query: index, Count: q.Count})
	}
	l.certify(l.nl, l.fr)
	return l
}

// flip changes a byte of an entry in the copy: of the body, which begins some hundred
// bytes in, or of the length before it.
func (l *ledger) flip(index uint64, at int) {
	l.t.Helper()
	path := filepath.Join(l.dir, "tile", "entries", "00"+string(rune('0'+index/256)))
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		partial, _ := filepath.Glob(path + ".p/*")
		path = partial[len(partial)-1]
		data, err = os.ReadFile(path)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	start := 0
	for range index % 256 {
		start += 2 + int(binary.BigEndian.Uint16(data[start:]))
	}
	data[start+at] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		l.t.Fatal(err)
	}
}

func named(r audit.Report) (at []uint64) {
	for _, f := range r.Findings {
		if f.What != "changed" || f.Whole {
			return nil
		}
		at = append(at, f.Index)
	}
	return at
}

// One fault is one finding, wherever it is, and hides no other: chains go on after it.
func TestOneFindingAFault(t *testing.T) {
	l := long(t, 600)
	for name, c := range map[string]struct{ flips [][2]int }{
		"a byte of a query":             {[][2]int{{120, 700}}},
		"its length":                    {[][2]int{{120, 1}}},
		"its length, by 256":            {[][2]int{{120, 0}}},
		"its batch":                     {[][2]int{{120, 130}}},
		"two queries":                   {[][2]int{{120, 700}, {121, 60}}},
		"the founding":                  {[][2]int{{0, 300}}},
		"the second member's admission": {[][2]int{{1, 300}}},
		"in three bundles":              {[][2]int{{5, 60}, {300, 90}, {599, 80}}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []uint64
			for _, f := range c.flips {
				l.flip(uint64(f[0]), f[1])
				want = append(want, uint64(f[0]))
			}
			r := l.verify(audit.Options{})
			if got := named(r); !slices.Equal(got, want) || r.OK {
				t.Errorf("%v: %+v", want, r.Findings)
			}
			for _, f := range c.flips {
				l.flip(uint64(f[0]), f[1])
			}
			if r := l.verify(l.all()); !r.OK {
				t.Fatalf("put back: %+v", r.Findings)
			}
		})
	}
}

// What depends on an entry that was changed is listed with it, as not judged.
func TestWhatAFaultHides(t *testing.T) {
	l := newLedger(t)
	q := l.query(nil)
	query := l.add(l.nl, q)
	l.add(l.fr, &entry.Answer{Batch: q.Batch, Asker: l.nl.id, Query: query, Count: q.Count})
	l.certify(l.nl, l.fr)
	l.flip(query, 40) // in its header: nothing is left of it
	r := l.verify(audit.Options{})
	if len(r.Findings) != 1 || r.Findings[0].Index != query || r.Findings[0].Hides != 1 || !slices.Equal(r.Findings[0].HidesAre, []uint64{query + 1}) {
		t.Errorf("%+v", r.Findings)
	}
}

// What voters certified against the rules is one finding, and the agency's chain and
// what is about the same go on after it.
func TestChainsGoOnAfterARefusedEntry(t *testing.T) {
	l := newLedger(t)
	batch := casework.NewBatchID()
	seq, prev := l.state.Chain(l.fr.id)
	var first uint64
	for i := range 3 { // an answer to nothing, and two entries after it
		body := entry.Body(&entry.Erase{What: "item", Count: 1, Reason: "consent"})
		if i == 0 {
			body = &entry.Answer{Batch: batch, Asker: l.nl.id, Query: 9, Count: 3}
		}
		seq++
		e, err := entry.Sign(entry.Header{Network: network, Agency: l.fr.id, Seq: seq, Prev: prev, Time: l.at.UnixMilli()}, body, l.fr.key)
		if err != nil {
			t.Fatal(err)
		}
		if index := l.append(e); i == 0 {
			first = index
		}
		prev = e.Hash()
	}
	l.certify(l.nl, l.fr)
	r := l.verify(l.all())
	if len(r.Findings) != 1 || r.Findings[0].Index != first || r.Findings[0].What != "rejected-order" {
		t.Errorf("%+v", r.Findings)
	}
}

// TestAttackEntryLeftOut: a chain with a gap is named, also beside an entry that was
// changed in the copy.
func TestAttackEntryLeftOut(t *testing.T) {
	l := newLedger(t)
	q := l.query(nil)
	changed := l.add(l.nl, q)
	seq, prev := l.state.Chain(l.nl.id)
	for _, gap := range []uint64{1, 3} {
		seq += gap
		e, err := entry.Sign(entry.Header{Network: network, Agency: l.nl.id, Seq: seq, Prev: prev, Time: l.at.UnixMilli()},
			&entry.Erase{What: "item", Count: 1, Reason: "consent"}, l.nl.key)
		if err != nil {
			t.Fatal(err)
		}
		l.append(e)
		prev = e.Hash()
	}
	l.certify(l.nl, l.fr)
	l.flip(changed, 700)
	r := l.verify(audit.Options{})
	if len(r.Findings) != 2 || r.Findings[1].What != "rejected-seq" || r.Findings[1].Index != changed+2 {
		t.Errorf("%+v", r.Findings)
	}
}

// A tile of hashes beside whole entries accuses no entry, also in the last page, which
// no tile above decides.
func TestHashTilesAccuseNoEntry(t *testing.T) {
	l := long(t, 300)
	for _, pattern := range []string{"tile/0/000", "tile/0/001.p/*", "tile/1/000.p/1"} {
		paths, err := filepath.Glob(filepath.Join(l.dir, filepath.FromSlash(pattern)))
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		path := paths[len(paths)-1]
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := slices.Clone(good)
		bad[0] ^= 1
		bad[len(bad)-1] ^= 1
		for _, data := range [][]byte{bad, good[:len(good)-1]} {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			r := l.verify(audit.Options{})
			if len(r.Findings) != 1 || r.Findings[0].What != "file" || !r.Findings[0].Whole {
				t.Errorf("%s: %+v", path, r.Findings)
			}
		}
		if err := os.WriteFile(path, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// An incremental run says what a whole one says, and reads no entry twice.
func TestGoingOnFromWhatWasKept(t *testing.T) {
	l := long(t, 300)
	o := l.all()
	o.Keep = true
	first := l.verify(o)
	if !first.OK || first.Kept == nil {
		t.Fatalf("%+v", first)
	}
	l.story()
	l.certify(l.nl, l.fr)
	o.At = l.at
	whole := l.verify(o)
	o.Kept = first.Kept
	counting := &counter{Source: tiles.Dir(os.DirFS(l.dir))}
	r, err := audit.Verify(t.Context(), counting, o)
	if err != nil || !r.OK || r.From != first.Entries {
		t.Fatalf("%v: %+v", err, r)
	}
	if counting.bundles != 2 { // the first one, for the founding, and the last
		t.Errorf("%d bundles read", counting.bundles)
	}
	if !reflect.DeepEqual(r.Sealed, whole.Sealed) || r.Unanswered != whole.Unanswered || r.ByAgency["fr-fiu"].Answers != whole.ByAgency["fr-fiu"].Answers ||
		r.ByAgency["nl-police"].Asked != whole.ByAgency["nl-police"].Asked || r.ByType["query"] != whole.ByType["query"] || !slices.Equal(r.Overdue, whole.Overdue) {
		t.Errorf("%+v, and a whole run says %+v", r, whole)
	}
	if same := l.verify(o); !slices.Equal(same.Kept, r.Kept) && len(same.Kept) != len(r.Kept) {
		t.Error("what is kept differs")
	}
	// a fault in what is new
	l.flip(r.Entries-2, 60)
	if got := named(l.verify(o)); !slices.Equal(got, []uint64{r.Entries - 2}) {
		t.Errorf("%v", got)
	}
	// other keys, another ledger, damage
	fewer := o
	fewer.Secrets = fewer.Secrets[:1]
	other := long(t, 310)
	damaged := o
	damaged.Kept = slices.Clone(o.Kept)
	damaged.Kept[100] ^= 1
	for name, c := range map[string]struct {
		dir string
		o   audit.Options
	}{"other keys": {l.dir, fewer}, "another ledger": {other.dir, o}, "damaged": {l.dir, damaged}} {
		if _, err := audit.Verify(t.Context(), tiles.Dir(os.DirFS(c.dir)), c.o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

type counter struct {
	tiles.Source
	bundles int
}

// ReadFile counts bundles; only one page is read here, so no two at a time.
func (c *counter) ReadFile(ctx context.Context, path string) ([]byte, error) {
	if strings.HasPrefix(path, "tile/entries/") {
		c.bundles++
	}
	return c.Source.ReadFile(ctx, path)
}
