package match

import (
	"os"
	"testing"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/policy/casework"
)

// A batch's file that was damaged while a peer was away is noticed and made again:
// no element leaves that was not committed to, and no answer is finalised with a
// batch that was not blinded from its own items.
func TestDamagedBatchFileIsMadeAgain(t *testing.T) {
	const n = 20
	for name, at := range map[string]int64{
		"an element":        5*oprf.ElementSize + 3,
		"a coordinate":      n*oprf.ElementSize + 7,
		"the authenticator": int64(oprf.KeptSize(n)) - 1,
		"the end":           -1,
	} {
		t.Run(name, func(t *testing.T) {
			w, ps := newWorld(t, nil, "aa", "bb")
			a, b := ps[0], ps[1]
			a.add(casework.Shared, values("x", 0, n)...)
			b.add(casework.Shared, values("x", n-3, n+5)...)
			a.start()
			id := a.ask()[0]
			path := a.service.batchPath(id)
			data := must(os.ReadFile(path))(t)
			if at < 0 {
				data = data[:len(data)-1]
			} else {
				data[at] ^= 1
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			b.start()
			w.until("the batch", func() bool { return a.answered(id) })
			w.until("the leads", func() bool { return len(a.found("bb")) == 3 })
		})
	}
}
