package casework_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// The act names the request that the parameters name to whoever decodes them, however
// the field is spelled: nobody hides from the oversight body which request it was.
func TestAttackRequestIsSpelledAnotherWay(t *testing.T) {
	want := casework.NewRequestID()
	id, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1<<16)
	for _, name := range []string{`"request"`, `"REQUEST"`, `"ReQuEsT"`, `"\u0072equest"`, `"reque\u0073t"`, `"requeſt"`, `"reque\u017ft"`} {
		params := fmt.Appendf(nil, `{"reason":%q,%s:%s}`, long, name, id)
		var decoded struct {
			Request casework.RequestID `json:"request"`
		}
		if err := json.Unmarshal(params, &decoded); err != nil || decoded.Request != want {
			t.Fatalf("%s is not the field: %v", name, err)
		}
		c := casework.NewCommand("net", "nl-police", make(ed25519.PublicKey, ed25519.PublicKeySize), "x", params, time.Now())
		if got := c.Act().Request; got != want {
			t.Errorf("%s: the act names %v", name, got)
		}
	}
	for name, params := range map[string]string{
		"none": `{"reason":"` + long + `"}`, "its name as a value": `{"reason":"request"}`, "its name cut off": `{"reques":"` + want.String() + `"}`, "no JSON": `{"request":`,
	} {
		c := casework.NewCommand("net", "nl-police", nil, "x", []byte(params), time.Now())
		if got := c.Act().Request; !got.IsZero() {
			t.Errorf("%s: the act names %v", name, got)
		}
	}
}
