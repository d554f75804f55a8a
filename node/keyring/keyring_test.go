package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh/agent"

	"github.com/crosscase/crosscase/node/keyring"
)

var pass = []byte("correct horse battery")

func TestStoreKeyWrapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.key")
	k := keyring.NewStoreKey()
	if err := k.Wrap(path, []byte("short")); err == nil {
		t.Error("a short passphrase was accepted")
	}
	if err := k.Wrap(path, pass); err != nil {
		t.Fatal(err)
	}
	if err := k.Wrap(path, pass); err == nil {
		t.Error("a key was replaced")
	}
	if w, err := keyring.Wrapped(path); err != nil || !w {
		t.Errorf("Wrapped: %v %v", w, err)
	}
	back, err := keyring.OpenStoreKey(path, pass)
	if err != nil || *back.Bytes() != *k.Bytes() {
		t.Fatalf("round trip: %v", err)
	}
	if _, err := keyring.OpenStoreKey(path, []byte("wrong horse battery")); !errors.Is(err, keyring.ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"weaker":    func(b []byte) []byte { return bytes.Replace(b, []byte(`"time": 3`), []byte(`"time": 1`), 1) },
		"stalling": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"memory_kib": 65536`), []byte(`"memory_kib": 999999999`), 1)
		},
		// with what a file from elsewhere asks for, a small machine would be out of
		// memory before it could say that the passphrase is wrong
		"a gigabyte": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"memory_kib": 65536`), []byte(`"memory_kib": 1048576`), 1)
		},
		"minutes":    func(b []byte) []byte { return bytes.Replace(b, []byte(`"time": 3`), []byte(`"time": 60`), 1) },
		"many lanes": func(b []byte) []byte { return bytes.Replace(b, []byte(`"lanes": 4`), []byte(`"lanes": 64`), 1) },
		"of officer": func(b []byte) []byte { return bytes.Replace(b, []byte(`"store"`), []byte(`"officer"`), 1) },
		"empty":      func([]byte) []byte { return nil },
	} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, change(bytes.Clone(data)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.OpenStoreKey(bad, pass); !errors.Is(err, keyring.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestStoreKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.key")
	k := keyring.NewStoreKey()
	if err := k.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if w, err := keyring.Wrapped(path); err != nil || w {
		t.Errorf("Wrapped: %v %v", w, err)
	}
	back, err := keyring.OpenStoreKey(path, nil)
	if err != nil || *back.Bytes() != *k.Bytes() {
		t.Fatalf("round trip: %v", err)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	k := keyring.NewStoreKey()
	a := keyring.NewAgency()
	a.Epochs[1] = keyring.Epoch{keyring.Match: []byte("matchmatch"), keyring.Audit: []byte("auditaudit")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		for _, v := range []any{k, &k, *a, a, a.Epochs[1], []any{k, a}} {
			got := fmt.Sprintf(verb, v)
			for _, secret := range [][]byte{k.Bytes()[:], a.Sign, a.Node, []byte("matchmatch"), []byte("auditaudit")} {
				if strings.Contains(got, string(secret)) || strings.Contains(got, fmt.Sprintf("%x", secret)) || strings.Contains(got, fmt.Sprint(secret)) {
					t.Errorf("%s of %T prints a key", verb, v)
				}
			}
		}
	}
}

func TestAgencyKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agency.keys")
	store := keyring.NewStoreKey()
	a := keyring.NewAgency()
	a.Log, a.Epochs[7] = "PRIVATE+KEY+x", keyring.Epoch{keyring.Match: []byte{1}, keyring.Disclosure: []byte{2}, keyring.Audit: []byte{3}}
	for range 2 { // a second Save replaces the first
		if err := a.Save(path, store); err != nil {
			t.Fatal(err)
		}
	}
	back, err := keyring.OpenAgency(path, store)
	if err != nil || !back.SignKey().Equal(a.SignKey()) || !back.NodeKey().Equal(a.NodeKey()) || back.Log != a.Log || back.Epochs[7][keyring.Audit][0] != 3 {
		t.Fatalf("round trip: %v", err)
	}
	if _, err := keyring.OpenAgency(path, keyring.NewStoreKey()); !errors.Is(err, keyring.ErrFormat) {
		t.Errorf("another store key: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || bytes.Contains(data, a.Sign) || bytes.Contains(data, []byte("PRIVATE")) {
		t.Errorf("keys lie in the clear, or %v", err)
	}
}

func TestOfficerKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "officer.key")
	k, err := keyring.NewOfficerKey(path, pass)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := keyring.OfficerFilePublic(path)
	if err != nil || !pub.Equal(k.Public()) {
		t.Fatalf("public: %v", err)
	}
	back, err := keyring.OpenOfficerKey(path, pass)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := back.Sign([]byte("m"))
	if err != nil || !ed25519.Verify(k.Public(), []byte("m"), sig) {
		t.Errorf("signature: %v", err)
	}
	if _, err := keyring.OpenOfficerKey(path, []byte("another passphrase")); !errors.Is(err, keyring.ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	// a public key exchanged in the file is noticed: it is authenticated with the secret
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	swapped := bytes.Replace(data, []byte(keyring.OfficerPublic(k.Public())), []byte(keyring.OfficerPublic(other)), 1)
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, swapped, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.OpenOfficerKey(bad, pass); !errors.Is(err, keyring.ErrPassphrase) {
		t.Errorf("swapped public key: %v", err)
	}
}

func TestParseOfficerPublic(t *testing.T) {
	for _, bad := range []string{"", "crosscase-officer:AAAA", "ssh-rsa AAAA", "ssh-ed25519 notbase64"} {
		if _, err := keyring.ParseOfficerPublic(bad); !errors.Is(err, keyring.ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAgentKey(t *testing.T) {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: priv, Comment: "jansen"}); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = agent.ServeAgent(ring, c) // ends with EOF when the caller is done
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	for _, name := range []string{"", "jansen"} {
		k, err := keyring.AgentKey(socket, name)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := k.Sign([]byte("m"))
		if err != nil || !ed25519.Verify(priv.Public().(ed25519.PublicKey), []byte("m"), sig) {
			t.Errorf("%q: signature: %v", name, err)
		}
	}
	if _, err := keyring.AgentKey(socket, "nobody"); err == nil {
		t.Error("a key that is not there was found")
	}
	if _, err := keyring.AgentKey("", ""); err == nil {
		t.Error("no agent was accepted")
	}
}

// Under some keys anybody can sign; no officer has one.
func TestOfficerKeysUnderWhichAnybodySigns(t *testing.T) {
	identity := make([]byte, 32)
	identity[0] = 1
	order2 := bytes.Repeat([]byte{0xff}, 32)
	order2[0], order2[31] = 0xec, 0x7f
	for name, key := range map[string][]byte{"identity": identity, "order 2": order2, "order 4": make([]byte, 32), "no point": append([]byte{2}, make([]byte, 31)...)} {
		if _, err := keyring.ParseOfficerPublic(keyring.OfficerPublic(key)); !errors.Is(err, keyring.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the text, it is one sound key that reads back as itself, or an error.
func FuzzParseOfficerPublic(f *testing.F) {
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(keyring.OfficerPublic(pub))
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA9dG4kjRhQTtWTVzd2t27+t0DEHBPW7iOD23TUiYLio comment")
	f.Add("crosscase-officer:")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := keyring.ParseOfficerPublic(text)
		if err != nil {
			return
		}
		if again, err := keyring.ParseOfficerPublic(keyring.OfficerPublic(key)); err != nil || !bytes.Equal(again, key) {
			t.Errorf("it does not read back: %v", err)
		}
	})
}
