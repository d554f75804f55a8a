package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// An act is one officer's signature under one entry, as it is compared with those
// under others.
type act struct {
	index   uint64
	agency  casework.AgencyID
	officer casework.OfficerID
	key     string
	nonce   [16]byte
	what    string
	why     entry.Hash // of the justification; zero where there is none
}

// acts finds what one entry alone does not show: a signature that serves twice, and one
// key behind two officers. It has an entry for every signature that ever was, so what it
// keeps of each is short: hashes cut to 128 bits.
type acts struct {
	officers map[short]casework.OfficerID // by agency and key
	used     map[short]use                // by agency, key and nonce
}

type short [16]byte

// A use is the first entry that a signature is under.
type use struct {
	index uint64
	why   [8]byte // front of the justification's hash
}

func newActs() *acts {
	return &acts{officers: map[short]casework.OfficerID{}, used: map[short]use{}}
}

func shortOf(agency casework.AgencyID, key string, nonce []byte) short {
	h := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s", agency, key, nonce))
	return short(h[:16])
}

// add compares an act with those before it.
func (s *acts) add(a act, r *Report) {
	who := shortOf(a.agency, a.key, nil)
	if other, known := s.officers[who]; !known {
		s.officers[who] = a.officer
	} else if other != a.officer {
		r.find(a.index, "two-officers", "the key of the %s is also another officer's", a.what)
	}
	u := shortOf(a.agency, a.key, a.nonce[:])
	first, again := s.used[u]
	if !again {
		s.used[u] = use{a.index, [8]byte(a.why[:8])}
		return
	}
	// One question may take several batches, all with its one justification.
	if a.why.IsZero() || [8]byte(a.why[:8]) != first.why {
		r.find(a.index, "reused", "the %s was signed once, for entry %d", a.what, first.index)
	}
}

// keep returns both maps as records of 32 bytes.
func (s *acts) keep() (officers, used []byte) {
	for k, id := range s.officers {
		officers = append(append(officers, k[:]...), id[:]...)
	}
	for k, u := range s.used {
		used = binary.BigEndian.AppendUint64(append(used, k[:]...), u.index)
		used = append(used, u.why[:]...)
	}
	return officers, used
}

// restore reads what keep returned.
func (s *acts) restore(officers, used []byte) error {
	if len(officers)%32 != 0 || len(used)%32 != 0 {
		return fmt.Errorf("%w: half an officer's act", ErrKept)
	}
	for ; len(officers) > 0; officers = officers[32:] {
		s.officers[short(officers[:16])] = casework.OfficerID(officers[16:32])
	}
	for ; len(used) > 0; used = used[32:] {
		s.used[short(used[:16])] = use{binary.BigEndian.Uint64(used[16:24]), [8]byte(used[24:32])}
	}
	return nil
}
