package sqlite

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // the encryption of the file
	"golang.org/x/sys/unix"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
)

const (
	fileName      = "cases.db"
	applicationID = 0x63726373 // "crcs"
)

// A Store is the open database. It is safe for concurrent use; calls take turns.
type Store struct {
	dir    string
	lock   *os.File // holds what the last Close left: see closing.go
	asLeft bool     // the file was as that Close had left it when it was opened
	keys   keys
	access access

	sets *runs.Runs // of tags and look-up keys

	mu    sync.Mutex // guards what follows
	db    *sqlite3.Conn
	stmts map[string]*sqlite3.Stmt
	peers map[string]int64 // agency to its number in the tag tables

	stored map[string]bool // keys of common facts of occurrences that are
}

// Create makes a new store in a folder.
func Create(dir string, key *[32]byte) (*Store, error) {
	if _, err := os.Stat(filepath.Join(dir, fileName)); err == nil {
		return nil, fmt.Errorf("case store: there is one in %s already", dir)
	}
	s, err := open(dir, key, sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE)
	if err != nil {
		return nil, err
	}
	err = s.create()
	if err == nil { // the engine makes it as the umask says
		err = os.Chmod(filepath.Join(dir, fileName), 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("case store: %w", explain(err)), s.Close())
	}
	return s, nil
}

// Open opens the store of a folder.
func Open(dir string, key *[32]byte) (*Store, error) {
	path := filepath.Join(dir, fileName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("case store: %w: there is none in %s; restore the folder from its backup", store.ErrForeign, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("case store: %w", err)
	}
	if info.Size() == 0 || info.Size()%4096 != 0 {
		return nil, fmt.Errorf("case store: %w: %s was cut off or is no store (%d bytes); nothing was changed: restore it from the backup", store.ErrCorrupt, path, info.Size())
	}
	s, err := open(dir, key, sqlite3.OPEN_READWRITE)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, errors.Join(fmt.Errorf("case store: %w", err), s.Close())
	}
	return s, nil
}

func derive(key *[32]byte, what string) []byte {
	k, err := hkdf.Key(sha256.New, key[:], nil, "crosscase/1 store "+what, 32)
	if err != nil {
		panic(err) // 32 bytes are always to be had
	}
	return k
}

func open(dir string, key *[32]byte, flags sqlite3.OpenFlag) (*Store, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("case store: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("case store: %w: stop the node that runs in %s first", store.ErrLocked, dir)
	}
	s := &Store{dir: dir, lock: lock, stmts: map[string]*sqlite3.Stmt{}, peers: map[string]int64{}, stored: map[string]bool{}}
	s.sets = runs.New(tagPages{s}, tagPages{s})
	if s.keys, err = newKeys(key); err != nil {
		lock.Close()
		return nil, fmt.Errorf("case store: %w", err)
	}
	if s.asLeft, err = s.takeLeft(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("case store: %w", err)
	}
	uri := fmt.Sprintf("file:%s?vfs=adiantum&hexkey=%s", filepath.ToSlash(filepath.Join(dir, fileName)), hex.EncodeToString(derive(key, "file")))
	if s.db, err = sqlite3.OpenFlags(uri, flags|sqlite3.OPEN_URI); err != nil {
		lock.Close()
		return nil, fmt.Errorf("case store: %w", explain(err))
	}
	// One process, one connection: the WAL's index can stay in memory.
	err = s.db.Exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
		PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384;`)
	if errors.Is(err, sqlite3.NOTADB) {
		// Under a wrong key every page reads as noise.
		return nil, errors.Join(fmt.Errorf("case store: %w, or it is damaged, or no store; nothing was changed", store.ErrKey), s.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("case store: %w", explain(err)), s.Close())
	}
	return s, nil
}

func (s *Store) create() error {
	if err := s.db.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, SchemaVersion)); err != nil {
		return err
	}
	if err := s.db.Exec(schema); err != nil {
		return err
	}
	if err := checks.put(s, "check", 0, raw("crosscase")); err != nil {
		return err
	}
	return s.openAccess()
}

// check refuses a file that is no store, or that this key does not open.
func (s *Store) check() error {
	var app, version int64
	err := s.query("PRAGMA application_id", nil, func(st *sqlite3.Stmt) error { app = st.ColumnInt64(0); return nil })
	if err == nil {
		err = s.query("PRAGMA user_version", nil, func(st *sqlite3.Stmt) error { version = st.ColumnInt64(0); return nil })
	}
	switch {
	case err != nil:
		return explain(err)
	case app != applicationID:
		return fmt.Errorf("%w (application %x)", store.ErrForeign, app)
	case version > SchemaVersion:
		return fmt.Errorf("%w: a newer crosscase wrote it (schema %d, this one knows %d); nothing was changed: use the newer one", store.ErrForeign, version, SchemaVersion)
	case version < OldestSchema:
		return fmt.Errorf("%w: its schema is %d, and %d is the oldest that is migrated; nothing was changed", store.ErrForeign, version, OldestSchema)
	}
	if s.asLeft {
		return s.admit(version)
	}
	var verdict string
	if err := s.query("PRAGMA quick_check(1)", nil, func(st *sqlite3.Stmt) error { verdict = st.ColumnText(0); return nil }); err != nil {
		return explain(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s; nothing was changed: restore it from the backup", store.ErrCorrupt, verdict)
	}
	return s.admit(version)
}

// admit checks the key, brings the store up to this build's schema and completes what a
// crash cut off.
func (s *Store) admit(version int64) error {
	if _, err := checks.get(s, "check"); err != nil {
		return fmt.Errorf("%w: %w", store.ErrKey, err)
	}
	if err := s.migrate(version); err != nil {
		return err
	}
	if err := s.openAccess(); err != nil {
		return err
	}
	return s.sets.DeleteUnfinished(context.Background())
}

// Close closes the store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.db != nil {
		for _, st := range s.stmts {
			err = errors.Join(err, st.Close())
		}
		clear(s.stmts)
		err = errors.Join(err, s.db.Close())
		s.db = nil
	}
	if s.lock != nil {
		if err == nil {
			err = s.leave()
		}
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// explain wraps SQLite's errors in those that callers branch on.
func explain(err error) error {
	switch {
	case errors.Is(err, sqlite3.FULL), errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("%w; free space and try again (%w)", store.ErrFull, err)
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return fmt.Errorf("%w; restore it from the backup (%w)", store.ErrCorrupt, err)
	}
	return err
}

// query runs a statement with the lock held; row, which may be nil, sees each row.
func (s *Store) query(sql string, args []any, row func(*sqlite3.Stmt) error) error {
	if s.db == nil {
		return errors.New("the store is closed")
	}
	st, ok := s.stmts[sql]
	if !ok {
		var err error
		if st, _, err = s.db.Prepare(sql); err != nil {
			return err
		}
		s.stmts[sql] = st
	}
	defer st.Reset()
	for i, a := range args {
		var err error
		switch v := a.(type) {
		case int64:
			err = st.BindInt64(i+1, v)
		case int:
			err = st.BindInt64(i+1, int64(v))
		case uint32:
			err = st.BindInt64(i+1, int64(v))
		case float64:
			err = st.BindFloat(i+1, v)
		case bool:
			err = st.BindBool(i+1, v)
		case string:
			err = st.BindText(i+1, v)
		case []byte:
			err = st.BindBlob(i+1, v)
		default:
			err = fmt.Errorf("no binding for %T", a)
		}
		if err != nil {
			return err
		}
	}
	for st.Step() {
		if row == nil {
			continue
		}
		if err := row(st); err != nil {
			return err
		}
	}
	return st.Err()
}

// tx runs f in one transaction, with the lock held.
func (s *Store) tx(ctx context.Context, f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.db == nil {
		return errors.New("the store is closed")
	}
	if err := s.db.Exec("BEGIN IMMEDIATE"); err != nil {
		return explain(err)
	}
	err := f()
	if err == nil {
		err = s.db.Exec("COMMIT")
	}
	if err != nil {
		clear(s.peers) // numbers given in it are gone
		clear(s.stored)
		if !s.db.GetAutocommit() {
			err = errors.Join(err, s.db.Exec("ROLLBACK"))
		}
		return explain(err)
	}
	return nil
}

// read runs f with the lock held.
func (s *Store) read(ctx context.Context, f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return explain(f())
}

// peer returns an agency's number in the tag tables, with the lock held.
func (s *Store) peer(agency string) (int64, error) {
	if n, ok := s.peers[agency]; ok {
		return n, nil
	}
	if err := s.query("INSERT INTO peer(agency) VALUES(?) ON CONFLICT DO NOTHING", []any{agency}, nil); err != nil {
		return 0, err
	}
	var n int64
	err := s.query("SELECT n FROM peer WHERE agency = ?", []any{agency}, func(st *sqlite3.Stmt) error { n = st.ColumnInt64(0); return nil })
	if err == nil {
		s.peers[agency] = n
	}
	return n, err
}
