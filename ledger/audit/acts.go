package audit

import (
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

// acts finds what one entry alone does not show: a signature that serves twice,
// and one key behind two officers.
type acts struct {
	officers map[[2]string]casework.OfficerID // by agency and key
	used     map[used]act
}

type used struct {
	agency casework.AgencyID
	key    string
	nonce  [16]byte
}

func newActs() *acts {
	return &acts{officers: map[[2]string]casework.OfficerID{}, used: map[used]act{}}
}

// add compares an act with those before it.
func (s *acts) add(a act, r *Report) {
	who := [2]string{string(a.agency), a.key}
	if other, known := s.officers[who]; !known {
		s.officers[who] = a.officer
	} else if other != a.officer {
		r.find(a.index, "two-officers", "the key of the %s is also another officer's", a.what)
	}
	u := used{a.agency, a.key, a.nonce}
	first, again := s.used[u]
	if !again {
		s.used[u] = a
		return
	}
	// One question may take several batches, all with its one justification.
	if a.why.IsZero() || a.why != first.why {
		r.find(a.index, "reused", "the %s was signed once, for entry %d", a.what, first.index)
	}
}
