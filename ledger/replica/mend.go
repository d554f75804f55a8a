package replica

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// raft-wal v0.4.2 closes a file of its log that is full with an index, and then
// begins the next one. Where the process dies in between, or the disk is full at
// that moment, it opens the file again as one that takes nothing more: every append
// fails, after every start. The mending is done here: an index that was not
// committed is cut off, and behind one that was, the next file is begun.

// Layout of raft-wal's files.
const (
	walHeader  = 32
	walFrame   = 8
	frameEntry = 1
	frameIndex = 2
	frameEnd   = 3 // a commit: its checksum covers what came since the one before
)

// aside is where the last command lies while it is moved to the next file.
const aside = "moving"

// openLog opens the raft log in a folder, mended.
func openLog(dir string, log hclogLogger) (*wal.WAL, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.wal"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files) // by first index
	closed := false
	if len(files) > 0 { // only the last one is appended to
		if closed, err = cutOff(files[len(files)-1]); err != nil {
			return nil, fmt.Errorf("%s: %w", files[len(files)-1], err)
		}
	}
	w, err := wal.Open(dir, wal.WithLogger(log), wal.WithSegmentSize(segmentSize))
	if err != nil {
		return nil, err
	}
	err = putBack(w, filepath.Join(dir, aside))
	if err == nil && closed {
		err = beginNext(w, filepath.Join(dir, aside))
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// cutOff removes what follows the last commit of a file, if an index is among it,
// and reports whether the last commit is that of an index: the file is closed.
func cutOff(path string) (closed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(f)
	if err != nil {
		return false, err
	}
	committed, since := 0, 0 // where the last commit ends, and where its successor's checksum begins
	index := false           // since then
	for at := walHeader; at+walFrame <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		switch data[at] {
		case frameEntry:
		case frameIndex:
			index = true
		case frameEnd:
			if crc32.Checksum(data[since:at], castagnoli) != binary.LittleEndian.Uint32(data[at+4:]) {
				return closed, shorten(f, committed, len(data), index)
			}
			committed, since, closed, index = at+walFrame, at+walFrame, index, false
			size = 0
		default:
			return closed, shorten(f, committed, len(data), index)
		}
		at += walFrame + (size+walFrame-1)/walFrame*walFrame
	}
	return closed, shorten(f, committed, len(data), index)
}

// shorten makes zeros of what follows a commit.
func shorten(f *os.File, committed, size int, index bool) error {
	if !index {
		return nil // raft-wal passes over what is not committed
	}
	return errors.Join(f.Truncate(int64(committed)), f.Truncate(int64(size)), f.Sync())
}

// beginNext makes raft-wal begin its next file, which it does when it takes its
// last command back. That one is kept aside meanwhile.
func beginNext(w *wal.WAL, path string) error {
	last, err := w.LastIndex()
	if err != nil || last == 0 {
		return err
	}
	var l raft.Log
	if err := w.GetLog(last, &l); err != nil {
		return err
	}
	if err := keepAside(path, &l); err != nil {
		return err
	}
	if err := w.DeleteRange(last, last); err != nil {
		return err
	}
	return putBack(w, path)
}

func keepAside(path string, l *raft.Log) error {
	var b bytes.Buffer
	if err := (&wal.BinaryCodec{}).Encode(l, &b); err != nil {
		return err
	}
	return durable.Replace(path, b.Bytes(), 0o600)
}

// putBack stores a command that was kept aside, if it is not back already.
func putBack(w *wal.WAL, path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var l raft.Log
	if err := (&wal.BinaryCodec{}).Decode(data, &l); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	last, err := w.LastIndex()
	if err != nil {
		return err
	}
	if last+1 == l.Index || last == 0 {
		if err := w.StoreLog(&l); err != nil {
			return err
		}
	}
	return os.Remove(path)
}
