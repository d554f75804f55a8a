package replica

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/policy/casework"
)

// A startRecord says that a replica was started for the nth time. It is signed, so
// that whoever remembers it can show it to a later start of an older image.
type startRecord struct {
	Network string            `cbor:"1,keyasint"`
	Agency  casework.AgencyID `cbor:"2,keyasint"`
	Run     uint64            `cbor:"3,keyasint"`
	Nonce   string            `cbor:"4,keyasint"`
}

type signedStart struct {
	Start     []byte `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
}

// A greeting answers another replica that has started or returns.
type greeting struct {
	Knows     bool   `cbor:"1,keyasint"` // false: this replica has itself forgotten what it signed
	Last      []byte `cbor:"2,keyasint"` // newest start of the caller that was known before this call
	Note      []byte `cbor:"3,keyasint"` // newest note with the caller's signature
	Size      uint64 `cbor:"4,keyasint"` // entries that are certified here
	Term      uint64 `cbor:"5,keyasint"` // raft's term, and its newest command, here
	LastTerm  uint64 `cbor:"6,keyasint"`
	LastIndex uint64 `cbor:"7,keyasint"`
}

var (
	startFormat    = canon.NewFormat(canon.Limits{Size: 1024, Array: 16, Map: 16, Depth: 4})
	greetingFormat = canon.NewFormat(canon.Limits{Size: checkpoint.MaxSize + 2048, Array: 16, Map: 16, Depth: 4})
	peersFormat    = canon.NewFormat(canon.Limits{Size: 4 << 20, Array: 16, Map: 4096, Depth: 4})
)

const startDomain = "crosscase/2 replica start\x00"

func (r *Replica) signStart(rec record) []byte {
	start := canon.Encode(startRecord{r.cfg.Network, r.cfg.Agency, rec.Run, rec.Nonce})
	return canon.Encode(signedStart{start, ed25519.Sign(r.signing().Agency, append([]byte(startDomain), start...))})
}

func (r *Replica) openStart(data []byte, of casework.AgencyID, key ed25519.PublicKey) (startRecord, error) {
	var s signedStart
	var out startRecord
	if err := startFormat.Decode(data, &s); err != nil {
		return out, fmt.Errorf("start of %s: %w", of, err)
	}
	if len(key) != ed25519.PublicKeySize || !sign.Verify(key, append([]byte(startDomain), s.Start...), s.Signature) {
		return out, fmt.Errorf("start of %s: its signature does not hold", of)
	}
	if err := startFormat.Decode(s.Start, &out); err != nil {
		return out, fmt.Errorf("start of %s: %w", of, err)
	}
	if out.Network != r.cfg.Network || out.Agency != of {
		return out, fmt.Errorf("start of %s: it is of %s in %s", of, out.Agency, out.Network)
	}
	return out, nil
}

// peersFile holds the newest start of each other replica.
const peersFile = "peers"

func readPeers(dir string) (map[casework.AgencyID][]byte, error) {
	out := map[casework.AgencyID][]byte{}
	data, err := os.ReadFile(filepath.Join(dir, peersFile))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("starts of the others: %w", err)
	}
	if err := peersFormat.Decode(data, &out); err != nil {
		return map[casework.AgencyID][]byte{}, nil // only a help to the others, who tell theirs again
	}
	return out, nil
}

// serveHello takes note of another replica's start and tells it what this one
// remembers of it. An empty request only asks.
func (r *Replica) serveHello(from casework.AgencyID, request []byte) ([]byte, error) {
	r.greeted.Lock()
	defer r.greeted.Unlock()
	r.mu.Lock()
	m, ok := r.view().Member(from)
	g := greeting{Knows: r.knows, Last: r.peers[from], Note: r.heads[from].note, Size: r.certified.Size}
	r.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%w: %s is not known to be a member yet", ErrDenied, from)
	}
	g.Term, g.LastTerm, g.LastIndex = r.raftEnd()
	if len(request) > 0 {
		now, err := r.openStart(request, from, ed25519.PublicKey(m.AgencyKey))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDenied, err)
		}
		before, err := r.openStart(g.Last, from, ed25519.PublicKey(m.AgencyKey))
		if err != nil || before.Run < now.Run {
			if err := r.remember(from, request); err != nil {
				return nil, err
			}
		}
	}
	return canon.Encode(g), nil
}

func (r *Replica) remember(from casework.AgencyID, start []byte) error {
	r.mu.Lock()
	all := map[casework.AgencyID][]byte{from: start}
	for id, s := range r.peers {
		if id != from {
			all[id] = s
		}
	}
	r.mu.Unlock()
	if err := durable.Replace(filepath.Join(r.cfg.Dir, peersFile), canon.Encode(all), 0o600); err != nil {
		return fmt.Errorf("ledger: start of %s: %w", from, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peers = all
	return nil
}

// raftEnd is raft's term, and the term and index of its newest command, whether it
// has started or not.
func (r *Replica) raftEnd() (term, lastTerm, lastIndex uint64) {
	select {
	case <-r.started:
		s := r.raft.Stats()
		number := func(key string) uint64 {
			n, err := strconv.ParseUint(s[key], 10, 64)
			if err != nil {
				return 0
			}
			return n
		}
		return r.raft.CurrentTerm(), number("last_log_term"), number("last_log_index")
	default:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.atRest.term, r.atRest.lastTerm, r.atRest.lastIndex
}

// hello asks another replica what it remembers of this one, and tells it of this
// start unless start is nil.
func (r *Replica) hello(ctx context.Context, to casework.AgencyID, start []byte) (greeting, error) {
	var g greeting
	ctx, cancel := context.WithTimeout(ctx, 3*r.cfg.Heartbeat)
	defer cancel()
	answer, err := r.cfg.Caller.Call(ctx, to, methodHello, start)
	if err != nil {
		return g, err
	}
	return g, greetingFormat.Decode(answer, &g)
}

// announce tells every member of this start, also those who were away then. One that
// remembers a later one shows that this replica is an older image: it gives up what
// it holds for its own memory, and stops.
func (r *Replica) announce(ctx context.Context) error {
	told := map[casework.AgencyID]bool{}
	own := r.signed.known()
	var key ed25519.PrivateKey
	var start []byte
	for {
		if now := r.signing().Agency; !now.Equal(key) { // at first, and after it was changed
			key, start = now, r.signStart(own)
			clear(told)
		}
		r.mu.Lock()
		var ids []casework.AgencyID
		for _, m := range r.view().Members() {
			if m.Active() && m.Agency != r.cfg.Agency && !told[m.Agency] {
				ids = append(ids, m.Agency)
			}
		}
		r.mu.Unlock()
		for id, g := range r.helloAll(ctx, ids, start) {
			told[id] = true
			what := newer(r.remembered(g), own)
			if what == "" || r.remembered(g).Run <= own.Run { // what it signed since this start
				continue
			}
			err := fmt.Errorf("%w: %s remembers that %s; start the node again: it then has no vote until the others have brought it up to date", ErrBehind, id, what)
			r.fail(errors.Join(err, r.signed.giveUp()))
			return nil
		}
		t := time.NewTimer(10 * r.cfg.Heartbeat)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// remembered reads from another's greeting the newest start of this replica, and
// the newest checkpoint with its signature. What does not bear its signature is
// nobody's memory.
func (r *Replica) remembered(g greeting) record {
	var out record
	if s, err := r.openStart(g.Last, r.cfg.Agency, r.signing().Agency.Public().(ed25519.PublicKey)); err == nil {
		out.Run, out.Nonce = s.Run, s.Nonce
	}
	c, err := checkpoint.Parse(g.Note)
	if err == nil && slices.Contains(r.Policy().Signers(g.Note), r.cfg.Agency) {
		out.Size, out.Root = c.Size, c.Root
	}
	return out
}

// newer says what in another's memory of this replica is newer than its journal.
func newer(seen, own record) string {
	switch {
	case seen.Run > own.Run, seen.Run == own.Run && seen.Run > 0 && seen.Nonce != own.Nonce:
		return "it was started since as number " + strconv.FormatUint(seen.Run, 10)
	case seen.Size > own.Size:
		return fmt.Sprintf("it signed %d entries since, and its journal says %d", seen.Size, own.Size)
	}
	return ""
}

// A signedHead is the newest note with the signature of one voter.
type signedHead struct {
	size uint64
	note []byte
}

// sawSigned notes who signed a checkpoint; r.mu is held.
func (r *Replica) sawSigned(c checkpoint.Checkpoint, note []byte, by ...casework.AgencyID) {
	for _, id := range by {
		if h, ok := r.heads[id]; !ok || h.size < c.Size {
			r.heads[id] = signedHead{c.Size, bytes.Clone(note)}
		}
	}
}

// keyLog is where the raft log holds the name by which the journal knows it.
var keyLog = []byte("crosscase.log")

func logName(store *watched) string {
	name, err := store.WAL.Get(keyLog)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(name)
}
