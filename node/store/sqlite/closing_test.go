package sqlite

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Every page is checked unless the file is as it was left.
func TestStoreIsCheckedUnlessItIsAsItWasLeft(t *testing.T) {
	s, dir := emptyStore(t)
	key := [32]byte{1}
	path := filepath.Join(dir, fileName)
	reopen := func(before string, want bool) {
		t.Helper()
		s = must(Open(dir, &key))(t)
		if s.asLeft != want {
			t.Errorf("%s: taken as it was left: %v", before, s.asLeft)
		}
	}
	shut := func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	shut()
	reopen("closed", true)
	manyItems(t, s, 100)
	shut()
	reopen("closed after changes", true)
	copied := must(os.ReadFile(path))(t)
	note := must(os.ReadFile(filepath.Join(dir, "lock")))(t)
	if len(note) != 0 {
		t.Errorf("a crash now would leave the note %q", note)
	}
	shut()
	if err := os.WriteFile(path, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	reopen("written to by another", false)
	shut()
	if err := os.Truncate(filepath.Join(dir, "lock"), 0); err != nil {
		t.Fatal(err)
	}
	reopen("after a crash", false)
	shut()
}
