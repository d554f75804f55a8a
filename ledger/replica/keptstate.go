package replica

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/state"
)

// A kept state lets a replica that starts replay only the entries after it. It is this
// replica's own work, so what it says is believed if its checksum holds and its root is
// that of the leaves; where there is none that can be read, all entries are replayed.
//
//	"crosscase state 1\n", size (8 bytes), root (32), state, SHA-256 of all before
type keptState struct {
	size  uint64
	root  tlog.Hash
	state []byte
}

const (
	keptMagic  = "crosscase state 1\n"
	keptPrefix = "state-"
	keptHead   = len(keptMagic) + 8 + tlog.HashSize
	keepStates = 2     // as many as raft keeps snapshots
	keepEvery  = 16384 // entries between two states of a follower; raft's snapshots come as often
)

func (k keptState) encode() []byte {
	out := make([]byte, 0, keptHead+len(k.state)+sha256.Size)
	out = binary.BigEndian.AppendUint64(append(out, keptMagic...), k.size)
	out = append(append(out, k.root[:]...), k.state...)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

func decodeKept(data []byte) (keptState, bool) {
	if len(data) < keptHead+sha256.Size || string(data[:len(keptMagic)]) != keptMagic {
		return keptState{}, false
	}
	body := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return keptState{}, false
	}
	at := body[len(keptMagic):]
	return keptState{binary.BigEndian.Uint64(at), tlog.Hash(at[8 : 8+tlog.HashSize]), at[8+tlog.HashSize:]}, true
}

// keepState makes a state durable, and removes those before the last ones.
func (r *Replica) keepState(k keptState) error {
	path := filepath.Join(r.cfg.Dir, keptPrefix+strconv.FormatUint(k.size, 10))
	if err := durable.Replace(path, k.encode(), 0o600); err != nil {
		return fmt.Errorf("ledger: state: %w", err)
	}
	sizes, err := r.keptStates()
	if err != nil {
		return err
	}
	for _, size := range sizes[min(len(sizes), keepStates):] {
		err := os.Remove(filepath.Join(r.cfg.Dir, keptPrefix+strconv.FormatUint(size, 10)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("ledger: state: %w", err)
		}
	}
	return nil
}

// keptStates lists the sizes of kept states, the largest first.
func (r *Replica) keptStates() ([]uint64, error) {
	files, err := os.ReadDir(r.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("ledger: state: %w", err)
	}
	var sizes []uint64
	for _, f := range files {
		number, ok := strings.CutPrefix(f.Name(), keptPrefix)
		if size, err := strconv.ParseUint(number, 10, 64); ok && err == nil {
			sizes = append(sizes, size)
		}
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	return sizes, nil
}

// stateUpTo returns the kept state of the most entries, at most so many, that fits the
// leaves; one of no entry if there is none.
func (r *Replica) stateUpTo(most uint64) (*state.State, error) {
	sizes, err := r.keptStates()
	if err != nil {
		return nil, err
	}
	for _, size := range sizes {
		if size > most || size > r.tiles.Size() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r.cfg.Dir, keptPrefix+strconv.FormatUint(size, 10)))
		if err != nil {
			return nil, fmt.Errorf("ledger: state: %w", err)
		}
		k, ok := decodeKept(data)
		if !ok || k.size != size {
			r.cfg.Logger.Warn("ledger: a kept state is damaged, and what it spared is replayed", "size", size)
			continue
		}
		root, err := r.tiles.RootAt(size)
		if err != nil {
			return nil, err
		}
		s, err := state.Restore(k.state)
		if err != nil || root != k.root || s.Size() != size || s.Genesis() != r.cfg.Genesis {
			r.cfg.Logger.Warn("ledger: a kept state is not of these entries or of another build, and what it spared is replayed", "size", size)
			continue
		}
		return s, nil
	}
	return state.New(), nil
}

// keepOwnState keeps the state of a replica that raft does not feed, if it has grown
// enough since the last one.
func (r *Replica) keepOwnState() error {
	sizes, err := r.keptStates()
	if err != nil {
		return err
	}
	last := uint64(0)
	if len(sizes) > 0 {
		last = sizes[0]
	}
	r.mu.Lock()
	v := r.view()
	k := keptState{size: v.Size()}
	due := k.size >= last+keepEvery && k.size <= r.certified.Size
	if due {
		k.state = v.Bytes()
	}
	r.mu.Unlock()
	if !due {
		return nil
	}
	if k.root, err = r.tiles.RootAt(k.size); err != nil {
		return err
	}
	return r.keepState(k)
}
