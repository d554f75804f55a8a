package members

import (
	"errors"
	"testing"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/identify"
)

func code(err error) api.Code {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// A default that is behind would found networks that never start.
func TestDefaultAgreementIsOfThisNormaliser(t *testing.T) {
	terms := defaultTerms("example.org/pilot")
	if terms.Normaliser != identify.NormaliserVersion || terms.Validate() != nil {
		t.Errorf("the default agreement has normaliser %d, this node %d: %v", terms.Normaliser, identify.NormaliserVersion, terms.Validate())
	}
}

func TestNetworkIsFoundedOnTermsThatTheLedgerTakes(t *testing.T) {
	m, err := OpenMembership(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := &Desk{Membership: m}
	old := defaultTerms("example.org/pilot")
	old.Normaliser++
	text, err := old.TOML()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]api.NetworkCreateRequest{
		"another normaliser": {Name: "example.org/pilot", Agreement: string(text)},
		"another network":    {Name: "example.org/other", Agreement: string(text)},
		"no agreement":       {Name: "example.org/pilot", Agreement: "network = 7"},
		"no name":            {Name: "not a name"},
	} {
		if _, err := d.Create(t.Context(), api.Call{}, p); code(err) != api.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m.Network().Name != "" {
		t.Error("it is in a network now")
	}
}

func TestMembershipIsEnteredOnce(t *testing.T) {
	dir := t.TempDir()
	m, err := OpenMembership(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.claim(); err != nil {
		t.Fatal(err)
	}
	if err := m.claim(); code(err) != api.Refused {
		t.Errorf("two claims: %v", err)
	}
	nw := config.Network{Name: "example.org/pilot", Genesis: "00"}
	if err := m.enter(nw); err != nil {
		t.Fatal(err)
	}
	m.release()
	if err := m.claim(); code(err) != api.Refused {
		t.Errorf("in a network already: %v", err)
	}
	if got := <-m.Entered(); got.Name != nw.Name {
		t.Errorf("%+v", got)
	}
	again, err := OpenMembership(dir)
	if err != nil || again.Network().Name != nw.Name || (<-again.Entered()).Name != nw.Name {
		t.Errorf("after a restart: %+v, %v", again, err)
	}
}

// Whatever is in a file that somebody was handed, it is a document or an error.
func FuzzDocuments(f *testing.F) {
	f.Add([]byte(`{"version":"crosscase-invitation/1","network":"n","genesis":"00","members":{"aa":{"peer_id":"x","addrs":[]}}}`))
	f.Add([]byte(`{"version":"crosscase-join/1","network":"n","agency":"aa","record":"AAAA"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if inv, _, err := readInvitation(data); err == nil && (inv.Network == "" || len(inv.Members) == 0) {
			t.Error("an invitation to nowhere")
		} else if err != nil && !errors.Is(err, ErrDocument) {
			t.Error(err)
		}
		if m, _, err := readJoinRequest(data); err == nil && m.Agency == "" {
			t.Error("nobody joins")
		} else if err != nil && !errors.Is(err, ErrDocument) {
			t.Error(err)
		}
	})
}
