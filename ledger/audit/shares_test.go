package audit_test

import (
	"bytes"
	"testing"

	"github.com/crosscase/crosscase/ledger/audit"
)

func TestShares(t *testing.T) {
	s, err := audit.NewOversight("Inspectorate (sample)")
	if err != nil {
		t.Fatal(err)
	}
	other, err := audit.NewOversight("Another body")
	if err != nil {
		t.Fatal(err)
	}
	a, b, err := s.Split()
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := other.Split()
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2][]byte{{a, b}, {b, a}} {
		got, err := audit.Join(pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := got.Text(); err != nil || !bytes.Equal(text, want) || !got.Joined() || s.Joined() {
			t.Errorf("%v: another key", err)
		}
	}
	whole, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(bytes.Clone(b), []byte(`"data": "`), []byte(`"data": "AAAA`), 1)
	for name, pair := range map[string][2][]byte{"one twice": {a, a}, "of two keys": {a, c}, "a whole key": {a, whole}, "changed": {a, changed}} {
		if _, err := audit.Join(pair[0], pair[1]); err == nil {
			t.Errorf("%s: joined", name)
		}
	}
	if audit.IsShare(whole) || !audit.IsShare(a) {
		t.Error("a share is not told from a whole key")
	}
	if _, err := audit.ParseSecret(a); err == nil {
		t.Error("a share is a whole key")
	}
}
