package state

import (
	"fmt"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Volume is how much an agency logged in a day.
type Volume struct {
	Entries uint32 `cbor:"1,keyasint"`
	Bytes   uint64 `cbor:"2,keyasint"`
}

// Logged is how much an agency logged on the UTC day of a time, those entries aside
// that answer another's.
func (s *State) Logged(id casework.AgencyID, at int64) Volume {
	if at/dayMillis != s.c.Day {
		return Volume{}
	}
	return s.c.Logged[id]
}

// unbounded reports whether an entry is not counted: one that answers another
// agency's, which happens once for each of those, so that who is asked much can still
// answer, and a leader's clock entry. Both have bounds of their own.
func unbounded(t entry.Type) bool {
	return t == entry.TypeAnswer || t == entry.TypeTagsAcknowledged || t == entry.TypeDecision || t == entry.TypeClock
}

// volume refuses an entry of an agency that has logged what it may in a day.
func (s *State) volume(e entry.Entry, at int64) error {
	if unbounded(e.Type) {
		return nil
	}
	v := s.Logged(e.Agency, at)
	if v.Entries >= s.agreement.EntriesPerDay {
		return fmt.Errorf("%w: %d entries a day, and %s logged them", ErrQuota, s.agreement.EntriesPerDay, e.Agency)
	}
	if v.Bytes+uint64(len(e.Raw())) > s.agreement.BytesPerDay {
		return fmt.Errorf("%w: %d bytes a day, of which %s logged %d", ErrQuota, s.agreement.BytesPerDay, e.Agency, v.Bytes)
	}
	return nil
}

// begin forgets the counters of an earlier day.
func (s *State) begin(at int64) {
	if day := at / dayMillis; day != s.c.Day {
		s.c.Day = day
		s.c.Asked, s.c.Logged = map[string]uint64{}, map[casework.AgencyID]Volume{}
	}
}

// count counts an entry that was accepted, on the day that has begun.
func (s *State) count(e entry.Entry) {
	if unbounded(e.Type) {
		return
	}
	v := s.c.Logged[e.Agency]
	s.c.Logged[e.Agency] = Volume{Entries: v.Entries + 1, Bytes: v.Bytes + uint64(len(e.Raw()))}
}
