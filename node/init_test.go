package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/keyring"
)

func TestInitTakesBackWhatItMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "n")
	text := []byte("not the keys of an oversight body")
	bad := filepath.Join(t.TempDir(), "bad.pub")
	if err := os.WriteFile(bad, text, 0o600); err != nil {
		t.Fatal(err)
	}
	o := node.InitOptions{Config: config.Config{Dir: dir, Agency: config.Agency{ID: "aa-police", Name: "A", Country: "NL"}}, OversightFile: bad}
	if _, err := node.Init(t.Context(), o); !errors.Is(err, audit.ErrKeys) {
		t.Fatalf("%v", err)
	}
	secret, err := audit.NewOversight("x")
	if err != nil {
		t.Fatal(err)
	}
	public, err := secret.Public().Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, public, 0o600); err != nil {
		t.Fatal(err)
	}
	o.StoreKey = keyring.NewStoreKey()
	o.SaveStoreKey = func(path string) error { return o.StoreKey.WriteFile(path) }
	o.OperatorKey = func() (keyring.OfficerKey, error) { return keyring.OfficerKey{}, errors.New("no passphrase") }
	if _, err := node.Init(t.Context(), o); err == nil {
		t.Fatal("made without an operator")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}
