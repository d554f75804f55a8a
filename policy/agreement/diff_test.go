package agreement_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

func TestDiffIsInWords(t *testing.T) {
	before := agreement.Default("example.org/pilot")
	after := agreement.Default("example.org/pilot")
	after.Version, after.AmendShare, after.RetentionDays = 2, "3/4", 365
	after.Kinds = slices.DeleteFunc(slices.Clone(after.Kinds), func(k casework.Kind) bool { return k == casework.Email })
	after.Pairs = []agreement.Pair{{A: "aa-police", B: agreement.Any, Kinds: []casework.Kind{casework.Phone}}}
	after.Quotas = []agreement.Quota{{PerDay: 1, PerPeerDay: 1}, {Kind: casework.Phone, PerDay: 5, PerPeerDay: 2}}
	after.Offences = []string{before.Offences[1], before.Offences[0]}
	after.Offences = append(after.Offences, before.Offences[2:]...)
	got := map[string]agreement.Change{}
	for _, c := range agreement.Diff(before, after, 4) {
		if c.Meaning == "" || strings.Contains(c.Meaning, "\n") {
			t.Errorf("%s is explained by %q", c.Setting, c.Meaning)
		}
		c.Meaning = ""
		got[c.Setting] = c
	}
	want := map[string]agreement.Change{
		"version":        {Setting: "version", Was: "1", Becomes: "2"},
		"kinds":          {Setting: "kinds", Dropped: []string{"email"}},
		"offences":       {Setting: "offences", Was: strings.Join(before.Offences, "; "), Becomes: strings.Join(after.Offences, "; ")},
		"pairs":          {Setting: "pairs", Added: []string{"aa-police with every member, only phone"}, Dropped: []string{"every member with every member, all kinds"}},
		"quotas":         {Setting: "quotas", Added: []string{"all kinds together: 1 a day, 1 of each peer", "phone: 5 a day, 2 of each peer"}, Dropped: []string{"all kinds together: 20000 a day, 10000 of each peer"}},
		"amend_share":    {Setting: "amend_share", Was: "2/3 (3 of the 4 members now)", Becomes: "3/4 (3 of the 4 members now)"},
		"retention_days": {Setting: "retention_days", Was: "1095", Becomes: "365"},
	}
	for key, w := range want {
		if !reflect.DeepEqual(got[key], w) {
			t.Errorf("%s: %+v, want %+v", key, got[key], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d changes, want %d: %v", len(got), len(want), got)
	}
	if d := agreement.Diff(before, before, 4); len(d) != 0 {
		t.Errorf("an agreement differs from itself: %v", d)
	}
}

// Nothing that a member signs may stay out of what its people read: a change of any
// field, and of any part of a list, is in the words.
func TestAttackNoChangeOfAnAgreementIsHidden(t *testing.T) {
	before := agreement.Default("example.org/pilot")
	for i := range reflect.TypeFor[agreement.Agreement]().NumField() {
		after := agreement.Default("example.org/pilot")
		f := reflect.ValueOf(&after).Elem().Field(i)
		key := reflect.TypeFor[agreement.Agreement]().Field(i).Tag.Get("toml")
		var parts []reflect.Value
		switch {
		case f.Kind() != reflect.Slice:
			parts = append(parts, f)
		case f.Type().Elem().Kind() == reflect.Struct:
			for j := range f.Index(0).NumField() {
				parts = append(parts, f.Index(0).Field(j))
			}
		default:
			parts = append(parts, f.Index(0))
		}
		for _, part := range parts {
			was := reflect.ValueOf(part.Interface())
			another(t, part)
			d := agreement.Diff(before, after, 3)
			if len(d) != 1 || d[0].Setting != key || d[0].Was == d[0].Becomes && len(d[0].Added)+len(d[0].Dropped) == 0 {
				t.Errorf("another %s is told as %+v", key, d)
			}
			part.Set(was)
		}
	}
}

// another sets a field to another value than the one that it has.
func another(t *testing.T, f reflect.Value) {
	t.Helper()
	switch f.Kind() {
	case reflect.String:
		f.SetString(f.String() + "x")
	case reflect.Uint32, reflect.Uint64:
		f.SetUint(f.Uint() + 1)
	case reflect.Slice:
		f.Set(reflect.Append(f, reflect.Zero(f.Type().Elem())))
	default:
		t.Fatalf("no other value of type %s", f.Type())
	}
}
