package replica

import (
	"encoding/hex"

	"github.com/crosscase/crosscase/ledger/entry"
)

// replacedRun is the number of the first start of a voter that the members replaced by
// an entry: above all starts that those could know who did not answer, and a sign to
// whoever hears of it later that this replacement was used.
func replacedRun(index uint64) uint64 { return (index + 1) << 20 }

// Returning is the identity of the raft log that this replica will begin, while it does
// not know what it signed. Where not every other voter can tell it, the members can
// replace it under this identity.
func (r *Replica) Returning() (entry.Identity, bool) {
	rec := r.signed.known()
	id, err := hex.DecodeString(rec.Nonce)
	if rec.Log != "" || err != nil || len(id) != len(entry.Identity{}) {
		return entry.Identity{}, false
	}
	return entry.Identity(id), true
}

// replacement is the certified entry by which the members replaced the log that this
// replica lost, if they did.
func (r *Replica) replacement() (index uint64, ok bool) {
	identity, returning := r.Returning()
	r.mu.Lock()
	defer r.mu.Unlock()
	by, ok := r.view().Replacement(r.cfg.Agency)
	return by.Index, ok && returning && by.Identity == identity && by.Index < r.certified.Size
}

// enough reports whether those who answered, of the other voters, bind a replaced voter
// as its own log would. Every majority that it was in before has one of them: so they
// name a term and a log end that are not before what it voted for and acknowledged.
func enough(answered, voters int) bool { return answered >= (voters+1)/2 }
