package match

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// answersWith lets a party that publishes honestly answer queries by hand: lie may
// change the answer to a part before it leaves.
func (p *party) answersWith(key *oprf.PrivateKey, lie func(a *wire.QueryAnswer)) {
	p.host.Handle(QueryProtocol, func(ctx context.Context, _ casework.AgencyID, s peer.Stream) {
		if wire.Welcome(s, wire.Hello{Version: wire.Version, Network: network, Normaliser: casework.NormaliserVersion, Epoch: 1}) != nil {
			return
		}
		if _, err := wire.Expect[wire.QueryOpen](s); err != nil {
			return
		}
		if wire.Write(s, &wire.QueryReady{}) != nil {
			return
		}
		for {
			m, err := wire.Read(s, wire.TypeQueryPart, wire.TypeQueryDone)
			if err != nil {
				return
			}
			part, ok := m.(*wire.QueryPart)
			if !ok {
				if wire.Write(s, m) != nil {
					return
				}
				continue
			}
			a := wire.QueryAnswer{Number: part.Number}
			if a.Evaluated, a.Proof, err = oprf.NewServer(key, oprf.Options{}).Evaluate(ctx, part.Elements); err != nil {
				return
			}
			lie(&a)
			if wire.Write(s, &a) != nil {
				return
			}
		}
	})
}

// asked counts a peer's tags of own items that the party has learned.
func (p *party) asked(of casework.AgencyID, items []store.Added, key *oprf.PrivateKey) (n int) {
	p.w.t.Helper()
	set := must(p.store.PeerSet(p.w.t.Context(), of))(p.w.t)
	for part := range slices.Chunk(items, 1000) {
		var inputs [][]byte
		for _, a := range part {
			i, _, err := p.store.Item(p.w.t.Context(), a.ID)
			if err != nil {
				p.w.t.Fatal(err)
			}
			inputs = append(inputs, p.service.input(store.MatchItem{Identifier: i.Identifier}))
		}
		out := must(oprf.NewServer(key, oprf.Options{}).Index(p.w.t.Context(), inputs))(p.w.t)
		var tags []tagset.Tag
		for i := range inputs {
			tags = append(tags, tagset.Of(&set.Key, out[i*oprf.OutputSize:(i+1)*oprf.OutputSize]))
		}
		n += must(p.store.CountAsked(p.w.t.Context(), of, 1, tags))(p.w.t)
	}
	return n
}

// An answerer that lies about the second part: the first part stays, of the
// second nothing does, neither a tag nor a lead, and each lie has an error of its own.
func TestLyingAnswersLeaveNothing(t *testing.T) {
	other := must(oprf.GenerateKey())(t)
	for name, c := range map[string]struct {
		lie  func(key *oprf.PrivateKey, parts [][]byte, a *wire.QueryAnswer)
		want string // the refusal that is kept; "": it may be tried again
	}{
		"a bit of the proof": {func(_ *oprf.PrivateKey, _ [][]byte, a *wire.QueryAnswer) { a.Proof[3] ^= 1 }, "wrong-proof"},
		"two elements swapped": {func(_ *oprf.PrivateKey, _ [][]byte, a *wire.QueryAnswer) {
			first := slices.Clone(a.Evaluated[:32])
			copy(a.Evaluated, a.Evaluated[32:64])
			copy(a.Evaluated[32:], first)
		}, "wrong-proof"},
		"another epoch's key": {func(_ *oprf.PrivateKey, parts [][]byte, a *wire.QueryAnswer) {
			a.Evaluated, a.Proof, _ = oprf.NewServer(other, oprf.Options{}).Evaluate(context.Background(), parts[1])
		}, "wrong-proof"},
		"the identity":         {func(_ *oprf.PrivateKey, _ [][]byte, a *wire.QueryAnswer) { clear(a.Evaluated[:32]) }, "wrong-proof"},
		"the part before":      {func(_ *oprf.PrivateKey, _ [][]byte, a *wire.QueryAnswer) { a.Number = 0 }, ""},
		"the part after":       {func(_ *oprf.PrivateKey, _ [][]byte, a *wire.QueryAnswer) { a.Number = 2 }, ""},
		"fewer than were sent": {func(_ *oprf.PrivateKey, _ [][]byte, a *wire.QueryAnswer) { a.Evaluated = a.Evaluated[:64] }, "wrong-proof"},
	} {
		if testing.Short() && name != "two elements swapped" && name != "the part before" {
			continue // the race detector needs one lie of each sort
		}
		t.Run(name, func(t *testing.T) {
			_, ps := newWorld(t, nil, "aa", "bb")
			a, b := ps[0], ps[1]
			const n = chunk + 3
			items := a.add(casework.Shared, values("x", 0, n)...)
			b.add(casework.Shared, values("x", chunk, n)...)
			var parts [][]byte
			var honest, lied atomic.Bool
			a.start()
			b.start()
			b.answersWith(b.match, func(m *wire.QueryAnswer) {
				if m.Number == 1 && !honest.Load() {
					c.lie(b.match, parts, m)
					lied.Store(true)
				}
			})
			a.w.until("the set", func() bool { _, err := a.store.PeerSet(t.Context(), "bb"); return err == nil })
			a.halt()
			id := a.ask()[0]
			batch := must(a.store.Batch(t.Context(), id))(t)
			f := must(a.service.openBatch(t.Context(), batch))(t)
			for part := range uint32(2) {
				parts = append(parts, must(elements(f, batch, part))(t))
			}
			f.Close()
			a.start()
			a.w.until("the lie and what came of it", func() bool {
				p := a.progress(id, "bb")
				return lied.Load() && (p.Refusal != "" || p.Waits != "")
			})
			p := a.progress(id, "bb")
			if p.NextPart != 1 || p.Refusal != c.want || p.Hits != 0 || len(a.found("bb")) != 0 {
				t.Errorf("%d parts kept, refusal %q, %d hits, %d leads", p.NextPart, p.Refusal, p.Hits, len(a.found("bb")))
			}
			if c.want != "" {
				a.waitAnswered(id)
				if k := a.asked("bb", items, b.match); k != chunk {
					t.Errorf("%d tags were learned, want those of the first part", k)
				}
				return
			}
			honest.Store(true)
			a.waitAnswered(id)
			if k := len(a.found("bb")); k != n-chunk {
				t.Errorf("after an honest answer %d leads, want %d", k, n-chunk)
			}
		})
	}
}

// rotate returns all members keys of the next epoch.
func (w *world) rotate(ps ...*party) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range ps {
		p.match = must(oprf.GenerateKey())(w.t)
		p.record.Epoch++
		p.record.MatchKey = p.match.Public().Bytes()
		p.record.DisclosureKey = must(seal.GenerateKey())(w.t).Public().Bytes()
		must(w.log(p, &entry.MemberRotate{Member: must(p.signed())(w.t)}))(w.t)
	}
}

// What was logged in the epoch before is neither answered nor taken over in the
// next one, and leaves nothing.
func TestAnotherEpochIsRefused(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := liar{ps[0], t}, ps[1]
	a.meet()
	b.meet()
	b.newService()
	open, _ := a.batch(3, nil, "bb")
	padding := must(tagset.Padding(16))(t)
	tagset.Sort(padding)
	set := must(tagset.EncodeDelta(tagset.Delta{Number: 1, Added: padding}))(t)
	logged := &entry.TagsPublished{Peer: "bb", Epoch: 1, Number: 1, Added: 16, Bytes: uint64(len(set)), Commitment: sha256.Sum256(set)}
	offer := wire.TagsOffer{
		Receipt: must(a.Append(t.Context(), logged))(t).Bytes(), Epoch: 1, Number: 1, Bytes: logged.Bytes, Count: 16, Key: tagset.PeerKey{1}, Commitment: logged.Commitment, Snapshot: true,
	}
	w.rotate(ps...)
	greet := func(proto string) peer.Stream {
		s := must(a.host.Open(t.Context(), "bb", proto))(t)
		t.Cleanup(func() { _ = s.Reset() })
		if err := wire.Greet(s, wire.Hello{Version: wire.Version, Network: network, Normaliser: casework.NormaliserVersion, Epoch: 2}); err != nil {
			t.Fatal(err)
		}
		if proto == TagsProtocol {
			must(wire.Expect[wire.TagsHave](s))(t)
		}
		return s
	}
	s := greet(QueryProtocol)
	send(t, s, &open)
	refused(t, "a query of the epoch before", s, wire.CodeEpoch)
	s = greet(TagsProtocol)
	send(t, s, &offer)
	refused(t, "tags of the epoch before", s, wire.CodeEpoch)
	offer.Epoch = 2
	s = greet(TagsProtocol)
	send(t, s, &offer)
	refused(t, "tags of the epoch before, said to be of this one", s, wire.CodeEpoch)
	if _, err := b.store.Answer(t.Context(), "aa", open.Batch); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("something was stored: %v", err)
	}
	if _, err := b.store.PeerSet(t.Context(), "aa"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a set was kept: %v", err)
	}
	if n := len(w.entries("bb", entry.TypeAnswer)) + len(w.entries("bb", entry.TypeTagsAcknowledged)); n != 0 {
		t.Errorf("%d entries upon it", n)
	}
}

// A sending sends one set by hand, part by part.
type sending struct {
	liar
	data  []byte
	count uint64
	offer wire.TagsOffer
}

// sendingOf logs a set of padding for a peer, and returns what sends it.
func sendingOf(t *testing.T, a liar, count int) *sending {
	t.Helper()
	tags := must(tagset.Padding(count))(t)
	tagset.Sort(tags)
	var set bytes.Buffer
	enc := tagset.NewEncoder(&set, uint64(len(tags)))
	for _, g := range tags {
		if err := enc.Add(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	data := set.Bytes()
	logged := &entry.TagsPublished{Peer: "bb", Epoch: 1, Number: 1, Added: uint32(len(tags)), Bytes: uint64(len(data)), Commitment: sha256.Sum256(data)}
	offer := wire.TagsOffer{
		Receipt: must(a.Append(t.Context(), logged))(t).Bytes(), Epoch: 1, Number: 1, Bytes: logged.Bytes, Count: uint64(len(tags)),
		Key: tagset.PeerKey{1}, Commitment: logged.Commitment, Snapshot: true,
	}
	return &sending{a, data, uint64(len(tags)), offer}
}

// begin offers the set, and returns the byte at which the receiver wants it to go on.
func (x *sending) begin() (peer.Stream, uint64) {
	x.t.Helper()
	var s peer.Stream
	var offset uint64
	x.w.until("the exchange before to end", func() bool {
		s = x.stream(TagsProtocol, "bb")
		send(x.t, s, &x.offer)
		r, err := wire.Expect[wire.TagsResume](s)
		var e *wire.RefusedError
		if errors.As(err, &e) && e.Code == wire.CodeBusy {
			return false
		}
		if err != nil {
			x.t.Fatal(err)
		}
		offset = r.Offset
		return true
	})
	return s, offset
}

// part sends a part, changed if asked, and returns where the next one begins.
func (x *sending) part(s peer.Stream, offset uint64, change func([]byte)) uint64 {
	x.t.Helper()
	to := min(offset+10_000, uint64(len(x.data)))
	p := slices.Clone(x.data[offset:to])
	if change != nil {
		change(p)
	}
	send(x.t, s, &wire.TagsPart{Offset: offset, Data: p})
	return to
}

// rest sends all parts from an offset on.
func (x *sending) rest(s peer.Stream, offset uint64) {
	x.t.Helper()
	for offset < uint64(len(x.data)) {
		offset = x.part(s, offset, nil)
	}
}

// A set whose sending is cut goes on from the last byte that arrived, over a restart
// of the receiver, too; of one that turns out to be another than was committed to
// nothing is kept, and it begins anew.
func TestASetGoesOnWhereItWasCut(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := liar{ps[0], t}, ps[1]
	a.meet()
	b.meet()
	b.newService()
	x := sendingOf(t, a, 20_000)
	s, at := x.begin()
	for range ackEvery / 2 {
		at = x.part(s, at, func(p []byte) { p[5] ^= 1 })
	}
	x.rest(s, at)
	refusedTags(t, "another set than was committed to", s, wire.CodeCommitment)
	if s, at = x.begin(); at != 0 {
		t.Fatalf("goes on at %d with what was refused", at)
	}
	for range 3 {
		at = x.part(s, at, nil)
	}
	w.until("three parts on disk", func() bool { return b.held() == at })
	_ = s.Reset()
	b.newService() // a restart
	s, again := x.begin()
	if again != at {
		t.Fatalf("goes on at %d, want %d", again, at)
	}
	if _, err := b.store.PeerSet(t.Context(), "aa"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a part of a set counts: %v", err)
	}
	x.rest(s, at)
	for {
		ack, err := wire.Expect[wire.TagsAck](s)
		if err != nil {
			t.Fatal(err)
		}
		if ack.Done {
			break
		}
	}
	if got := must(b.store.PeerSet(t.Context(), "aa"))(t); got.Count != x.count {
		t.Errorf("%d tags", got.Count)
	}
}

// held is how many bytes of sets on their way a party has on disk.
func (p *party) held() (n uint64) {
	p.w.t.Helper()
	for _, f := range must(os.ReadDir(filepath.Join(p.dir, "in")))(p.w.t) {
		n += uint64(must(f.Info())(p.w.t).Size())
	}
	return n
}

func refusedTags(t testing.TB, what string, r io.Reader, want wire.Code) {
	t.Helper()
	for {
		_, err := wire.Expect[wire.TagsAck](r)
		var e *wire.RefusedError
		if err == nil {
			continue
		}
		if !errors.As(err, &e) || e.Code != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
		return
	}
}
