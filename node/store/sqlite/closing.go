package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// To check every page of a large store takes as long as to read it. It is done when the
// file is not what Close left: after a crash, after it was put back from a backup, and
// where anything else wrote to it. Close notes in the lock file what it left; Open takes
// the note away. A page that is damaged later is found when it is read.

// left describes the store's file when it is closed, or "" where it is not whole: part of
// it is in the write-ahead log.
func (s *Store) left() (string, error) {
	path := filepath.Join(s.dir, fileName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return "", nil
	}
	return fmt.Sprintf("closed %d %d\n", info.Size(), info.ModTime().UnixNano()), nil
}

// leave notes how the closed file is left.
func (s *Store) leave() error {
	text, err := s.left()
	if err != nil || text == "" {
		return err
	}
	if _, err := s.lock.WriteAt([]byte(text), 0); err != nil {
		return err
	}
	return s.lock.Sync()
}

// takeLeft reports whether the file is as it was left, before it is opened, and takes the
// note away: a crash leaves none.
func (s *Store) takeLeft() (yes bool, err error) {
	var note [64]byte
	n, _ := s.lock.ReadAt(note[:], 0) // what cannot be read is no note
	if n == 0 {
		return false, nil
	}
	text, err := s.left()
	if err != nil {
		return false, err
	}
	if err := errors.Join(s.lock.Truncate(0), s.lock.Sync()); err != nil {
		return false, err
	}
	return text != "" && text == string(note[:n]), nil
}
