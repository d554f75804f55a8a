package runs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
)

// memory keeps runs in memory. A transaction that fails takes back what it did.
type memory struct {
	sets   map[int64]Set
	levels map[int64]int64
	blocks map[int64][][]byte
	begun  int64
	broken error // of the next Append
}

func newMemory() *memory {
	return &memory{sets: map[int64]Set{}, levels: map[int64]int64{}, blocks: map[int64][][]byte{}}
}

func (m *memory) Read(ctx context.Context, f func() error) error { return f() }

func (m *memory) Write(ctx context.Context, f func() error) error {
	levels, blocks := maps.Clone(m.levels), maps.Clone(m.blocks)
	err := f()
	if err != nil {
		m.levels, m.blocks = levels, blocks
	}
	return err
}

func (m *memory) Runs(s Set) (out []Run, err error) {
	for n, level := range m.levels {
		if level >= 0 && m.sets[n] == s {
			out = append(out, Run{n, level})
		}
	}
	slices.SortFunc(out, func(a, b Run) int {
		if a.Level != b.Level {
			return int(a.Level - b.Level)
		}
		return int(b.Number - a.Number)
	})
	return out, nil
}

func (m *memory) Begin(s Set, level int64) (int64, error) {
	m.begun++
	m.sets[m.begun], m.levels[m.begun] = s, level
	return m.begun, nil
}

func (m *memory) SetLevel(run, level int64) error { m.levels[run] = level; return nil }

func (m *memory) Replace(purpose, peer int64) error {
	for n, level := range m.levels {
		if s := m.sets[n]; level >= 0 && s.Purpose == purpose && s.Peer == peer {
			m.levels[n] = Replaced
		}
	}
	return nil
}

func (m *memory) Append(run int64, first tagset.Tag, block []byte) error {
	if m.broken != nil {
		return m.broken
	}
	have := m.blocks[run]
	m.blocks[run] = append(have[:len(have):len(have)], bytes.Clone(block))
	return nil
}

func (m *memory) At(run int64, tag tagset.Tag, read func([]byte) error) error {
	for _, b := range slices.Backward(m.blocks[run]) {
		if bytes.Compare(b[:min(tagset.Size, len(b))], tag[:]) <= 0 {
			return read(b)
		}
	}
	return nil
}

func (m *memory) Next(run int64, first, block []byte) ([]byte, []byte, error) {
	for _, b := range m.blocks[run] {
		if bytes.Compare(b[:tagset.Size], first) > 0 {
			return append(first[:0], b[:tagset.Size]...), append(block, b...), nil
		}
	}
	return first, block, nil
}

func (m *memory) Delete(level int64, blocks int) (bool, error) {
	for n, l := range m.levels {
		if l != level {
			continue
		}
		if m.blocks[n] = m.blocks[n][min(blocks, len(m.blocks[n])):]; len(m.blocks[n]) == 0 {
			delete(m.levels, n)
			delete(m.blocks, n)
		}
		return true, nil
	}
	return false, nil
}

// tagOf is the n-th of a sequence of tags that are spread as real ones are.
func tagOf(n int) tagset.Tag {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return tagset.Tag(sum[:tagset.Size])
}

// holds compares a set with what it should be, read whole and looked up.
func holds(t *testing.T, r *Runs, set Set, want map[tagset.Tag]int64, others []tagset.Tag) {
	t.Helper()
	got := map[tagset.Tag]int64{}
	var last tagset.Tag
	for rec, err := range r.all(t.Context(), set) {
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 && rec.Tag.Compare(last) <= 0 {
			t.Fatal("not ascending")
		}
		got[rec.Tag], last = rec.Value, rec.Tag
	}
	if !maps.Equal(got, want) {
		t.Fatalf("read whole: %d tags, want %d", len(got), len(want))
	}
	wanted := append(slices.Collect(maps.Keys(want)), others...)
	tagset.Sort(wanted)
	wanted = slices.Compact(wanted)
	found := map[tagset.Tag]int64{}
	err := r.Find(set, wanted, func(i int, v int64) error { found[wanted[i]] = v; return nil })
	if err != nil || !maps.Equal(found, want) {
		t.Fatalf("looked up: %d tags, want %d (%v)", len(found), len(want), err)
	}
}

// Runs that come, replace and remove in any order, and are merged on the way, hold
// what a map would.
func TestRunsHoldWhatAMapWould(t *testing.T) {
	m := newMemory()
	r := New(m, m)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	set, other := Set{3, 1, 1}, Set{3, 1, 2}
	want := map[tagset.Tag]int64{}
	var deepest int64
	for round := range 120 {
		size := random.IntN(60)
		if round%2 == 0 {
			size = 2000 + random.IntN(4000)
		}
		var records []Record
		for range size {
			rec := Record{tagOf(random.IntN(20_000)), int64(random.Uint64N(Removed))}
			if random.IntN(4) == 0 {
				rec.Value = Removed
			}
			records = append(records, rec)
		}
		for _, rec := range records {
			if want[rec.Tag] = rec.Value; rec.Value == Removed {
				delete(want, rec.Tag)
			}
		}
		if err := r.Merge(t.Context(), set, FanOut); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Put(set, records), r.Put(other, []Record{{tagOf(-1 - round), 1}})); err != nil {
			t.Fatal(err)
		}
		runs, err := m.Runs(set)
		if err != nil || len(runs) > 3*FanOut {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		for _, run := range runs {
			deepest = max(deepest, run.Level)
		}
		if round%20 == 19 {
			holds(t, r, set, want, []tagset.Tag{tagOf(-1), {}, tagset.Tag(slices.Repeat([]byte{255}, tagset.Size))})
		}
	}
	if deepest == 0 {
		t.Error("nothing was merged into a higher level")
	}
}

// sixteen is a set of as many runs as are merged.
func sixteen(t *testing.T, r *Runs, set Set) map[tagset.Tag]int64 {
	want := map[tagset.Tag]int64{}
	for n := range FanOut {
		var records []Record
		for i := range 300 {
			rec := Record{tagOf(n*200 + i), int64(n)}
			records, want[rec.Tag] = append(records, rec), int64(n)
		}
		if err := r.Put(set, records); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

// A merge that fails leaves the set as it was, and no block behind.
func TestMergeThatFails(t *testing.T) {
	m := newMemory()
	r, set := New(m, m), Set{1, 1, 1}
	want := sixteen(t, r, set)
	m.broken = errors.New("broken")
	if err := r.Merge(t.Context(), set, FanOut); !errors.Is(err, m.broken) {
		t.Fatalf("%v", err)
	}
	holds(t, r, set, want, nil)
	if len(m.levels) != FanOut {
		t.Errorf("%d runs are left, want %d", len(m.levels), FanOut)
	}
	m.broken = nil
	if err := r.Merge(t.Context(), set, FanOut); err != nil || len(m.levels) != 1 {
		t.Errorf("%d runs, %v", len(m.levels), err)
	}
	holds(t, r, set, want, nil)
}

// A merge that a crash cuts off is deleted when the set is opened again.
func TestCrashWithinMerge(t *testing.T) {
	m := newMemory()
	r, set := New(m, m), Set{1, 1, 1}
	want := sixteen(t, r, set)
	runs, err := m.Runs(set)
	if err != nil {
		t.Fatal(err)
	}
	into, err := m.Begin(set, Building)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.write(t.Context(), into, limited(r.merged(t.Context(), runs), 2*BlockRecords)); err != nil {
		t.Fatal(err)
	}
	r = New(m, m)
	holds(t, r, set, want, nil)
	if err := r.DeleteUnfinished(t.Context()); err != nil || len(m.levels) != FanOut || len(m.blocks) != FanOut {
		t.Errorf("%d runs, blocks of %d, %v", len(m.levels), len(m.blocks), err)
	}
	holds(t, r, set, want, nil)
}

// A set that replaces others counts whole or not at all.
func TestReplaceAll(t *testing.T) {
	m := newMemory()
	r, set := New(m, m), Set{2, 1, 2}
	old := sixteen(t, r, Set{2, 1, 1})
	tags := []tagset.Tag{{1}, {2}, {3}}
	refused := errors.New("refused")
	if err := r.ReplaceAll(t.Context(), set, tagset.All(tags), func(uint64) error { return refused }); !errors.Is(err, refused) {
		t.Fatalf("%v", err)
	}
	holds(t, r, Set{2, 1, 1}, old, nil)
	holds(t, r, set, map[tagset.Tag]int64{}, tags)
	err := r.ReplaceAll(t.Context(), set, tagset.All(tags), func(n uint64) error {
		if n != 3 {
			t.Errorf("%d tags", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	holds(t, r, Set{2, 1, 1}, map[tagset.Tag]int64{}, nil)
	holds(t, r, set, map[tagset.Tag]int64{{1}: 0, {2}: 0, {3}: 0}, nil)
}

// Blocks that were cut off or are empty are damage, and no records.
func TestDamagedBlocks(t *testing.T) {
	m := newMemory()
	r, set := New(m, m), Set{1, 1, 1}
	if err := r.Put(set, []Record{{tagOf(1), 1}, {tagOf(2), 2}}); err != nil {
		t.Fatal(err)
	}
	m.blocks[1][0] = m.blocks[1][0][:recordSize+3]
	tags := []tagset.Tag{tagOf(1), tagOf(2)}
	tagset.Sort(tags)
	if err := r.Find(set, tags, func(int, int64) error { return nil }); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("looked up: %v", err)
	}
	var err error
	for _, err = range r.Tags(t.Context(), set) {
	}
	if !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("read: %v", err)
	}
}

func limited(records iter.Seq2[Record, error], n int) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range records {
			if n--; n < 0 || !yield(r, err) {
				return
			}
		}
	}
}
