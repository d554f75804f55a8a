package state

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
)

// Apply takes an entry, appended at a time in Unix milliseconds, as the next one.
// An error changes nothing.
func (s *State) Apply(e entry.Entry, at int64) error {
	change, err := s.check(e, at)
	if err != nil {
		return err
	}
	index := s.c.Size
	s.begin(at)
	change(index)
	s.count(e)
	s.c.Size++
	s.c.Last = at
	s.c.Chains[e.Agency] = Chain{Seq: e.Seq, Prev: e.Hash()}
	if key := e.Body.Key(); key != "" {
		s.c.Keys[keyOf(e.Agency, e.Type, key)] = index
	}
	return nil
}

// Check reports whether Apply would take the entry.
func (s *State) Check(e entry.Entry, at int64) error {
	_, err := s.check(e, at)
	return err
}

func (s *State) check(e entry.Entry, at int64) (change, error) {
	if s.agreement.Level > s.known {
		return nil, fmt.Errorf("%w: level %d", ErrUpgrade, s.agreement.Level)
	}
	if s.c.Size == 0 {
		return s.genesis(e, at)
	}
	if e.Network != s.c.Network {
		return nil, fmt.Errorf("%w: %q", ErrNetwork, e.Network)
	}
	i, err := s.active(e.Agency)
	if err != nil {
		return nil, err
	}
	if err := e.Verify(ed25519.PublicKey(s.c.Members[i].AgencyKey)); err != nil {
		return nil, err
	}
	if key := e.Body.Key(); key != "" {
		if index, ok := s.Find(e.Agency, e.Type, key); ok {
			return nil, &DuplicateError{Type: e.Type, Index: index}
		}
	}
	seq, prev := s.Chain(e.Agency)
	if e.Seq != seq+1 {
		return nil, fmt.Errorf("%w: %d, want %d", ErrSeq, e.Seq, seq+1)
	}
	if e.Prev != prev {
		return nil, fmt.Errorf("%w: seq %d", ErrPrev, e.Seq)
	}
	if err := s.time(e, at); err != nil {
		return nil, err
	}
	if err := s.volume(e, at); err != nil {
		return nil, err
	}
	return s.body(e, at)
}

// time compares the author's clock, the leader's, and the voters'.
func (s *State) time(e entry.Entry, at int64) error {
	if err := near(e, at, s.agreement); err != nil {
		return err
	}
	if at < s.c.Last {
		return fmt.Errorf("%w: appended before the entry before it", ErrTime)
	}
	if e.Type != entry.TypeClock && at > s.Latest() { // its own rule bounds a clock entry
		return fmt.Errorf("%w: appended %d ms after what a quorum vouched for", ErrTime, at-s.c.Clock)
	}
	return nil
}

func near(e entry.Entry, at int64, a agreement.Agreement) error {
	if at <= 0 || at > entry.MaxTime {
		return fmt.Errorf("%w: appended outside the years 1970 to 9999", ErrTime)
	}
	skew := a.MaxSkew().Milliseconds()
	if d := e.Time - at; d > skew || d < -skew {
		return fmt.Errorf("%w: %d ms off", ErrTime, d)
	}
	return nil
}

func (s *State) genesis(e entry.Entry, at int64) (change, error) {
	g, ok := foundationOf(e.Body)
	if !ok {
		return nil, fmt.Errorf("%w: it is %s", ErrGenesis, e.Type)
	}
	if level, err := agreement.LevelOf(g.agreement); err == nil && level > s.known {
		return nil, fmt.Errorf("%w: level %d", ErrUpgrade, level)
	}
	a, err := agreement.Parse(g.agreement)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	m, err := g.founder.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if m.Agency != e.Agency || e.Seq != 1 || a.Network != e.Network {
		return nil, fmt.Errorf("%w: agency, seq or network differ", ErrGenesis)
	}
	if g.seam != nil && (g.seam.Founder != m.Agency || g.seam.Successor != a.Network) {
		return nil, fmt.Errorf("%w: the seam names another successor, or another founder", ErrGenesis)
	}
	if err := e.Verify(ed25519.PublicKey(m.AgencyKey)); err != nil {
		return nil, err
	}
	if err := keysOf(m, a); err != nil {
		return nil, err
	}
	if err := near(e, at, a); err != nil {
		return nil, err
	}
	return func(index uint64) {
		s.c.Network, s.c.Genesis, s.c.Agreement, s.agreement = e.Network, e.Hash(), g.agreement, a
		s.c.Clock = at
		s.c.Members = []Member{{Record: g.founder, Admitted: index, Member: m}}
	}, nil
}

// keysOf checks what a record must have to be of this network.
func keysOf(m entry.Member, a agreement.Agreement) error {
	if err := checkpoint.CheckKeys(a.Network, m.Agency, m.LogKey, m.CosignerKey); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if m.Normaliser != a.Normaliser {
		return fmt.Errorf("%w: normaliser version %d, the network's is %d", ErrRecord, m.Normaliser, a.Normaliser)
	}
	if m.Level < a.Level {
		return fmt.Errorf("%w: %s knows %d, and the agreement is of %d", ErrLevel, m.Agency, m.Level, a.Level)
	}
	return nil
}

var errUnknownBody = errors.New("no rule for this type of entry")

// body checks what the type of the entry asks for.
func (s *State) body(e entry.Entry, at int64) (change, error) {
	r, ok := rules[e.Type]
	if !ok {
		return nil, fmt.Errorf("%w: %s", errUnknownBody, e.Type)
	}
	if r.level > s.agreement.Level {
		return nil, fmt.Errorf("%w: %s is of level %d, and the agreement of %d", ErrLevel, e.Type, r.level, s.agreement.Level)
	}
	return r.check(s, e, at)
}

var _ = on(func(*State, entry.Entry, *entry.Genesis, int64) (change, error) {
	return nil, fmt.Errorf("%w: there is one already", ErrGenesis)
})
