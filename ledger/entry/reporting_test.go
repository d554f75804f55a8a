package entry_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
)

func TestCoarse(t *testing.T) {
	for n, want := range map[uint64]uint32{
		0: 0, 1: 0, 9: 0, 10: 10, 19: 10, 99: 90, 100: 100, 12_345: 10_000, 99_999: 90_000, 1 << 32: 4_000_000_000, 1<<64 - 1: 4_000_000_000,
	} {
		if got := entry.Coarse(n); got != want || entry.Coarse(uint64(got)) != got {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}

// TestAttackMembershipByCount: a member publishes a guess and waits for a count of
// hits in the ledger. There is no entry that says how many a query or a week with
// few had.
func TestAttackMembershipByCount(t *testing.T) {
	for _, typ := range entry.Types() {
		if strings.Contains(string(typ), "lead") || strings.Contains(string(typ), "hit") {
			t.Errorf("%s tells of hits", typ)
		}
	}
	for n := range uint64(10) {
		if entry.Coarse(n) != entry.Coarse(0) {
			t.Errorf("a week with %d hits looks another than one without", n)
		}
	}
}

// TestVersion1IsRefusedByName: who has a ledger of the version before is told so.
func TestVersion1IsRefusedByName(t *testing.T) {
	header, body := splitPayload(t, payloadOf(t, sign(t, samples(t)[entry.TypeErase]).Raw()))
	old := coseSign(t, concat([]byte{0x82, 0x87, 0x01}, header[2:], body), nil)
	_, err := entry.Parse(old)
	if !errors.Is(err, entry.ErrFormat) || !strings.Contains(err.Error(), "an entry of version 1; this build reads ledgers of version 2") {
		t.Error(err)
	}
}
