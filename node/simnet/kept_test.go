package simnet

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// unpack writes the files of an archive below a folder.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(filepath.Clean(h.Name), "node/")
		if h.FileInfo().IsDir() {
			if err := root.MkdirAll(name, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := io.ReadAll(r)
		if err == nil {
			err = root.WriteFile(name, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The folder of a node that an earlier build left starts under this one, and holds
// what it held: its settings, its keys and its store.
func TestKeptFolderStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		unpack(t, "testdata/node-schema3.tar.gz", dir)
		key, err := keyring.OpenStoreKey(filepath.Join(dir, "kept.storekey"), nil)
		if err != nil {
			t.Fatal(err)
		}
		a := NewFabric().Open("nl-police", dir, key)
		for file, officer := range map[string]*keyring.OfficerKey{"operator.key": &a.Operator, "inv.key": &a.Investigator} {
			if *officer, err = keyring.OpenOfficerKey(filepath.Join(dir, file), []byte("only for stories")); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := a.Stop(); err != nil {
				t.Error(err)
			}
		}()
		found := as(t, api.Search, a, a.Investigator, api.SearchRequest{Kind: casework.Email, Value: "a.b+x@example.org"})
		if len(found.Occurrences) != 1 || found.Occurrences[0].CaseRef != "NL-2026-0417" || found.WhyNot != "" {
			t.Errorf("an item of the kept store: %d occurrences, kept out by %q", len(found.Occurrences), found.WhyNot)
		}
		if all := as(t, api.OfficerList, a, a.Operator, api.None{}); len(all) != 2 {
			t.Errorf("%d officers, want 2", len(all))
		}
	})
}
