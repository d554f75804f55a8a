package match

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// rankTest is the probability with which two samples of one distribution differ in
// rank as much as these do (Mann and Whitney, two-sided, by the normal approximation).
func rankTest(x, y []time.Duration) float64 {
	type value struct {
		d     time.Duration
		first bool
	}
	var all []value
	for _, d := range x {
		all = append(all, value{d, true})
	}
	for _, d := range y {
		all = append(all, value{d, false})
	}
	slices.SortFunc(all, func(a, b value) int { return cmp.Compare(a.d, b.d) })
	var ranks float64
	for i, v := range all {
		if v.first {
			ranks += float64(i + 1)
		}
	}
	n, m := float64(len(x)), float64(len(y))
	u := ranks - n*(n+1)/2
	z := (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
	return math.Erfc(math.Abs(z) / math.Sqrt2)
}

func TestRankTest(t *testing.T) {
	var x, y, shifted []time.Duration
	for i := range 60 {
		x, y = append(x, time.Duration(2*i)), append(y, time.Duration(2*i+1))
		shifted = append(shifted, time.Duration(2*i+60))
	}
	if p := rankTest(x, y); p < 0.5 {
		t.Errorf("two halves of one sample: %g", p)
	}
	if p := rankTest(x, shifted); p > 1e-4 {
		t.Errorf("a shift by half the range: %g", p)
	}
}

// told is a probability under which two distributions are told apart.
const told = 1e-4

// A stopwatch is what a dishonest peer measures at its own end of the wire: the time
// from a message that it sends to one that it receives, and the bytes received.
type stopwatch struct {
	mu       sync.Mutex
	from, to wire.Type
	sent     time.Time
	took     []time.Duration
	bytes    int
}

// tap is the stopwatch's place at a party's host: writes are whole frames, and the
// header of a frame is read by itself.
func (s *stopwatch) tap(_ casework.AgencyID, _ string, sent bool, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !sent {
		s.bytes += len(data)
	}
	switch {
	case sent && len(data) > 5 && wire.Type(data[4]) == s.from:
		s.sent = time.Now()
	case !sent && len(data) == 6 && wire.Type(data[4]) == s.to && !s.sent.IsZero():
		s.took = append(s.took, time.Since(s.sent))
		s.sent = time.Time{}
	}
}

func (s *stopwatch) read() (took time.Duration, n, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.took) > 0 {
		took = s.took[len(s.took)-1]
	}
	bytes, s.bytes = s.bytes, 0
	return took, len(s.took), bytes
}

// An answerer that measures how long an asker takes to acknowledge its answers, and
// counts bytes, does not learn which of them were hits.
func TestAttackTimeOfAcknowledgement(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	const n = 40
	b.add(casework.Shared, values("hit", 0, n)...)
	watch := &stopwatch{from: wire.TypeQueryAnswer, to: wire.TypeQueryDone}
	b.tap = watch.tap
	a.start()
	b.start()
	b.waitPublished("aa")
	a.waitPublished("bb")
	times, sizes := map[bool][]time.Duration{}, map[bool]map[int]bool{true: {}, false: {}}
	for i := range 2 * n {
		hit := i%2 == 0
		value := fmt.Sprintf("no%05d@example.org", i/2)
		if hit {
			value = fmt.Sprintf("hit%05d@example.org", i/2)
		}
		spec := a.spec()
		spec.Items = []casework.ItemID{a.add(casework.Shared, value)[0].ID}
		watch.read()
		a.waitAnswered(must(a.service.Ask(t.Context(), spec))(t)...)
		took, _, bytes := watch.read()
		times[hit] = append(times[hit], took)
		sizes[hit][bytes/64] = true // a receipt's proof grows with the ledger
	}
	if len(a.found("bb")) != n {
		t.Fatalf("%d hits", len(a.found("bb")))
	}
	p := rankTest(times[true], times[false])
	t.Logf("p = %.2g, medians %s with a hit, %s without", p, median(times[true]), median(times[false]))
	if p < told {
		t.Error("hits are told from the time")
	}
	if d := len(sizes[true]) - len(sizes[false]); d < -2 || d > 2 {
		t.Errorf("hits are told from the bytes: %v, %v", sizes[true], sizes[false])
	}
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// A publisher that lists tags of guesses and measures how long they take to be
// acknowledged does not learn which of them the other side had asked.
func TestAttackTimeOfTakingASet(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	const n = 60
	a.add(casework.Shared, values("asked", 0, n)...)
	watch := &stopwatch{from: wire.TypeTagsPart, to: wire.TypeTagsAck}
	b.tap = watch.tap
	a.start()
	b.start()
	b.waitPublished("aa")
	a.waitAnswered(a.ask()...)
	times := map[bool][]time.Duration{}
	for i := range 2 * n {
		hit := i%2 == 0
		value := fmt.Sprintf("guess%05d@example.org", i)
		if hit {
			value = fmt.Sprintf("asked%05d@example.org", i/2)
		}
		_, before, _ := watch.read()
		b.add(casework.Shared, value)
		b.service.Publish("aa")
		a.w.until("the set", func() bool {
			pub := must(b.store.Publication(t.Context(), "aa", 1))(t)
			_, taken, _ := watch.read()
			return taken > before && pub.Acked == uint64(i)+2
		})
		took, _, _ := watch.read()
		times[hit] = append(times[hit], took)
	}
	a.w.until("the leads", func() bool { return len(a.found("bb")) == n })
	p := rankTest(times[true], times[false])
	t.Logf("p = %.2g, medians %s with a hit, %s without", p, median(times[true]), median(times[false]))
	if p < told {
		t.Error("what was asked is told from the time")
	}
}

// random finds what differs between two runs that do the same.
var random = regexp.MustCompile(`[0-9]+ bytes|[0-9a-f-]{16,}|[a-z0-9]{20,}|/ip4/\S+`)

// Nothing that others see of the ledger depends on whether there was a hit: who
// publishes guesses and reads the ledger learns nothing of silent items.
func TestAttackLedgerTellsHits(t *testing.T) {
	logged := func(guess string) (facts []string, sizes int) {
		w, ps := newWorld(t, nil, "aa", "bb")
		a, b := ps[0], ps[1]
		a.add(casework.Silent, "silent@example.org")
		b.add(casework.Shared, guess)
		a.start()
		b.start()
		a.waitPublished("bb")
		b.waitPublished("aa")
		a.waitAnswered(a.ask()...)
		if hits, want := len(a.found("bb")), guess == "silent@example.org"; (hits == 1) != want {
			t.Fatalf("%d hits", hits)
		}
		a.halt()
		b.halt()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, leaf := range w.leaves {
			_, raw, err := entry.SplitLeaf(leaf)
			if err != nil {
				t.Fatal(err)
			}
			e := must(entry.Parse(raw))(t)
			facts = append(facts, string(e.Type)+": "+random.ReplaceAllString(e.Body.Facts(), "ID"))
			sizes += len(raw)
		}
		return slices.Sorted(slices.Values(facts)), sizes
	}
	hit, hitSize := logged("silent@example.org")
	none, noneSize := logged("others@example.org")
	if !slices.Equal(hit, none) {
		t.Errorf("entries with a hit: %q, without: %q", hit, none)
	}
	if d := hitSize - noneSize; d < -64 || d > 64 { // addresses differ in length from run to run
		t.Errorf("%d bytes with a hit, %d without", hitSize, noneSize)
	}
}

// An asker that logs queries today and has them answered after midnight is counted on
// the day of the answers.
func TestAttackQuotaOverMidnight(t *testing.T) {
	w, ps := newWorld(t, func(a *agreement.Agreement) { a.ReceiptMaxAge, a.QueryMaxAge = 86400, 2*86400 }, "aa", "bb")
	a, b := liar{ps[0], t}, ps[1]
	a.meet()
	b.meet()
	b.config = func(c *Config) {
		c.AnswerDay = 10
		c.Now = func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return time.Now().Add(w.skew) }
	}
	b.newService()
	first, elements := a.batch(10, nil, "bb")
	second, _ := a.batch(10, nil, "bb")
	now := time.Now().UTC()
	w.mu.Lock()
	w.skew = now.Truncate(24*time.Hour).AddDate(0, 0, 1).Sub(now)
	w.mu.Unlock()
	s := a.stream(QueryProtocol, "bb")
	send(t, s, &first)
	must(wire.Expect[wire.QueryReady](s))(t)
	send(t, s, &wire.QueryPart{Elements: elements[0]})
	must(wire.Expect[wire.QueryAnswer](s))(t)
	send(t, s, &wire.QueryDone{Parts: 1})
	must(wire.Expect[wire.QueryDone](s))(t)
	w.until("the exchange before to end", func() bool {
		s = a.stream(QueryProtocol, "bb")
		send(t, s, &second)
		_, err := wire.Expect[wire.QueryReady](s)
		var e *wire.RefusedError
		if errors.As(err, &e) && e.Code == wire.CodeBusy {
			return false
		}
		if !errors.As(err, &e) || e.Code != wire.CodeQuota {
			t.Errorf("%v, want %s", err, wire.CodeQuota)
		}
		return true
	})
}

// A query that was logged long ago is not answered: who stores queries up could have
// them all answered in one hour.
func TestAttackOldQuery(t *testing.T) {
	w, ps := newWorld(t, func(a *agreement.Agreement) { a.ReceiptMaxAge, a.QueryMaxAge = 86400, 3600 }, "aa", "bb")
	a, b := liar{ps[0], t}, ps[1]
	a.meet()
	b.meet()
	b.config = func(c *Config) { c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } }
	b.newService()
	open, _ := a.batch(3, nil, "bb")
	s := a.stream(QueryProtocol, "bb")
	send(t, s, &open)
	refused(t, "a query of two hours ago", s, wire.CodeExpired)
	if n := len(w.entries("bb", entry.TypeAnswer)); n != 1 {
		t.Errorf("%d answers logged, want the refusal", n)
	}
}

// An agency that asks more silent items than the agreement allows is stopped by its
// own node, and what it asks is in the sealed detail.
func TestAttackSilentItemsWithoutLimit(t *testing.T) {
	w, ps := newWorld(t, func(a *agreement.Agreement) { a.SilentPermille = 100 }, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, values("shared", 0, 10)...)
	a.start()
	b.start()
	a.waitPublished("bb")
	a.add(casework.Silent, values("silent", 0, 20)...) // of 256 tags and 20 more: the limit is 28
	id := a.ask()[0]
	a.waitAnswered(id)
	q := w.entries("aa", entry.TypeQuery)[0].(*entry.Query)
	d, err := entry.OpenDetail(a.overseer, network, q.Detail)
	if err != nil || d.Elements == nil || *d.Elements != (entry.Elements{Published: 10, Silent: 20}) {
		t.Errorf("the detail says %+v (%v)", d.Elements, err)
	}
	a.add(casework.Silent, values("silent", 20, 40)...)
	if _, err := a.service.Ask(t.Context(), a.spec()); !errors.Is(err, ErrNothing) {
		t.Errorf("40 silent items: %v", err)
	}
	spec := a.spec()
	spec.Items = []casework.ItemID{a.add(casework.Silent, values("silent", 20, 30)...)[0].ID}
	for _, item := range a.add(casework.Silent, values("silent", 20, 30)...) {
		spec.Items = append(spec.Items, item.ID)
	}
	if _, err := a.service.Ask(t.Context(), spec); !errors.Is(err, ErrSilent) {
		t.Errorf("10 silent items by name: %v", err)
	}
	a.add(casework.Shared, values("more", 0, 1)...)
	id = a.ask()[0]
	if b := must(a.store.Batch(t.Context(), id))(t); b.Count != 1 {
		t.Errorf("%d items are asked, want the shared one alone", b.Count)
	}
}

// A file that was made again from items of which one was erased, or that somebody
// changed, is not sent: a blind would hide two items, which can be tested offline.
func TestAttackBlindsShift(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a := ps[0]
	erasing := &erasingStore{Store: a.store}
	a.config = func(c *Config) { c.Store = erasing }
	a.meet()
	a.newService()
	a.add(casework.Shared, values("x", 0, 5)...)
	id := a.ask()[0]
	batch := must(a.store.Batch(t.Context(), id))(t)
	read := func() ([]byte, error) {
		f, err := a.service.openBatch(t.Context(), batch)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return elements(f, batch, 0)
	}
	first := must(read())(t)
	path := a.service.batchPath(id)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if again := must(read())(t); !slices.Equal(first, again) {
		t.Error("a file that was made again holds other elements")
	}
	changed := must(os.ReadFile(path))(t)
	copy(changed, changed[oprf.ElementSize:2*oprf.ElementSize])
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(); !errors.Is(err, ErrBatchFile) {
		t.Errorf("a changed file: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	erasing.first = true
	if _, err := read(); !errors.Is(err, ErrItems) {
		t.Errorf("a batch of which an item was erased: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file with other elements was kept")
	}
}

// erasingStore has lost the first item of every batch.
type erasingStore struct {
	Store
	first bool
}

func (e *erasingStore) BatchItems(ctx context.Context, id casework.BatchID, from, limit int) ([]store.BatchItem, error) {
	items, err := e.Store.BatchItems(ctx, id, from, limit)
	if e.first && len(items) > 0 && items[0].Pos == 0 {
		items = items[1:]
	}
	return items, err
}

func (e *erasingStore) BatchNumbers(ctx context.Context, id casework.BatchID, from, limit int) ([]int64, error) {
	seqs, err := e.Store.BatchNumbers(ctx, id, from, limit)
	if e.first && len(seqs) > 0 && from == 0 {
		seqs = seqs[1:]
	}
	return seqs, err
}

// Who asks for what a tag means and measures the refusal does not learn whether it is
// the tag of an item.
func TestAttackTimeOfAnUnknownHandle(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	b := ps[1]
	b.add(casework.Shared, values("x", 0, 300)...)
	b.meet()
	b.newService()
	if err := b.service.prepare(t.Context(), "aa", nil); err != nil {
		t.Fatal(err)
	}
	var own []tagset.Tag
	for tag, err := range b.store.OwnTags(t.Context(), "aa", 1) {
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, tag)
	}
	unknown := must(tagset.Padding(len(own)))(t)
	request := casework.NewRequestID()
	ask := func(tag tagset.Tag) (time.Duration, error) {
		began := time.Now()
		_, err := b.service.VerifyHit(context.Background(), "aa", 1, tag, [32]byte{1}, request)
		return time.Since(began), err
	}
	var items, none []time.Duration
	for i := range 200 {
		took, err := ask(unknown[i])
		if err == nil {
			t.Fatal("an unknown tag is an item's")
		}
		none = append(none, took)
		if took, err = ask(own[i]); errors.Is(err, ErrProof) {
			items = append(items, took)
		}
	}
	if len(items) < 100 {
		t.Fatalf("%d tags of items", len(items))
	}
	p := rankTest(items, none)
	t.Logf("p = %.2g, medians %s of items, %s of none", p, median(items), median(none))
	if p < told {
		t.Error("items are told from the time")
	}
}
