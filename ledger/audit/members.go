package audit

import (
	"bytes"
	"sync"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// members holds the keys of the members at some point of the replay, prepared. Pages
// are parsed ahead of it: a signature that does not hold under the key at hand is
// judged by the state, under the key then.
type members struct {
	mu   sync.RWMutex
	keys map[casework.AgencyID]*sign.Verifier
}

func (m *members) of(id casework.AgencyID) *sign.Verifier {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.keys[id]
}

// follow takes over the members' keys of now.
func (m *members) follow(s *state.State) {
	for _, member := range s.Members() {
		if v := m.of(member.Agency); v != nil && bytes.Equal(v.Key(), member.AgencyKey) {
			continue
		}
		v, err := sign.NewVerifier(member.AgencyKey)
		if err != nil {
			continue // no such key is admitted
		}
		m.mu.Lock()
		m.keys[member.Agency] = v
		m.mu.Unlock()
	}
}
