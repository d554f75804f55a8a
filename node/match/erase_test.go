package match

import (
	"bytes"
	"os"
	"testing"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/policy/casework"
)

// What peers answered for an erased item is gone from the file, and nothing else is.
func TestOutputsOfErasedItemsAreGone(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, values("x", 0, 4)...)
	a.start()
	b.start()
	a.waitAnswered(a.ask()...)
	path := a.service.outputsPath("bb", 1)
	before, err := os.ReadFile(path)
	if err != nil || len(before) < 3*oprf.OutputSize {
		t.Fatalf("%d bytes, %v", len(before), err)
	}
	if err := a.service.EraseOutputs([]int64{2, 1 << 40}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || len(after) != len(before) {
		t.Fatalf("%d bytes, %v", len(after), err)
	}
	from, to := 2*oprf.OutputSize, 3*oprf.OutputSize
	if bytes.Equal(before[from:to], make([]byte, oprf.OutputSize)) || !bytes.Equal(after[from:to], make([]byte, oprf.OutputSize)) {
		t.Error("the answer of the erased item is there")
	}
	if !bytes.Equal(after[:from], before[:from]) || !bytes.Equal(after[to:], before[to:]) {
		t.Error("another item's answer changed")
	}
}
