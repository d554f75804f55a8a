package match

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// terms are what the ledger says now about the own agency and one peer.
type terms struct {
	epoch     uint32
	agreement agreement.Agreement
	own, peer entry.Member
	member    bool // the peer is one now
	size      uint64
}

func (s *Service) terms(p casework.AgencyID) (terms, error) {
	if err := s.cfg.Ledger.Err(); err != nil {
		return terms{}, fmt.Errorf("%w: %w", ErrStopped, err)
	}
	var t terms
	s.cfg.Ledger.View(func(st *state.State) {
		t.epoch, t.agreement, t.size = st.Epoch(), st.Agreement(), st.Size()
		own, _ := st.Member(s.cfg.Agency)
		other, ok := st.Member(p)
		t.own, t.peer, t.member = own.Member, other.Member, ok && other.Active() && own.Active() && p != s.cfg.Agency
	})
	return t, nil
}

// epoch is the network's, now.
func (s *Service) epoch() (now uint32) {
	s.cfg.Ledger.View(func(st *state.State) { now = st.Epoch() })
	return now
}

// members lists the other members now.
func (s *Service) members() []casework.AgencyID {
	var out []casework.AgencyID
	s.cfg.Ledger.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != s.cfg.Agency {
				out = append(out, m.Agency)
			}
		}
	})
	slices.Sort(out)
	return out
}

func (s *Service) hello(t terms) wire.Hello {
	return wire.Hello{Version: wire.Version, Network: s.cfg.Network, Normaliser: s.cfg.Normaliser, Epoch: t.epoch}
}

// publicKey is the key that the peer's answers must be by.
func (t terms) publicKey() (*oprf.PublicKey, error) {
	if t.peer.Epoch != t.epoch {
		return nil, fmt.Errorf("%w: the peer's are of epoch %d, the network's is %d", ErrTurning, t.peer.Epoch, t.epoch)
	}
	return oprf.ParsePublicKey(t.peer.MatchKey)
}

// verify checks a receipt that a peer sent against the policy, the clock, and the
// own copy of the ledger, and the entry in it against its sender.
func (s *Service) verify(raw []byte, from casework.AgencyID, t terms) (receipt.Verified, error) {
	r, err := receipt.Parse(raw)
	if err != nil {
		return receipt.Verified{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	v, err := r.Verify(s.cfg.Ledger.Policy())
	if err != nil {
		return receipt.Verified{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	age := s.cfg.Now().Sub(v.Certified.Time)
	if age > t.agreement.MaxAge() || age < -t.agreement.MaxSkew() {
		return receipt.Verified{}, fmt.Errorf("%w: %s, of at most %s", ErrStale, age, t.agreement.MaxAge())
	}
	if v.Index < t.size {
		own, at, err := s.cfg.Ledger.Entry(v.Index)
		if err != nil {
			return receipt.Verified{}, fmt.Errorf("own ledger: %w", err)
		}
		if own.Hash() != v.Entry.Hash() || at != v.Appended {
			return receipt.Verified{}, fmt.Errorf("%w: entry %d is another one in the own ledger", ErrReceipt, v.Index)
		}
	}
	if v.Entry.Agency != from {
		return receipt.Verified{}, fmt.Errorf("%w: of %s, sent by %s", ErrReplayed, v.Entry.Agency, from)
	}
	return v, nil
}

// audience is whom the agency matches with under the agreement.
func (s *Service) audience(t terms) sharing.Audience {
	return sharing.Audience{
		Agreed: func(p casework.AgencyID) []casework.Kind { return t.agreement.KindsBetween(s.cfg.Agency, p) },
		Narrow: s.cfg.MayPublish,
	}
}

// publishable lists the kinds that go into a set for a peer.
func (s *Service) publishable(t terms, p casework.AgencyID) []casework.Kind {
	return s.audience(t).Publish(p)
}

// turning is an error while the own match key is one epoch ahead of the network: the
// one before is used no more, and the others have not followed.
func (t terms) turning() error {
	if t.own.Epoch != t.epoch {
		return fmt.Errorf("%w: the own are of epoch %d, the network's is %d", ErrTurning, t.own.Epoch, t.epoch)
	}
	return nil
}

func (s *Service) keys(epoch uint32) (Keys, error) {
	k, err := s.cfg.Keys(epoch)
	if err == nil && (k.Match == nil || len(k.Audit) == 0) {
		err = errors.New("incomplete")
	}
	if err != nil {
		return Keys{}, fmt.Errorf("keys of epoch %d: %w", epoch, err)
	}
	return k, nil
}
