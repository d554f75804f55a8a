package sqlite_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func TestKeptCommandsAreProvable(t *testing.T) {
	s, _ := create(t)
	defer s.Close()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	officer, now := casework.NewOfficerID(), time.Now()
	params := []byte(`{"ref":"C-1"}`)
	for i := range 2 {
		c := casework.NewCommand("net", "nl-police", public, "case.new", params, now.Add(time.Duration(-i)*time.Second))
		c.Signature = ed25519.Sign(private, c.SigningBytes())
		for range 2 { // kept once, however often it is given
			if err := s.KeepCommand(t.Context(), store.Keep(officer, c, i == 0)); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := s.Commands(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d commands, %v", len(all), err)
	}
	if len(all[0].Params) != 0 || string(all[1].Params) != `{"ref":"C-1"}` {
		t.Errorf("%d and %d bytes of parameters", len(all[0].Params), len(all[1].Params))
	}
	for i, k := range all {
		if k.Officer != officer || k.Act.Verify() != nil {
			t.Errorf("command %d does not prove its officer", i)
		}
	}
}
