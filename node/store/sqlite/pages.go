package sqlite

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
)

// The purposes of sets of tags.
const (
	ownTags   int64 = 1 // what we publish to a peer, with the number of the match key; 0: padding
	peerTags  int64 = 2 // what a peer publishes to us, with 0
	askedTags int64 = 3 // a peer's tags of our match keys, learned by asking, with the key's number
	itemKeys  int64 = 4 // beginnings of look-up keys, with the number of the match key
)

// tagPages keeps runs of tags in the database.
type tagPages struct{ *Store }

// Write runs f in a transaction.
func (p tagPages) Write(ctx context.Context, f func() error) error { return p.tx(ctx, f) }

// Read runs f with the lock held.
func (p tagPages) Read(ctx context.Context, f func() error) error { return p.read(ctx, f) }

func (p tagPages) Runs(s runs.Set) (out []runs.Run, err error) {
	err = p.query("SELECT n, level FROM tag_run WHERE what = ? AND peer = ? AND epoch = ? AND level >= 0 ORDER BY level, n DESC",
		[]any{s.Purpose, s.Peer, s.Epoch}, func(st *sqlite3.Stmt) error {
			out = append(out, runs.Run{Number: st.ColumnInt64(0), Level: st.ColumnInt64(1)})
			return nil
		})
	return out, err
}

func (p tagPages) Begin(s runs.Set, level int64) (int64, error) {
	err := p.query("INSERT INTO tag_run(what, peer, epoch, level) VALUES(?, ?, ?, ?)", []any{s.Purpose, s.Peer, s.Epoch, level}, nil)
	return p.db.LastInsertRowID(), err
}

func (p tagPages) SetLevel(run, level int64) error {
	return p.query("UPDATE tag_run SET level = ? WHERE n = ?", []any{level, run}, nil)
}

func (p tagPages) Replace(purpose, peer int64) error {
	return p.query("UPDATE tag_run SET level = ? WHERE what = ? AND peer = ? AND level >= 0", []any{runs.Replaced, purpose, peer}, nil)
}

func (p tagPages) Append(run int64, first tagset.Tag, block []byte) error {
	if err := p.query("INSERT INTO tag_block(data) VALUES(?)", []any{block}, nil); err != nil {
		return err
	}
	return p.query("INSERT INTO tag_first(run, first, block) VALUES(?, ?, ?)", []any{run, first[:], p.db.LastInsertRowID()}, nil)
}

func (p tagPages) At(run int64, tag tagset.Tag, read func([]byte) error) error {
	return p.query("SELECT data FROM tag_block WHERE n = (SELECT block FROM tag_first WHERE run = ? AND first <= ? ORDER BY first DESC LIMIT 1)", []any{run, tag[:]},
		func(st *sqlite3.Stmt) error { return read(st.ColumnRawBlob(0)) })
}

func (p tagPages) Next(run int64, first, block []byte) (nextFirst, nextBlock []byte, err error) {
	if first == nil {
		first = []byte{}
	}
	err = p.query("SELECT f.first, b.data FROM tag_first f JOIN tag_block b ON b.n = f.block WHERE f.run = ? AND f.first > ? ORDER BY f.first LIMIT 1", []any{run, first}, func(st *sqlite3.Stmt) error {
		first, block = st.ColumnBlob(0, first[:0]), st.ColumnBlob(1, block)
		return nil
	})
	return first, block, err
}

func (p tagPages) Delete(level int64, blocks int) (bool, error) {
	var n int64
	err := p.query("SELECT n FROM tag_run WHERE level = ? LIMIT 1", []any{level}, func(st *sqlite3.Stmt) error { n = st.ColumnInt64(0); return nil })
	if err != nil || n == 0 {
		return false, err
	}
	var last []byte // of this step
	err = p.query("SELECT max(first) FROM (SELECT first FROM tag_first WHERE run = ? ORDER BY first LIMIT ?)", []any{n, blocks}, func(st *sqlite3.Stmt) error {
		last = st.ColumnBlob(0, nil)
		return nil
	})
	if err != nil {
		return false, err
	}
	if len(last) == 0 {
		return true, p.query("DELETE FROM tag_run WHERE n = ?", []any{n}, nil)
	}
	if err := p.query("DELETE FROM tag_block WHERE n IN (SELECT block FROM tag_first WHERE run = ? AND first <= ?)", []any{n, last}, nil); err != nil {
		return false, err
	}
	return true, p.query("DELETE FROM tag_first WHERE run = ? AND first <= ?", []any{n, last}, nil)
}
