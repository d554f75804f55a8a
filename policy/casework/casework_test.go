package casework_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

func TestIdentifierNeverPrints(t *testing.T) {
	const secret = "+442079460958"
	id := casework.NewIdentifier(casework.Phone, secret)
	wrapped := struct {
		Public  casework.Identifier
		private casework.Identifier
		pointer *casework.Identifier
	}{id, id, &id}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{id, &id, wrapped, []casework.Identifier{id}, id.Key(), struct{ key casework.IdentifierKey }{id.Key()}, map[casework.IdentifierKey]int{id.Key(): 1}} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, secret) || strings.Contains(got, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s of %T prints the identifier", verb, value)
			}
		}
	}
	js, err := json.Marshal(wrapped)
	if err != nil || strings.Contains(string(js), secret) {
		t.Errorf("JSON holds the identifier, or %v", err)
	}
	same, other := casework.NewIdentifier(casework.Phone, strings.Clone(secret)), casework.NewIdentifier(casework.Handle, secret)
	if !id.Equal(same) || id.Equal(other) || id.Key() != same.Key() || id.Key() == other.Key() {
		t.Error("identifiers must compare by kind and value")
	}
	if (casework.Identifier{}).Equal(id) || !(casework.Identifier{}).IsZero() || id.IsZero() {
		t.Error("the zero identifier is none")
	}
	if id.Reveal() != secret {
		t.Error("Reveal does not give the value")
	}
}

func TestIDText(t *testing.T) {
	id := casework.NewLeadID()
	back, err := casework.ParseID[casework.LeadID](id.String())
	if err != nil || back != id {
		t.Fatalf("round trip: %v", err)
	}
	for _, bad := range []string{"", "lead_", "case" + strings.TrimPrefix(id.String(), "lead"), id.String() + "a", strings.ToUpper(id.String())} {
		if _, err := casework.ParseID[casework.LeadID](bad); !errors.Is(err, casework.ErrID) {
			t.Errorf("%q: got %v, want ErrID", bad, err)
		}
	}
}

func TestAgencyID(t *testing.T) {
	for id, ok := range map[casework.AgencyID]bool{
		"nl-police": true, "fr": true, "x": false, "": false, "Nl": false, "1nl": false, "-nl": false, "nl police": false,
		casework.AgencyID(strings.Repeat("a", 33)): false,
	} {
		if err := id.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestCommandSignatureCoversEveryField(t *testing.T) {
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := casework.NewCommand("net", "nl-police", pub, "ask", []byte(`{}`), time.Now())
	c.Signature = ed25519.Sign(priv, c.SigningBytes())
	if err := c.Verify(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*casework.Command){
		"network": func(c *casework.Command) { c.Network = "other" },
		"agency":  func(c *casework.Command) { c.Agency = "fr" },
		"method":  func(c *casework.Command) { c.Method = "approve" },
		"params":  func(c *casework.Command) { c.Params = []byte(`{"a":1}`) },
		"key":     func(c *casework.Command) { c.Key = make([]byte, 32) },
		"time":    func(c *casework.Command) { c.At++ },
		"nonce":   func(c *casework.Command) { c.Nonce[0]++ },
		"salt":    func(c *casework.Command) { c.Salt[0]++ },
		// moving a byte over a field's border must not give the same signed bytes
		"border": func(c *casework.Command) { c.Network, c.Agency = "netn", "l-police" },
	} {
		bad := c
		change(&bad)
		if err := bad.Verify(); !errors.Is(err, casework.ErrSignature) {
			t.Errorf("%s changed: got %v", name, err)
		}
	}
	c.Key = nil
	if err := c.Verify(); !errors.Is(err, casework.ErrSignature) {
		t.Errorf("no key: got %v", err)
	}
}

func TestZeroValuesAreTheStrictest(t *testing.T) {
	if got := (casework.Handling{}).String(); got != "H1+H2+H3" {
		t.Errorf("handling: %s", got)
	}
	if got := (casework.Grading{}).String(); got != "X4" {
		t.Errorf("grading: %s", got)
	}
	if got := casework.SubjectCategory("").Or(); got != casework.Unknown {
		t.Errorf("category: %s", got)
	}
	if got := casework.TLP("").Or(); got != casework.TLPRed {
		t.Errorf("TLP: %s", got)
	}
	if casework.Role("").Valid() {
		t.Error("an empty role may act")
	}
}

func TestCodes(t *testing.T) {
	if h, err := casework.ParseHandling("h2+H1", ""); err != nil || h.String() != "H1+H2" {
		t.Errorf("%v %v", h, err)
	}
	if _, err := casework.ParseHandling("H3", " "); !errors.Is(err, casework.ErrCode) {
		t.Errorf("H3 without words: %v", err)
	}
	if g, err := casework.ParseGrading("b2"); err != nil || g.String() != "B2" {
		t.Errorf("%v %v", g, err)
	}
	if g, err := casework.ParseGrading("admiralty:F6"); err != nil || g.String() != "admiralty:F6" {
		t.Errorf("%v %v", g, err)
	}
	for _, bad := range []string{"F6", "A5", "A", "nato:A1"} {
		if _, err := casework.ParseGrading(bad); !errors.Is(err, casework.ErrCode) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
