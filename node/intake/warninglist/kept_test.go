package warninglist_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// A list is kept and used while the settings name its hash; a changed one is refused.
func TestKeptLists(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "lists")
	data := []byte(`{"name":"own","type":"string","list":["+447700900145"]}`)
	if _, err := warninglist.Keep(folder, "own", data, nil); !errors.Is(err, warninglist.ErrNotTrusted) {
		t.Fatalf("kept without its hash in the settings: %v", err)
	}
	trusted := []string{warninglist.Hash(data)}
	for _, name := range []string{"../own", "Own", "empty-files", ""} {
		if _, err := warninglist.Keep(folder, name, data, trusted); !errors.Is(err, warninglist.ErrName) {
			t.Errorf("kept as %q: %v", name, err)
		}
	}
	if _, err := warninglist.Keep(folder, "own", data, trusted); err != nil {
		t.Fatal(err)
	}
	all, err := warninglist.Kept(folder, trusted)
	if err != nil || all["own"] == nil || !all["own"].Matches(casework.Phone, "+447700900145") {
		t.Fatalf("kept: %v, %v", all, err)
	}
	if none, err := warninglist.Kept(filepath.Join(folder, "none"), trusted); err != nil || len(none) != 0 {
		t.Errorf("no folder: %v, %v", none, err)
	}
}

// Whoever can write into the folder adds no list and changes none.
func TestAttackChangedList(t *testing.T) {
	folder := t.TempDir()
	data := []byte(`{"name":"own","type":"string","list":["+447700900145"]}`)
	trusted := []string{warninglist.Hash(data)}
	if _, err := warninglist.Keep(folder, "own", data, trusted); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "more.json"), []byte(`{"name":"x","type":"substring","list":["+"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := warninglist.Kept(folder, trusted); !errors.Is(err, warninglist.ErrNotTrusted) {
		t.Errorf("a list that nobody trusts is used: %v", err)
	}
}
