package match

import (
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// After a week the number of hits is reported: coarsely to all, exactly to the own
// oversight body, and no period twice.
func TestHitsAreReportedWeekly(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	began := time.Now()
	w.mu.Lock()
	w.skew = -entry.ReportPeriod - time.Hour // the node began to count a week ago
	w.mu.Unlock()
	a.config = func(c *Config) {
		c.Now = func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return time.Now().Add(w.skew) }
	}
	a.meet()
	s := a.newService()
	if wait := must(s.report(t.Context()))(t); wait <= 0 || wait > entry.ReportPeriod {
		t.Errorf("the first report is due in %s", wait)
	}
	w.mu.Lock()
	w.skew = 0
	w.mu.Unlock()
	both := values("both", 0, 23)
	a.add(casework.Shared, both...)
	b.add(casework.Shared, both...)
	a.start()
	b.start()
	w.until("the week's report", func() bool { return len(w.entries("aa", entry.TypeReport)) == 1 })
	a.waitAnswered(a.ask()...)
	w.mu.Lock()
	w.skew = entry.ReportPeriod + time.Hour
	w.mu.Unlock()
	a.halt()
	w.ahead = entry.ReportPeriod + 2*time.Hour
	if _, err := a.service.report(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := w.entries("aa", entry.TypeReport)
	if len(all) != 2 {
		t.Fatalf("%d reports", len(all))
	}
	first, second := all[0].(*entry.Report), all[1].(*entry.Report)
	if first.Hits != 0 || second.Hits != 20 || second.From != first.Until || time.UnixMilli(first.From).After(began) {
		t.Errorf("%s, then %s", first.Facts(), second.Facts())
	}
	d, err := entry.OpenDetail(a.overseer, network, second.Detail)
	if err != nil || d.Hits["bb"] != 23 {
		t.Errorf("the oversight body reads %v (%v)", d.Hits, err)
	}
}
