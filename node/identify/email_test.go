package identify

import (
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

// Only where the provider says which addresses are one, an address has a second form.
func TestSecondFormOfAnAddress(t *testing.T) {
	for address, want := range map[string]string{
		"a.b+adv@gmail.com": "ab@gmail.com", "A.B@googlemail.com": "ab@gmail.com", "ab@gmail.com": "", "a.b@protonmail.com": "ab@proton.me",
		"a+x@outlook.com": "a@outlook.com", "a.b@outlook.com": "", "a+x@example.org": "", "a.b@example.org": "", "+x@gmail.com": "", "...": "",
	} {
		r, err := Canonical(address, Hint{Kind: casework.Email})
		var got string
		if err == nil && len(r.Keys) > 0 {
			got = r.Keys[0].Reveal()
		}
		if got != want {
			t.Errorf("%s: %q, want %q (%v)", address, got, want, err)
		}
	}
}
