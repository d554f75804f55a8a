package sqlite

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
)

// schemaOf is the text of every table, index and trigger, without comments and spaces.
func schemaOf(t *testing.T, s *Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	comments, spaces := regexp.MustCompile(`--[^\n]*`), regexp.MustCompile(`\s+`)
	err := s.query("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL", nil, func(st *sqlite3.Stmt) error {
		out[st.ColumnText(0)] = spaces.ReplaceAllString(comments.ReplaceAllString(st.ColumnText(1), ""), "")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A store that was brought up has the schema that a new one has.
func TestMigratedSchemaIsThatOfNewStore(t *testing.T) {
	fresh, _ := emptyStore(t)
	want := schemaOf(t, fresh)
	for schema := OldestSchema; schema < SchemaVersion; schema++ {
		f, err := os.Open(fmt.Sprintf("testdata/schema%d.db.gz", schema))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z := must(gzip.NewReader(f))(t)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), must(io.ReadAll(z))(t), 0o600); err != nil {
			t.Fatal(err)
		}
		var key [32]byte
		for i := range key {
			key[i] = byte(i)
		}
		s := must(Open(dir, &key))(t)
		defer s.Close()
		got := schemaOf(t, s)
		for name := range maps.Keys(want) {
			if got[name] != want[name] {
				t.Errorf("schema %d, brought up: %s is\n%s, in a new store\n%s", schema, name, got[name], want[name])
			}
		}
		if len(got) != len(want) {
			t.Errorf("schema %d, brought up: %d tables, indexes and triggers, want %d", schema, len(got), len(want))
		}
	}
}

// There is a migration for each number, in order.
func TestMigrationsAreNumbered(t *testing.T) {
	for i, m := range migrations {
		if m.to != OldestSchema+1+int64(i) {
			t.Errorf("migration %d is to schema %d", i, m.to)
		}
	}
	if last := migrations[len(migrations)-1].to; last != SchemaVersion {
		t.Errorf("the last migration is to schema %d, this build's is %d", last, SchemaVersion)
	}
}

// A store of a newer build is left alone, and the error says what to do.
func TestNewerStoreIsRefused(t *testing.T) {
	s, dir := emptyStore(t)
	if err := s.db.Exec(fmt.Sprintf("PRAGMA user_version = %d", SchemaVersion+1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, &[32]byte{1}); !errors.Is(err, store.ErrForeign) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("%v", err)
	}
}

// A migration that fails leaves the store as it was, and the next start does it again.
func TestMigrationThatFails(t *testing.T) {
	s, _ := emptyStore(t)
	broken := errors.New("broken")
	before := migrations
	defer func() { migrations = before }()
	migrations = []migration{{SchemaVersion + 1, func(s *Store) error {
		return errors.Join(s.db.Exec("CREATE TABLE half (n INTEGER)"), broken)
	}}}
	if err := s.migrate(SchemaVersion); !errors.Is(err, broken) {
		t.Fatalf("%v", err)
	}
	var version int64
	if err := s.query("PRAGMA user_version", nil, func(st *sqlite3.Stmt) error { version = st.ColumnInt64(0); return nil }); err != nil || version != SchemaVersion {
		t.Errorf("schema %d, %v", version, err)
	}
	if _, ok := schemaOf(t, s)["half"]; ok {
		t.Error("half of a migration is there")
	}
}
