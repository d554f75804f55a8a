package replica

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/raft"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
)

// A journal remembers, on disk, the largest checkpoint that this replica signed:
// it never signs a smaller one, or another root of the same size. Beside it stands
// the raft index that was applied then; a log that ends before it is not ours, or
// was cut.
type journal struct {
	path string

	mu      sync.Mutex
	size    uint64
	root    tlog.Hash
	applied uint64
}

// errJournal means that what is to be signed cannot be made durable.
var errJournal = errors.New("what was signed cannot be noted")

func openJournal(path string) (*journal, error) {
	j := &journal{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("what was signed: %w", err)
	}
	lines := strings.Split(string(data), "\n")
	bad := fmt.Errorf("what was signed: %s is damaged; without it this node could sign two histories: restore it from the backup", path)
	if len(lines) != 4 {
		return nil, bad
	}
	root, err := base64.StdEncoding.DecodeString(lines[1])
	if err != nil || len(root) != tlog.HashSize {
		return nil, bad
	}
	j.root = tlog.Hash(root)
	if j.size, err = strconv.ParseUint(lines[0], 10, 64); err != nil {
		return nil, bad
	}
	if j.applied, err = strconv.ParseUint(lines[2], 10, 64); err != nil {
		return nil, bad
	}
	return j, nil
}

// advance makes a checkpoint durable as the newest signed one, or says why it
// must not be signed.
func (j *journal) advance(c checkpoint.Checkpoint, applied uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Size < j.size {
		return fmt.Errorf("%w: a checkpoint of %d after one of %d", ErrDenied, c.Size, j.size)
	}
	if c.Size == j.size && j.size > 0 {
		if c.Root != j.root {
			return fmt.Errorf("%w: another root of size %d was signed before", ErrAlarm, c.Size)
		}
		return nil // signed before; signing it again refreshes the time
	}
	text := fmt.Sprintf("%d\n%s\n%d\n", c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), applied)
	if err := writeDurably(j.path, []byte(text)); err != nil {
		return fmt.Errorf("%w: %w; see that the disk has space and is sound, and start the node again: nothing acknowledged is lost", errJournal, err)
	}
	j.size, j.root, j.applied = c.Size, c.Root, applied
	return nil
}

// newest is what was signed last; size 0 is nothing.
func (j *journal) newest() (uint64, tlog.Hash) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size, j.root
}

func writeDurably(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".signed-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// notBehind refuses a raft log that ends before what this replica signed.
func (r *Replica) notBehind(logs raft.LogStore, snaps raft.SnapshotStore) error {
	last, err := logs.LastIndex()
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	list, err := snaps.List()
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	for _, s := range list {
		last = max(last, s.Index)
	}
	if last < r.signed.applied {
		return fmt.Errorf("%w: it ends at %d, and %d was applied; restore the ledger folder whole from its backup, or join anew under new keys", ErrBehind, last, r.signed.applied)
	}
	return nil
}
