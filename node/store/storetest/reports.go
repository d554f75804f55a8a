package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/store"
)

// A report that comes again, in its words or under its number, is the same report;
// the same place of the same file is not even a repetition.
func testReportsFold(t T, s Store) {
	ctx := context.Background()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	report := func(id string) store.Report {
		return store.Report{ID: id, Text: "words of a stranger", Received: at, State: store.ReportNew}
	}
	add := func(want bool, id string, keys ...string) {
		t.Helper()
		fresh, err := s.AddReports(ctx, []store.Report{report(id)}, [][]string{keys})
		if err != nil || fresh[0] != want {
			t.Errorf("%s: new %v, %v", id, fresh, err)
		}
	}
	add(true, "rep_1", "place 1", "id 7", "words a")
	add(false, "rep_2", "place 1", "id 7", "words a") // the file again
	add(false, "rep_3", "place 2", "id 8", "words a") // the same words
	add(false, "rep_4", "place 3", "id 7", "words b") // the same number
	add(false, "rep_5", "place 4", "id 9", "words b") // the words of a repetition
	add(true, "rep_6", "place 5", "words c")
	all, err := s.Reports(ctx)
	if err != nil || len(all) != 2 || all[0].Repeated != 3 || all[1].Repeated != 0 {
		t.Fatalf("%d reports: %v", len(all), err)
	}
	r, err := s.Report(ctx, "rep_1")
	if err != nil || r.Text == "" {
		t.Fatal(err)
	}
	r.State, r.Reason = store.ReportDismissed, "no offence"
	if err := s.SaveReport(ctx, r); err != nil {
		t.Fatal(err)
	}
	add(false, "rep_7", "place 6", "id 7") // and it stays dismissed
	if r, err = s.Report(ctx, "rep_1"); err != nil || r.State != store.ReportDismissed || r.Repeated != 4 {
		t.Errorf("%s after %d repetitions: %v", r.State, r.Repeated, err)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", r, r, r, []store.Report{r}); strings.Contains(printed, "stranger") {
		t.Error("a report prints")
	}
}
