package match

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// backup copies the folders of a party whose service does not run.
func (p *party) backup() (dir, storeDir string) {
	p.w.t.Helper()
	if err := p.store.Close(); err != nil {
		p.w.t.Fatal(err)
	}
	dir, storeDir = p.w.t.TempDir(), p.w.t.TempDir()
	for from, to := range map[string]string{p.dir: dir, p.storeDir: storeDir} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			p.w.t.Fatal(err)
		}
	}
	p.store = must(sqlite.Open(p.storeDir, &p.storeKey))(p.w.t)
	return dir, storeDir
}

// restore puts a backup in place of a party's folders.
func (p *party) restore(dir, storeDir string) {
	p.w.t.Helper()
	if err := p.store.Close(); err != nil {
		p.w.t.Fatal(err)
	}
	p.dir, p.storeDir = dir, storeDir
	p.store = must(sqlite.Open(p.storeDir, &p.storeKey))(p.w.t)
}

func (p *party) hasSet(of casework.AgencyID, number uint64) func() bool {
	return func() bool {
		s, err := p.store.PeerSet(p.w.t.Context(), of)
		return err == nil && s.Number == number
	}
}

// A publisher whose store is put back from a backup publishes its whole set again, and
// what it adds later is found.
func TestRestoredPublisherBeginsAgain(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, "later@example.org", "lost@example.org", "early@example.org")
	b.add(casework.Shared, "early@example.org")
	a.start()
	b.start()
	w.until("the first set", a.hasSet("bb", 1))
	a.waitAnswered(a.ask()...)
	b.halt()
	dir, storeDir := b.backup()
	b.start()
	b.add(casework.Shared, "lost@example.org")
	b.service.Publish("aa")
	w.until("the second set", a.hasSet("bb", 2))
	b.halt()
	b.restore(dir, storeDir)
	b.start()
	b.add(casework.Shared, "later@example.org")
	b.service.Publish("aa")
	w.until("the whole set again", a.hasSet("bb", 3))
	w.until("what is there now", func() bool { return slices.Contains(a.found("bb"), "later@example.org") })
	b.add(casework.Shared, values("more", 0, 3)...)
	b.service.Publish("aa")
	w.until("a change of it", a.hasSet("bb", 4))
	if n := len(w.entries("bb", entry.TypeTagsPublished)); n != 4 {
		t.Errorf("%d sets were logged", n)
	}
}

// So does one that lost the key of its peer: the peer makes the tags of what it asked
// under the new key.
func TestPublisherThatLostItsKey(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, "both@example.org", "other@example.org")
	b.halt()
	dir, storeDir := b.backup()
	b.add(casework.Shared, values("x", 0, 3)...)
	a.start()
	b.start()
	w.until("the first set", a.hasSet("bb", 1))
	a.waitAnswered(a.ask()...)
	b.halt()
	b.restore(dir, storeDir)
	b.add(casework.Shared, "both@example.org")
	b.start()
	w.until("the whole set again", a.hasSet("bb", 2))
	w.until("the hit", func() bool { return slices.Equal(a.found("bb"), []string{"both@example.org"}) })
}

// A peer whose store is put back from a backup gets the whole set when it asks.
func TestRestoredReceiverGetsTheSetAgain(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	b.add(casework.Shared, "early@example.org")
	a.start()
	b.start()
	w.until("the first set", a.hasSet("bb", 1))
	a.halt()
	dir, storeDir := a.backup()
	a.start()
	b.add(casework.Shared, "later@example.org")
	b.service.Publish("aa")
	w.until("the second set", a.hasSet("bb", 2))
	a.halt()
	a.restore(dir, storeDir)
	a.start()
	a.add(casework.Shared, "later@example.org")
	a.waitAnswered(a.ask()...)
	w.until("the whole set again", a.hasSet("bb", 3))
	w.until("the hit", func() bool { return slices.Equal(a.found("bb"), []string{"later@example.org"}) })
}

// A peer's set cannot grow past the limit by changes, and no change is so large that
// applying it holds others up.
func TestAttackSetGrowsByDeltas(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := liar{ps[0], t}, ps[1]
	a.meet()
	b.meet()
	b.config = func(c *Config) { c.MaxTags = 300 }
	b.newService()
	tags := must(tagset.Padding(256 + 64))(t)
	tagset.Sort(tags[:256])
	tagset.Sort(tags[256:])
	offer := func(number uint64, data []byte, added, count uint32) error {
		var err error
		w.until("the exchange before to end", func() bool {
			logged := &entry.TagsPublished{Peer: "bb", Epoch: 1, Number: number, Added: added, Bytes: uint64(len(data)), Commitment: sha256.Sum256(data)}
			r := must(a.Append(t.Context(), logged))(t)
			s := a.stream(TagsProtocol, "bb")
			send(t, s, &wire.TagsOffer{
				Receipt: r.Bytes(), Epoch: 1, Number: number, Bytes: logged.Bytes, Count: uint64(count), Key: tagset.PeerKey{1}, Commitment: logged.Commitment, Snapshot: number == 1,
			})
			if _, err = wire.Expect[wire.TagsResume](s); err == nil {
				send(t, s, &wire.TagsPart{Data: data})
				_, err = wire.Expect[wire.TagsAck](s)
			}
			var e *wire.RefusedError
			return !errors.As(err, &e) || e.Code != wire.CodeBusy
		})
		return err
	}
	var set sliceWriter
	enc := tagset.NewEncoder(&set, 256)
	for _, g := range tags[:256] {
		if err := enc.Add(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	if err := offer(1, set, 256, 256); err != nil {
		t.Fatal(err)
	}
	delta := must(tagset.EncodeDelta(tagset.Delta{Number: 2, Added: tags[256:]}))(t)
	var refused *wire.RefusedError
	if err := offer(2, delta, 64, 64); !errors.As(err, &refused) || refused.Code != wire.CodeTooLarge {
		t.Errorf("past the limit by a change: %v", err)
	}
	b.config = nil
	b.newService()
	if err := offer(3, []byte("never read"), 1<<22, 1<<22); !errors.As(err, &refused) || refused.Code != wire.CodeTooLarge {
		t.Errorf("a change of 2^22 tags: %v", err)
	}
	if got := must(b.store.PeerSet(t.Context(), "aa"))(t); got.Number != 1 || got.Count != 256 {
		t.Errorf("set %d of %d tags", got.Number, got.Count)
	}
}

type sliceWriter []byte

func (s *sliceWriter) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}

// A tag that leaves does so with others and with padding, and not when its item
// changed.
func TestAttackRemovalNamesItsItem(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	now := func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return time.Now().Add(w.skew) }
	const every = 10 * time.Minute
	began := time.Now()
	w.skew = began.Truncate(every).Add(2 * time.Minute).Sub(began)
	b.config = func(c *Config) { c.Now, c.RemoveEvery = now, every }
	b.add(casework.Shared, "leaves@example.org", "stays@example.org")
	a.start()
	b.start()
	w.until("the first set", a.hasSet("bb", 1))
	victim := casework.Evidence{Identifier: casework.NewIdentifier(casework.Email, "leaves@example.org"), Confidence: 1, Visibility: casework.Shared, Category: casework.Victim, Provenance: casework.Provenance{Source: "statement"}}
	must(b.store.AddItems(t.Context(), casework.CaseID{1}, []casework.Evidence{victim}))(t)
	b.add(casework.Shared, "new@example.org")
	b.service.Publish("aa")
	w.until("the second set", a.hasSet("bb", 2))
	if e := w.entries("bb", entry.TypeTagsPublished)[1].(*entry.TagsPublished); e.Removed != 0 {
		t.Errorf("%d tags left at once", e.Removed)
	}
	w.mu.Lock()
	w.skew += 8 * time.Minute // the tag left eight minutes after it was to, and no whole time of the grid
	w.mu.Unlock()
	b.service.Publish("aa")
	w.until("the third set", a.hasSet("bb", 3))
	if e := w.entries("bb", entry.TypeTagsPublished)[2].(*entry.TagsPublished); e.Removed != deltaBucket {
		t.Errorf("%d tags left, not a bucket", e.Removed)
	}
}

// Pauses grow whatever the peer does: it cannot keep this node busy by opening streams.
func TestAttackHotLoopOfRetries(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		most int
	}{"refused": {errors.New("refused"), 25}, "away": {peer.ErrUnreachable, 26}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Service{cfg: Config{Retry: time.Second, RetryMax: 5 * time.Minute, Logger: slog.New(slog.DiscardHandler)}, wakes: map[laneOf]*wakes{}}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				attempts := 0
				stop := make(chan struct{})
				go func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(100 * time.Millisecond):
							s.seen("pp")
						}
					}
				}()
				s.serveLane(ctx, laneOf{"pp", lanePublish}, func(context.Context, casework.AgencyID) (bool, error) {
					attempts++
					return false, c.err
				})
				close(stop)
				synctest.Wait()
				if attempts < 10 || attempts > c.most {
					t.Errorf("%d attempts in an hour", attempts)
				}
			})
		})
	}
}
