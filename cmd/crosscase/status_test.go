package main

import (
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/api"
)

func TestStatusSaysThatTheClockIsOff(t *testing.T) {
	for ahead, want := range map[int64]string{
		0: "", 3600: "is 60 minutes ahead of most", -180: "is 3 minutes behind most", -40 * 365 * 86400: "is 14600 days behind most",
	} {
		var out strings.Builder
		writeStatus(&out, api.StatusView{Ledger: api.LedgerStatus{ClockAhead: ahead}})
		if got := out.String(); strings.Contains(got, "CLOCK") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%d s: %q", ahead, got)
		}
	}
}
