package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/crosscase/crosscase/ledger/audit"
)

func keys(t testing.TB) (secret, public []byte) {
	t.Helper()
	s, err := audit.NewOversight("Inspectorate (sample)")
	if err != nil {
		t.Fatal(err)
	}
	if secret, err = s.Text(); err != nil {
		t.Fatal(err)
	}
	if public, err = s.Public().Text(); err != nil {
		t.Fatal(err)
	}
	return secret, public
}

func TestKeysReadBack(t *testing.T) {
	secret, public := keys(t)
	s, err := audit.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	p, err := audit.ParsePublic(public)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Public().Text(); err != nil || !bytes.Equal(again, public) || p.Oversight().Name != "Inspectorate (sample)" {
		t.Errorf("%v: %s", err, again)
	}
	if got := fmt.Sprintf("%v %+v %#v %x", s, s, s, s); got != "[oversight key] [oversight key] [oversight key] [oversight key]" {
		t.Error("a secret prints itself")
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	secret, public := keys(t)
	for name, data := range map[string][]byte{
		"empty":           nil,
		"the secret":      secret,
		"another version": bytes.Replace(public, []byte("oversight/1"), []byte("oversight/2"), 1),
		"trailing":        append(bytes.Clone(public), "{}"...),
		"another field":   bytes.Replace(public, []byte("{"), []byte(`{"more":1,`), 1),
		"no name":         bytes.Replace(public, []byte("Inspectorate (sample)"), nil, 1),
		"large":           append(bytes.Clone(public), bytes.Repeat([]byte(" "), 64<<10)...),
	} {
		if _, err := audit.ParsePublic(data); !errors.Is(err, audit.ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := audit.ParseSecret(public); !errors.Is(err, audit.ErrKeys) {
		t.Errorf("a public file as a secret: %v", err)
	}
	if _, err := audit.NewOversight(""); !errors.Is(err, audit.ErrKeys) {
		t.Errorf("no name: %v", err)
	}
}

// Whatever the bytes, they are keys that read back as themselves, or an error.
func FuzzParsePublic(f *testing.F) {
	secret, public := keys(f)
	f.Add(public)
	f.Add(secret)
	f.Add([]byte(`{"version":"crosscase-oversight/1","name":"x","verify_key":"","seal_key":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := audit.ParsePublic(data)
		if err != nil {
			if !errors.Is(err, audit.ErrKeys) {
				t.Error(err)
			}
			return
		}
		text, err := p.Text()
		if err != nil {
			t.Fatal(err)
		}
		q, err := audit.ParsePublic(text)
		if err != nil || q.Name != p.Name || !bytes.Equal(q.VerifyKey, p.VerifyKey) || !bytes.Equal(q.SealKey, p.SealKey) {
			t.Errorf("it does not read back: %v", err)
		}
	})
}
