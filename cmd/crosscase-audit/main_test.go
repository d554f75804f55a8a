package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/crypto/keywrap"
	"github.com/crosscase/crosscase/ledger/audit"
)

var passphrase = []byte("only for tests")

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "crosscase-audit")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, "pass")
		if err := errors.Join(os.WriteFile(file, passphrase, 0o600), os.Setenv(envPassphrase, file)); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// tool runs the program and gives what it printed and its exit code.
func tool(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	err := cli.Run(t.Context(), a.root, args)
	if err != nil { // as main prints it
		out.WriteString(err.Error())
	}
	return out.String(), exitCode(err)
}

func TestKeygen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "oversight.key")
	if out, code := tool(t, "keygen", "--name", "Inspectorate (sample)", "--out", path); code != exitHolds {
		t.Fatal(code, out)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(secret, []byte("seed")) {
		t.Errorf("the secret lies in the clear: %s", secret)
	}
	if _, err := audit.OpenSecret(secret, []byte("another passphrase")); !errors.Is(err, keywrap.ErrPassphrase) {
		t.Errorf("opened with a wrong passphrase: %v", err)
	}
	s, err := audit.OpenSecret(secret, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := s.Public().Text(); err != nil || !bytes.Equal(text, public) {
		t.Errorf("the two files are no pair: %v", err)
	}
	if _, code := tool(t, "keygen", "--name", "Another", "--out", path); code != exitFault {
		t.Errorf("a key was replaced: %d", code)
	}
	want := s.Public().Oversight().Fingerprint()
	for _, file := range []string{path, path + ".pub"} {
		if out, code := tool(t, "fingerprint", file); code != exitHolds || !strings.Contains(out, want) {
			t.Errorf("%s: %d, %s, want %s", file, code, out, want)
		}
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, secret) {
		t.Errorf("the key changed: %v", err)
	}
}

// A pair is written whole or not at all.
func TestKeygenLeavesNoHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "oversight.key")
	if err := os.WriteFile(path+".pub", []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, code := tool(t, "keygen", "--name", "Inspectorate (sample)", "--out", path); code != exitFault {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the secret is left behind: %v", err)
	}
}

func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"verify"}, {"verify", dir}, {"verify", filepath.Join(dir, "none")}, {"log", dir}, {"keygen", "fingerprint", "--out", filepath.Join(dir, "k")},
		{"verify", dir, "--key", filepath.Join(dir, "none")}, {"unknown"},
	} {
		if out, code := tool(t, args...); code != exitFault {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
}

func TestEveryCommandShowsAnExample(t *testing.T) {
	for _, name := range []string{"keygen", "fingerprint", "fetch", "verify", "log", "read", "lint", "year", "split", "check"} {
		out, code := tool(t, name, "--help")
		_, examples, _ := strings.Cut(out, "EXAMPLES")
		if code != exitHolds || !strings.Contains(examples, "crosscase-audit "+name) {
			t.Errorf("%s: exit %d: %s", name, code, out)
		}
	}
}
