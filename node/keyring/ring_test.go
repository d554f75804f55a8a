package keyring_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/crosscase/crosscase/node/keyring"
)

func newRing(t *testing.T) (*keyring.Ring, string, keyring.StoreKey) {
	t.Helper()
	path, store := filepath.Join(t.TempDir(), "agency.keys"), keyring.NewStoreKey()
	a := keyring.NewAgency()
	if err := a.DrawEpoch(1); err != nil {
		t.Fatal(err)
	}
	if err := a.DrawEpoch(1); err == nil {
		t.Error("keys in use were drawn anew")
	}
	if err := a.Save(path, store); err != nil {
		t.Fatal(err)
	}
	r, err := keyring.OpenRing(path, store)
	if err != nil {
		t.Fatal(err)
	}
	return r, path, store
}

func TestRingFindsKeysByEpochAndPurpose(t *testing.T) {
	r, _, _ := newRing(t)
	if _, err := r.MatchKey(1); err != nil {
		t.Error(err)
	}
	if _, err := r.DisclosureKey(1); err != nil {
		t.Error(err)
	}
	if _, err := r.AuditKeys(1); err != nil {
		t.Error(err)
	}
	for name, get := range map[string]func() error{
		"match":      func() error { _, err := r.MatchKey(2); return err },
		"disclosure": func() error { _, err := r.DisclosureKey(2); return err },
		"audit":      func() error { _, err := r.AuditKeys(2); return err },
	} {
		if err := get(); !errors.Is(err, keyring.ErrNoKey) {
			t.Errorf("%s key of another epoch: %v", name, err)
		}
	}
	if text := fmt.Sprintf("%+v %#v", r, r); strings.Contains(text, "Epochs") {
		t.Errorf("the ring prints %s", text)
	}
}

func TestLogKeysAreKeptBeforeTheyAreUsed(t *testing.T) {
	r, path, store := newRing(t)
	if err := r.SetLogKeys("LOG", "COSIGNER"); err != nil {
		t.Fatal(err)
	}
	again, err := keyring.OpenRing(path, store)
	if err != nil {
		t.Fatal(err)
	}
	if log, cosigner := again.LogKeys(); log != "LOG" || cosigner != "COSIGNER" {
		t.Errorf("%q, %q", log, cosigner)
	}
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := r.SetLogKeys("OTHER", "OTHER"); err == nil {
		t.Fatal("keys that lie nowhere")
	}
	if log, _ := r.LogKeys(); log != "LOG" {
		t.Errorf("a key that was not kept is in use: %q", log)
	}
}

// Keys of an earlier build lie under the same names: it had a struct with a field for
// each purpose.
func TestKeysOfAnEarlierBuildAreRead(t *testing.T) {
	type epoch struct{ Match, Disclosure, Audit []byte }
	old := struct {
		Node, Sign    []byte
		Log, Cosigner string
		Epochs        map[uint32]*epoch
	}{Node: make([]byte, 32), Sign: make([]byte, 32), Epochs: map[uint32]*epoch{1: {Match: []byte{1}, Disclosure: []byte{2}, Audit: []byte{3}}}}
	data, err := cbor.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	var now keyring.Agency
	if err := cbor.Unmarshal(data, &now); err != nil {
		t.Fatal(err)
	}
	if e := now.Epochs[1]; len(e) != 3 || e[keyring.Match][0] != 1 || e[keyring.Disclosure][0] != 2 || e[keyring.Audit][0] != 3 {
		t.Errorf("%d keys", len(e))
	}
}
