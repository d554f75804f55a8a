package state_test

import (
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// BenchmarkApply measures applying entries that were parsed before, and replaying
// leaves, which parses them too, as an overseer does.
func BenchmarkApply(b *testing.B) {
	w := newWorld(b)
	at := int64(1_772_438_400_000)
	w.found(at, "nl-police")
	snapshot := w.state().Bytes()
	h := w.next("nl-police", at)
	var entries []entry.Entry
	for range 512 {
		e, err := entry.Sign(h, &entry.Erase{What: "item", Count: 1, Reason: "consent"}, w.agency("nl-police").key)
		if err != nil {
			b.Fatal(err)
		}
		entries = append(entries, e)
		h.Seq, h.Prev = h.Seq+1, e.Hash()
	}
	run := func(b *testing.B, parse bool) {
		n := 0
		for b.Loop() {
			s, err := state.Restore(snapshot)
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range entries {
				if parse {
					if e, err = entry.Parse(e.Raw()); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Apply(e, at); err != nil {
					b.Fatal(err)
				}
			}
			n += len(entries)
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
	}
	b.Run("parsed", func(b *testing.B) { run(b, false) })
	b.Run("leaves", func(b *testing.B) { run(b, true) })
}
