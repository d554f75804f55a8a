package dossier_test

import (
	"errors"
	"testing"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const skew = 5 * time.Minute

func TestDue(t *testing.T) {
	for _, c := range []struct {
		urgency casework.Urgency
		due     time.Duration // after it was written
		logged  time.Duration
		ok      bool
	}{
		{casework.Urgent, 8 * time.Hour, 0, true},
		{casework.Urgent, 8 * time.Hour, 2 * time.Minute, true},
		{casework.Urgent, 8*time.Hour - skew, 0, true},
		{casework.Urgent, 8*time.Hour - skew - 1, 0, false},
		{casework.Urgent, 8*time.Hour + skew, 0, true},
		{casework.Urgent, 8*time.Hour + skew + 1, 0, false},
		{casework.UrgentIndirect, 3 * 24 * time.Hour, 0, true},
		{casework.UrgentIndirect, 8 * time.Hour, 0, false},
		{casework.Routine, 7 * 24 * time.Hour, 0, true},
		{casework.Routine, 8 * 24 * time.Hour, 0, false},
		{casework.Urgent, 8 * time.Hour, 9 * time.Hour, false},
	} {
		err := dossier.CheckDue(c.urgency, monday.Add(c.due), monday, monday.Add(c.logged), skew)
		if (err == nil) != c.ok || (err != nil && !errors.Is(err, dossier.ErrClock)) {
			t.Errorf("%s, due after %s, logged after %s: %v", c.urgency, c.due, c.logged, err)
		}
	}
}

func TestDeleteBy(t *testing.T) {
	if by := dossier.DeleteBy(monday, 30, 7, 1095); !by.Equal(monday.AddDate(0, 0, 7)) {
		t.Error(by)
	}
	for _, none := range []time.Time{dossier.DeleteBy(monday), dossier.DeleteBy(monday, 30, 0), dossier.DeleteBy(monday, -1)} {
		if !none.Equal(monday) {
			t.Error(none)
		}
	}
	for days, ok := range map[int]bool{-1: false, 0: false, 1: true, 1095: true, 1096: false} {
		err := dossier.CheckDeleteBy(monday.AddDate(0, 0, days), monday, 1095, skew)
		if (err == nil) != ok || (err != nil && !errors.Is(err, dossier.ErrClock)) {
			t.Errorf("%d days: %v", days, err)
		}
	}
}
