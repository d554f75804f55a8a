package storetest

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// A doubtful reading that was shared must not share the confident one that an
// officer keeps local.
func testDoubtfulOccurrenceHasNoSayInVisibility(t T, s Store) {
	doubtful := item(1, casework.NewCaseID())
	doubtful.WhyNot, doubtful.Confidence = casework.LowConfidence, 0.2
	local := item(1, casework.NewCaseID())
	local.Visibility = casework.Local
	add(t, s, doubtful)
	add(t, s, local)
	got, err := s.MatchItems(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 0 {
		t.Error("an item that is local in its only confident occurrence may match")
	}
}
