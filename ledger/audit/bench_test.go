package audit_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

var (
	benchEntries = flag.Int("entries", 2000, "entries of the ledger that BenchmarkVerify verifies")
	benchLedger  = flag.String("ledger", "", "folder in which BenchmarkVerify keeps its ledger and the bodies' keys")
)

// busy fills a ledger: two agencies ask each other thirty times an hour, by twelve
// officers each, answer, and every hundredth question leads to a request, which runs to
// its end.
func busy(b *testing.B, l *ledger, n int) {
	var officers [12]officer
	for i := range officers {
		officers[i] = newOfficer(b)
	}
	for i := 0; l.store.Size() < uint64(n); i++ {
		l.at = l.at.Add(2 * time.Minute) // quotas are by day
		o := officers[i%len(officers)]
		q := l.query(func(d *entry.OversightDetail) {
			d.Officer, d.Justification.Officer = o.id, o.id
			d.Command = o.command(l.nl.id, "ask", fmt.Sprintf(`{"case":"2026-%d"}`, i/9))
		})
		index := l.add(l.nl, q)
		l.add(l.fr, &entry.Answer{Batch: q.Batch, Asker: l.nl.id, Query: index, Count: q.Count})
		if i%100 == 99 {
			l.wholeRequest()
		}
	}
	l.certify(l.nl, l.fr)
}

// wholeRequest is a request from the draft to the use of what was disclosed.
func (l *ledger) wholeRequest() {
	r := l.request(nil)
	l.add(l.nl, r)
	l.add(l.fr, l.decision(r, nil))
	disclosure, hash := casework.NewDisclosureID(), entry.Hash(random(32))
	l.add(l.fr, &entry.Delivery{
		Request: r.Request, Disclosure: disclosure, To: l.nl.id, Outcome: casework.Full, Hash: hash, Bytes: 65536,
		DeleteBy: l.at.AddDate(1, 0, 0).UnixMilli(),
	})
	l.add(l.nl, &entry.Receipt{Request: r.Request, Disclosure: disclosure, Hash: hash})
	l.add(l.nl, &entry.Use{Request: r.Request, To: l.fr.id, Outcome: "useful", Hash: entry.Hash(random(32))})
}

// generated makes the ledger, or takes the one that is kept.
func generated(b *testing.B) (dir string, secrets []audit.Secret) {
	b.Helper()
	dir = *benchLedger
	if dir == "" {
		dir = b.TempDir()
	}
	keys := []string{filepath.Join(dir, "nl.key"), filepath.Join(dir, "fr.key")}
	if _, err := os.Stat(keys[1]); err != nil {
		l := newLedgerIn(b, filepath.Join(dir, "tiles"))
		busy(b, l, *benchEntries)
		for i, p := range []*party{l.nl, l.fr} {
			text, err := p.secret.Text()
			if err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(keys[i], text, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, path := range keys {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		s, err := audit.ParseSecret(text)
		if err != nil {
			b.Fatal(err)
		}
		secrets = append(secrets, s)
	}
	return filepath.Join(dir, "tiles"), secrets
}

// BenchmarkVerify is what an overseer waits for, as processor time: without keys, with
// both bodies' keys, and again from what was kept.
func BenchmarkVerify(b *testing.B) {
	dir, secrets := generated(b)
	src := tiles.Dir(os.DirFS(dir))
	var kept []byte
	run := func(b *testing.B, o audit.Options) {
		var entries uint64
		var top atomic.Uint64
		o.Progress = func(uint64, uint64) { top.Store(max(top.Load(), heap())) }
		cpu := cpuTime(b)
		for b.Loop() {
			r, err := audit.Verify(b.Context(), src, o)
			if err != nil || !r.OK {
				b.Fatal(err, r.Findings)
			}
			entries, kept = r.Entries, r.Kept
		}
		spent := cpuTime(b) - cpu
		b.ReportMetric(float64(b.N)*float64(entries)/spent.Seconds(), "entries/s/core")
		b.ReportMetric(float64(top.Load())/1e6, "heap-MB")
	}
	b.Run("without keys", func(b *testing.B) { run(b, audit.Options{}) })
	b.Run("with keys", func(b *testing.B) { run(b, audit.Options{Secrets: secrets, Keep: true}) })
	b.Run("again", func(b *testing.B) {
		run(b, audit.Options{Secrets: secrets, Keep: true, Kept: kept})
		b.ReportMetric(float64(len(kept)), "kept-bytes")
	})
}

// heap is what the heap holds, garbage included.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// cpuTime is what this process used of all processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip("no processor time here:", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
