package replica

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
)

// A journal is what this replica must not forget: the largest checkpoint that it
// signed (it never signs a smaller one, or another root of the same size), how often
// it was started, which raft log is its own, and below which term and index it takes
// part in no election. It is one small file, replaced whole before anything is signed.
type journal struct {
	path string

	mu  sync.Mutex
	rec record // as it is on disk; guarded by mu
}

// A record is the content of a journal.
type record struct {
	Size    uint64 // newest checkpoint that was signed
	Root    tlog.Hash
	Applied uint64 // raft index that was applied then
	Run     uint64 // starts so far
	Nonce   string // of this start, hex
	Log     string // names the raft log that belongs to this journal, hex
	Term    uint64 // floor of elections: see standing
	Index   uint64
}

// A memory is what opening a journal found.
type memory int

const (
	memoryNone    memory = iota // no journal, or one that says that it was given up
	memoryDamaged               // bytes that this package did not write
	memoryCopied                // a journal that was copied to where it is
	memoryWhole
)

// errJournal means that what is to be signed cannot be made durable.
var errJournal = errors.New("what was signed cannot be noted")

const journalFormat = "crosscase signed 2\n" +
	"checkpoint %d %s %d\n" +
	"run %d %s\n" +
	"log %s\n" +
	"floor %d %d\n" +
	"file %s\n"

func openJournal(path string) (*journal, memory, error) {
	j := &journal{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, memoryNone, nil
	}
	if err != nil {
		return nil, memoryNone, fmt.Errorf("what was signed: %w", err)
	}
	rec, file, ok := parseRecord(data)
	if !ok {
		return j, memoryDamaged, nil
	}
	j.rec = rec
	if rec.Log == "" {
		return j, memoryNone, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, memoryNone, fmt.Errorf("what was signed: %w", err)
	}
	defer f.Close()
	own, err := fingerprint(f)
	if err != nil {
		return nil, memoryNone, fmt.Errorf("what was signed: %w", err)
	}
	if own != file {
		return j, memoryCopied, nil
	}
	return j, memoryWhole, nil
}

// parseRecord reads a journal, and the fingerprint of the file that it was written to.
func parseRecord(data []byte) (rec record, file string, ok bool) {
	at := bytes.LastIndex(data, []byte("sum "))
	if at < 0 || string(data[at:]) != sumLine(data[:at]) {
		return record{}, "", false
	}
	var root string
	none := func(s string) string {
		if s == "-" {
			return ""
		}
		return s
	}
	if n, err := fmt.Sscanf(string(data[:at]), journalFormat, &rec.Size, &root, &rec.Applied, &rec.Run, &rec.Nonce, &rec.Log, &rec.Term, &rec.Index, &file); n != 9 || err != nil {
		return record{}, "", false
	}
	hash, err := base64.StdEncoding.Strict().DecodeString(root)
	if err != nil || len(hash) != tlog.HashSize {
		return record{}, "", false
	}
	rec.Root, rec.Nonce, rec.Log = tlog.Hash(hash), none(rec.Nonce), none(rec.Log)
	return rec, file, bytes.Equal(rec.encode(file), data)
}

func sumLine(data []byte) string {
	sum := sha256.Sum256(data)
	return "sum " + hex.EncodeToString(sum[:]) + "\n"
}

func (rec record) encode(file string) []byte {
	some := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	text := fmt.Sprintf(journalFormat, rec.Size, base64.StdEncoding.EncodeToString(rec.Root[:]), rec.Applied, rec.Run, some(rec.Nonce), some(rec.Log), rec.Term, rec.Index, file)
	return []byte(text + sumLine([]byte(text)))
}

// change makes a change of the record durable. The caller holds mu.
func (j *journal) change(f func(*record)) error {
	rec := j.rec
	f(&rec)
	err := durable.ReplaceFunc(j.path, 0o600, func(file *os.File) ([]byte, error) {
		own, err := fingerprint(file)
		return rec.encode(own), err
	})
	if err != nil {
		return fmt.Errorf("%w: %w; see that the disk has space and is sound, and start the node again: nothing acknowledged is lost", errJournal, err)
	}
	j.rec = rec
	return nil
}

// begin notes another start, with a nonce of its own.
func (j *journal) begin() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.change(func(rec *record) { rec.Run, rec.Nonce = rec.Run+1, randomName() })
}

// giveUp notes that this replica does not know any more what it signed and voted. From
// then on, until restore, the nonce is the identity of the raft log that it will begin.
func (j *journal) giveUp() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.rec.Log == "" && j.rec.Nonce != "" {
		return nil // it gave up before, and its operator has told the identity
	}
	return j.change(func(rec *record) { rec.Log, rec.Nonce = "", randomName() })
}

// restore notes what this replica signed and voted, as the others told it, with the
// name of a new raft log.
func (j *journal) restore(known record, log string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.change(func(rec *record) {
		if known.Size > rec.Size {
			rec.Size, rec.Root = known.Size, known.Root
		}
		rec.Run = max(rec.Run+1, known.Run)
		rec.Term, rec.Index, rec.Applied = known.Term, known.Index, 0
		rec.Log, rec.Nonce = log, randomName()
	})
}

func randomName() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// advance makes a checkpoint durable as the newest signed one, or says why it
// must not be signed.
func (j *journal) advance(c checkpoint.Checkpoint, applied uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Size < j.rec.Size {
		return fmt.Errorf("%w: a checkpoint of %d after one of %d", ErrDenied, c.Size, j.rec.Size)
	}
	if c.Size == j.rec.Size && c.Size > 0 {
		if c.Root != j.rec.Root {
			return fmt.Errorf("%w: another root of size %d was signed before", ErrAlarm, c.Size)
		}
		return nil // signed before; signing it again refreshes the time
	}
	return j.change(func(rec *record) { rec.Size, rec.Root, rec.Applied = c.Size, c.Root, applied })
}

// known is a copy of the record.
func (j *journal) known() record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rec
}
