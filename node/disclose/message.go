package disclose

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// signed is what is inside a seal: a message as JSON, signed by its agency.
type signed struct {
	Message   json.RawMessage `json:"message"`
	Signature []byte          `json:"signature"`
}

// bound names what a message is bound to, both by its signature and by its seal.
func (s *Service) bound(kind dossier.Kind, from, to casework.AgencyID, id casework.RequestID) []byte {
	return fmt.Appendf(nil, "crosscase/1 casework\x00%s\x00%s\x00%s\x00%s\x00%s", s.cfg.Network, kind, from, to, id)
}

// wrap signs and seals a message to another member.
func (s *Service) wrap(kind dossier.Kind, to casework.AgencyID, id casework.RequestID, message any) ([]byte, error) {
	m, err := s.member(to)
	if err != nil {
		return nil, err
	}
	key, err := seal.ParsePublicKey(m.DisclosureKey)
	if err != nil {
		return nil, fmt.Errorf("disclosure key of %s: %w", to, err)
	}
	body, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	info := s.bound(kind, s.cfg.Agency, to, id)
	plain, err := json.Marshal(signed{Message: body, Signature: ed25519.Sign(s.cfg.AgencyKey(), append(info[:len(info):len(info)], body...))})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	sealed, err := sealTo(key, info, kind, plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if len(sealed) > wire.MaxSealed {
		return nil, fmt.Errorf("%w: a %s of %d bytes, more than %d; leave files out", ErrIncomplete, kind, len(sealed), wire.MaxSealed)
	}
	return sealed, nil
}

// sealTo seals a message; a disclosure, which may be large, in segments.
func sealTo(key *seal.PublicKey, info []byte, kind dossier.Kind, plain []byte) ([]byte, error) {
	if kind != dossier.KindDisclosure {
		return seal.Seal(key, info, nil, plain)
	}
	var sealed bytes.Buffer
	sealed.Grow(int(seal.SealedSize(int64(len(plain)))))
	w, err := seal.NewWriter(&sealed, key, info)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// unseal opens what sealTo sealed, whole or not at all, with whichever key it was
// sealed to.
func (s *Service) unseal(kind dossier.Kind, info, sealed []byte) ([]byte, error) {
	keys, err := s.cfg.Disclosure()
	if err != nil {
		return nil, err
	}
	err = seal.ErrOpen
	for i, key := range keys {
		plain, failed := openWith(key, kind, info, sealed)
		if failed == nil {
			return plain, nil
		}
		if i == 0 { // the key in the record, unless the sender has an older one
			err = failed
		}
	}
	return nil, err
}

func openWith(key *seal.PrivateKey, kind dossier.Kind, info, sealed []byte) ([]byte, error) {
	if kind != dossier.KindDisclosure {
		return key.Open(info, nil, sealed)
	}
	var plain bytes.Buffer
	if err := key.OpenStream(bytes.NewReader(sealed), info, &plain); err != nil {
		return nil, err
	}
	return plain.Bytes(), nil
}

// unwrap opens a message that an entry of another member committed to, and checks its
// signature under the key that was the sender's then.
func (s *Service) unwrap(kind dossier.Kind, from casework.AgencyID, id casework.RequestID, index uint64, sealed []byte, message any) error {
	var key []byte
	s.cfg.Ledger.View(func(st *state.State) {
		if m, ok := st.Member(from); ok {
			key = m.KeyAt(index)
		}
	})
	plain, err := s.unseal(kind, s.bound(kind, from, s.cfg.Agency, id), sealed)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrForged, kind, err)
	}
	var env signed
	if err := json.Unmarshal(plain, &env); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrForged, kind, err)
	}
	if !sign.Verify(key, append(s.bound(kind, from, s.cfg.Agency, id), env.Message...), env.Signature) {
		return fmt.Errorf("%w: %s: the signature does not hold", ErrForged, kind)
	}
	if err := json.Unmarshal(env.Message, message); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrForged, kind, err)
	}
	return nil
}

// deliver tries every queued message once; it reports whether one is left.
func (s *Service) deliver(ctx context.Context) bool {
	queue, err := s.cfg.Store.Outgoing(ctx)
	if err != nil {
		s.cfg.Logger.Error("outgoing messages cannot be read", "err", err)
		return true
	}
	left := false
	for _, o := range queue {
		if o.Refused {
			continue
		}
		err := s.deliverInTime(ctx, o)
		var refused *wire.RefusedError
		switch {
		case err == nil:
			err = s.cfg.Store.DeleteOutgoing(ctx, o.ID)
		case ctx.Err() != nil:
			return true
		default:
			// What a peer refuses for good is not sent again; a person sees it in the
			// node's status, where it stays.
			o.Refused = errors.As(err, &refused) && !refused.Code.Temporary()
			o.Waits = err.Error()
			err = errors.Join(err, s.cfg.Store.SaveOutgoing(ctx, o))
		}
		if err != nil {
			left = left || !o.Refused
			s.cfg.Logger.Info("message waits", "peer", string(o.To), "kind", string(o.Kind), "err", err)
		}
	}
	return left
}

// deliverInTime returns a peer that is there and silent a minute: others wait.
func (s *Service) deliverInTime(ctx context.Context, o store.Outgoing) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.deliverOne(ctx, o)
}

// deliverOne brings a message to its recipient with a fresh receipt.
func (s *Service) deliverOne(ctx context.Context, o store.Outgoing) error {
	rec, err := s.cfg.Ledger.Receipt(ctx, o.Entry)
	if err != nil {
		return err
	}
	sealed, err := s.cfg.Store.OutgoingSealed(ctx, o.ID)
	if err != nil {
		return err
	}
	stream, err := s.cfg.Open(ctx, o.To)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := s.cfg.Hello(stream, true); err != nil {
		return err
	}
	if err := wire.Write(stream, &wire.Casework{ID: o.ID, Kind: string(o.Kind), Receipt: rec.Bytes(), Sealed: sealed}); err != nil {
		return err
	}
	ack, err := wire.Expect[wire.CaseworkAck](stream)
	if err != nil {
		return err
	}
	if ack.ID != o.ID {
		return fmt.Errorf("%w: an acknowledgement of another message", ErrForged)
	}
	if ack.Code != 0 {
		return &wire.RefusedError{Code: ack.Code}
	}
	return nil
}

// maxStreams is how many messages of one peer are read at a time. An honest one
// sends one after the other, and a message may be large.
const maxStreams = 2

func (s *Service) enter(from casework.AgencyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[from] >= maxStreams {
		return false
	}
	s.streams[from]++
	return true
}

func (s *Service) leave(from casework.AgencyID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[from]--; s.streams[from] == 0 {
		delete(s.streams, from)
	}
}

// Serve answers one stream of another member.
func (s *Service) Serve(ctx context.Context, from casework.AgencyID, stream io.ReadWriter) error {
	if !s.enter(from) {
		return wire.Write(stream, &wire.Refusal{Code: wire.CodeBusy})
	}
	defer s.leave(from)
	if err := s.cfg.Hello(stream, false); err != nil {
		return err
	}
	m, err := wire.Expect[wire.Casework](stream)
	if err != nil {
		return errors.Join(err, wire.Write(stream, &wire.Refusal{Code: wire.CodeOf(err)}))
	}
	code, err := s.take(ctx, from, m)
	if err != nil {
		s.cfg.Logger.Warn("message refused", "peer", string(from), "kind", m.Kind, "code", code.String(), "err", err)
	}
	return wire.Write(stream, &wire.CaseworkAck{ID: m.ID, Code: code})
}

// stands checks a receipt against the own copy of the ledger, as far as that goes: a
// majority that certifies what the rules refuse is not believed.
func (s *Service) stands(v receipt.Verified) (err error) {
	s.cfg.Ledger.View(func(st *state.State) {
		if v.Index >= st.Size() {
			return // not there yet
		}
		if index, ok := st.Find(v.Entry.Agency, v.Entry.Type, v.Entry.Body.Key()); !ok || index != v.Index {
			err = fmt.Errorf("%w: entry %d is another one in the own ledger", ErrForged, v.Index)
		}
	})
	return err
}

// take takes a message in, once. A message that came before is acknowledged again.
func (s *Service) take(ctx context.Context, from casework.AgencyID, m wire.Casework) (wire.Code, error) {
	seen, err := s.cfg.Store.WasSeen(ctx, from, m.ID)
	if err != nil {
		return wire.CodeUnavailable, err
	}
	if seen {
		return 0, nil
	}
	rec, err := receipt.Parse(m.Receipt)
	if err != nil {
		return wire.CodeReceipt, err
	}
	v, err := rec.Verify(s.cfg.Ledger.Policy())
	if err != nil {
		return wire.CodeReceipt, err
	}
	var terms agreement.Agreement
	s.cfg.Ledger.View(func(st *state.State) { terms = st.Agreement() })
	if age := s.cfg.Now().Sub(v.Certified.Time); age > terms.MaxAge() || age < -terms.MaxSkew() {
		return wire.CodeStale, fmt.Errorf("%w: the receipt is of another time", ErrForged)
	}
	if v.Entry.Agency != from {
		return wire.CodeNotYours, fmt.Errorf("%w: an entry of %s", ErrForged, v.Entry.Agency)
	}
	if _, err := s.member(from); err != nil {
		return wire.CodeNotMember, err
	}
	if err := s.stands(v); err != nil {
		return wire.CodeReceipt, err
	}
	hash := entry.Hash(sha256.Sum256(m.Sealed))
	switch dossier.Kind(m.Kind) {
	case dossier.KindRequest:
		err = s.takeRequest(ctx, from, v, hash, m.Sealed)
	case dossier.KindDecision:
		err = s.takeDecision(ctx, from, v, hash, m.Sealed)
	case dossier.KindDisclosure:
		err = s.takeDisclosure(ctx, from, v, hash, m.Sealed)
	case dossier.KindUse:
		err = s.takeUse(ctx, from, v, hash, m.Sealed)
	default:
		err = fmt.Errorf("%w: a message of kind %q", ErrForged, m.Kind)
	}
	switch {
	case errors.Is(err, ErrForged), errors.Is(err, store.ErrNotFound), errors.Is(err, ErrOrder):
		return wire.CodeNotYours, err
	case err != nil:
		return wire.CodeUnavailable, err
	}
	if _, err := s.cfg.Store.MarkSeen(ctx, from, m.ID); err != nil {
		return wire.CodeUnavailable, err
	}
	s.wake()
	return 0, nil
}
