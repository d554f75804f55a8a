package audit_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// BenchmarkVerify is what an overseer waits for: a ledger of questions, answers
// and counts, the questions' details opened and checked.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := newLedger(b)
			for l.store.Size() < uint64(n) {
				l.at = l.at.Add(time.Minute) // quotas are by day
				q := l.query(nil)
				index := l.add(l.nl, q)
				l.add(l.fr, &entry.Answer{Batch: q.Batch, Asker: l.nl.id, Query: index, Count: q.Count})
			}
			l.certify(l.nl, l.fr)
			o := l.all()
			for b.Loop() {
				r, err := audit.Verify(b.Context(), tiles.Dir(os.DirFS(l.dir)), o)
				if err != nil || !r.OK {
					b.Fatal(err, r.Findings)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(l.store.Size()), "us/entry")
		})
	}
}
