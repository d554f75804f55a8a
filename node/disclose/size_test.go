package disclose_test

import (
	"strings"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/wire"
)

// The ledger tells of a package its bucket and no more: an answer of a line and one of
// twenty thousand letters look alike.
func TestAttackSizeOfADisclosure(t *testing.T) {
	for n, want := range map[int]uint64{1: 65536, 3000: 65536, 65536: 65536, 65537: 131072, 1 << 20: 1 << 20, 1<<20 + 1: 2 << 20, wire.MaxSealed: wire.MaxSealed} {
		if got := entry.PackageSize(n); got != want {
			t.Errorf("a package of %d bytes is told as %d, want %d", n, got, want)
		}
	}
	for _, summary := range []string{"short", strings.Repeat("x", 20_000)} {
		w := newWorld(t)
		id := w.sent(request())
		must(w.be.Answer(t.Context(), w.be.first, id, disclose.Reply{Summary: summary, DeleteDays: 90}))(t)
		must(w.be.approve(id))(t)
		var told uint64
		if index, ok := w.l.st.Find(w.be.id, entry.TypeDelivery, id.String()); ok {
			_, raw, err := entry.SplitLeaf(w.l.leaves[index])
			if err != nil {
				t.Fatal(err)
			}
			told = must(entry.Parse(raw))(t).Body.(*entry.Delivery).Bytes
		}
		if told != 65536 {
			t.Errorf("a summary of %d letters: the entry tells %d bytes", len(summary), told)
		}
		w.run()
		if d := w.dossier(w.nl, id); d.State != "answered" {
			t.Errorf("a summary of %d letters: %s at the asker", len(summary), d.State)
		}
	}
}
