package match

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// serveQuery answers a batch.
func (s *Service) serveQuery(ctx context.Context, from casework.AgencyID, stream peer.Stream) {
	s.serve(ctx, from, stream, "query", s.answer)
}

// An answering is one batch being answered over one stream.
type answering struct {
	s      *Service
	from   casework.AgencyID
	query  *entry.Query
	parts  []entry.Hash
	state  store.AnswerState
	server *oprf.Server
	small  bool // urgent, and of one part: it has turns of its own
	logged bool // the Answer entry is certified
}

func (s *Service) answer(ctx context.Context, from casework.AgencyID, t terms, rw io.ReadWriter) error {
	open, err := wire.Expect[wire.QueryOpen](rw)
	if err != nil {
		return err
	}
	if err := t.turning(); err != nil {
		return err // the key that it would be answered with may be stolen
	}
	q, v, err := s.checkQuery(open, from, t)
	if err != nil {
		return err
	}
	if err := s.suspect(ctx, from, t.epoch, open.Set); err != nil {
		return err
	}
	a := &answering{s: s, from: from, query: q, parts: open.Parts, small: q.Urgent && q.Count <= chunk}
	release, ok := s.claim(fmt.Sprintf("answer %s, urgent %v", from, a.small)) // one of each sort at a time
	if !ok {
		return ErrBusy
	}
	defer release()
	if a.state, err = s.admit(ctx, from, t, q, v); err != nil {
		return err
	}
	k, err := s.keys(t.epoch)
	if err != nil {
		return err
	}
	a.server = oprf.NewServer(k.Match, s.options())
	if err := wire.Write(rw, &wire.QueryReady{Next: a.state.NextPart}); err != nil {
		return err
	}
	for {
		m, err := wire.Read(rw, wire.TypeQueryPart, wire.TypeQueryDone)
		if err != nil {
			return err
		}
		if done, ok := m.(*wire.QueryDone); ok {
			return a.done(ctx, done, rw)
		}
		reply, err := a.part(ctx, m.(*wire.QueryPart))
		if err != nil {
			return err
		}
		if err := a.log(ctx); err != nil {
			return err
		}
		if _, err := rw.Write(reply); err != nil {
			return err
		}
	}
}

// checkQuery checks what was opened against the entry that its receipt proves.
func (s *Service) checkQuery(o wire.QueryOpen, from casework.AgencyID, t terms) (*entry.Query, receipt.Verified, error) {
	v, err := s.verify(o.Receipt, from, t)
	if err != nil {
		return nil, v, err
	}
	q, ok := v.Entry.Body.(*entry.Query)
	switch {
	case !ok:
		return nil, v, fmt.Errorf("query: entry %d is %s: %w", v.Index, v.Entry.Type, ErrOtherReceipt)
	case !slices.Contains(q.Peers, s.cfg.Agency):
		return nil, v, fmt.Errorf("query: entry %d asks others: %w", v.Index, ErrOtherReceipt)
	case q.Batch != o.Batch:
		return nil, v, fmt.Errorf("query: entry %d is of another batch: %w", v.Index, ErrOtherReceipt)
	case q.Epoch != t.epoch:
		return nil, v, fmt.Errorf("query: %w: %d", ErrEpoch, q.Epoch)
	case q.PartSize != wire.PartSize || uint32(len(o.Parts)) != parts(q.Count):
		return nil, v, fmt.Errorf("query: %d parts of %d for %d elements: %w", len(o.Parts), q.PartSize, q.Count, ErrCommitment)
	case entry.BatchCommitment(q.Count, q.PartSize, o.Parts) != q.Commitment:
		return nil, v, fmt.Errorf("query: hashes of the parts: %w", ErrCommitment)
	}
	return q, v, nil
}

// admit decides whether a batch is answered: one that was begun goes on; a new one
// must be within the agreement and the own quota, else its refusal is logged.
func (s *Service) admit(ctx context.Context, from casework.AgencyID, t terms, q *entry.Query, v receipt.Verified) (store.AnswerState, error) {
	st, err := s.cfg.Store.Answer(ctx, from, q.Batch)
	if err == nil {
		if st.Done {
			return st, fmt.Errorf("query: %w", ErrAnswered)
		}
		return st, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return st, fmt.Errorf("own store: %w", err)
	}
	if err := s.answeredBefore(q.Batch); err != nil {
		return st, err
	}
	st = store.AnswerState{Asker: from, Batch: q.Batch, Query: v.Index, Count: q.Count, At: s.cfg.Now()}
	err = s.permitted(from, t, q, v)
	if err == nil {
		st, err = s.reserve(ctx, st, ErrQuota)
	}
	if refusal := err; refusal != nil {
		if codeOf(refusal).Temporary() {
			return st, refusal
		}
		_, err := s.cfg.Ledger.Append(ctx, &entry.Answer{Batch: q.Batch, Asker: from, Query: v.Index, Refusal: codeOf(refusal).String()})
		if err != nil {
			return st, fmt.Errorf("log a refusal: %w", err)
		}
		return st, refusal
	}
	return st, nil
}

// reserve counts what is left of a batch as answered today, once a day, before any of
// it is: a batch that was logged or begun on another day counts on the day on which
// it is answered. Where the quota does not allow it, nothing is counted.
func (s *Service) reserve(ctx context.Context, st store.AnswerState, spent error) (store.AnswerState, error) {
	today := s.cfg.Now().UTC().Format(time.DateOnly)
	if st.Day == today {
		return st, nil
	}
	left := uint64(st.Count) - min(uint64(st.NextPart)*chunk, uint64(st.Count))
	counted, err := s.cfg.Store.AddAnswered(ctx, st.Asker, today, left, s.cfg.AnswerDay)
	if err != nil {
		return st, fmt.Errorf("own store: %w", err)
	}
	if !counted {
		return st, fmt.Errorf("%d elements of %s: %w", left, st.Asker, spent)
	}
	st.Day = today
	if err := s.cfg.Store.SaveAnswer(ctx, st); err != nil {
		return st, fmt.Errorf("own store: %w", err)
	}
	return st, nil
}

// answeredBefore finds a batch that the ledger says was answered or refused, where
// the store knows nothing of it.
func (s *Service) answeredBefore(b casework.BatchID) error {
	var index uint64
	var found bool
	s.cfg.Ledger.View(func(st *state.State) { index, found = st.Find(s.cfg.Agency, entry.TypeAnswer, b.String()) })
	if !found {
		return nil
	}
	e, _, err := s.cfg.Ledger.Entry(index)
	if err != nil {
		return fmt.Errorf("own ledger: %w", err)
	}
	if a, ok := e.Body.(*entry.Answer); ok {
		for _, c := range codes {
			if a.Refusal != "" && c.code.String() == a.Refusal {
				return fmt.Errorf("refused before: %w", c.err)
			}
		}
	}
	return fmt.Errorf("query: %w", ErrAnswered)
}

func (s *Service) permitted(from casework.AgencyID, t terms, q *entry.Query, v receipt.Verified) error {
	if age := s.cfg.Now().Sub(time.UnixMilli(v.Appended)); age > t.agreement.MaxQueryAge() {
		return fmt.Errorf("%w: %s, at most %s", ErrOld, age, t.agreement.MaxQueryAge())
	}
	if q.Count > t.agreement.MaxBatch {
		return fmt.Errorf("query of %d: %w", q.Count, ErrAgreement)
	}
	for _, k := range slices.Sorted(maps.Keys(q.Kinds)) {
		if !t.agreement.MayMatch(from, s.cfg.Agency, k) {
			return fmt.Errorf("query for %s: %w", k, ErrAgreement)
		}
	}
	return nil
}

// part returns the reply to a part, which is stored before it leaves: a part is
// evaluated once, and one that comes again gets the same bytes.
func (a *answering) part(ctx context.Context, m *wire.QueryPart) ([]byte, error) {
	total := uint32(len(a.parts))
	if m.Number >= total || m.Number > a.state.NextPart {
		return nil, fmt.Errorf("part %d, want %d: %w", m.Number, a.state.NextPart, ErrOrder)
	}
	hash := sha256.Sum256(m.Elements)
	if uint32(len(m.Elements)) != min(chunk, a.query.Count-m.Number*chunk)*oprf.ElementSize || entry.Hash(hash) != a.parts[m.Number] {
		return nil, fmt.Errorf("part %d: %w", m.Number, ErrSwapped)
	}
	if m.Number < a.state.NextPart {
		_, reply, err := a.s.cfg.Store.Reply(ctx, a.from, a.query.Batch, m.Number)
		if errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("part %d: %w", m.Number, ErrRepeated)
		}
		if err != nil {
			return nil, fmt.Errorf("own store: %w", err)
		}
		return reply, nil
	}
	var err error
	if a.state, err = a.s.reserve(ctx, a.state, ErrQuotaDay); err != nil {
		return nil, err
	}
	out := wire.QueryAnswer{Number: m.Number}
	err = a.s.compute(ctx, a.small, func() (err error) {
		out.Evaluated, out.Proof, err = a.server.Evaluate(ctx, m.Elements)
		return err
	})
	if errors.Is(err, oprf.ErrElement) {
		return nil, fmt.Errorf("part %d: %w: %w", m.Number, ErrMalformed, err)
	}
	if err != nil {
		return nil, fmt.Errorf("part %d: %w", m.Number, err)
	}
	reply, err := wire.Frame(&out)
	if err != nil {
		return nil, err
	}
	next := a.state
	next.NextPart++
	if err := a.s.cfg.Store.SaveReply(ctx, next, m.Number, hash, reply, min(m.Acknowledged, m.Number)); err != nil {
		return nil, fmt.Errorf("own store: %w", err)
	}
	a.state = next
	return reply, nil
}

// log appends the Answer entry: without it nothing that was evaluated leaves. Waiting
// for the ledger may last into another day, so the quota is looked at again.
func (a *answering) log(ctx context.Context) error {
	if a.logged {
		return nil // of a later part, what is left was counted before it was evaluated
	}
	_, err := a.s.cfg.Ledger.Append(ctx, &entry.Answer{Batch: a.query.Batch, Asker: a.from, Query: a.state.Query, Count: a.query.Count})
	if err != nil {
		return fmt.Errorf("log the answer: %w", err)
	}
	a.logged = true
	a.state, err = a.s.reserve(ctx, a.state, ErrQuotaDay)
	return err
}

// done forgets the replies, which the asker has.
func (a *answering) done(ctx context.Context, m *wire.QueryDone, rw io.Writer) error {
	total := uint32(len(a.parts))
	if m.Parts != total || a.state.NextPart != total {
		return fmt.Errorf("done after %d of %d parts: %w", a.state.NextPart, total, ErrOrder)
	}
	a.state.Done = true
	if err := a.s.cfg.Store.SaveAnswer(ctx, a.state); err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	if err := a.s.cfg.Store.DropReplies(ctx, a.from, a.query.Batch); err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	return wire.Write(rw, &wire.QueryDone{Parts: total})
}
