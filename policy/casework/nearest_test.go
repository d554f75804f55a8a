package casework

import "testing"

func TestNearest(t *testing.T) {
	offences := []string{"human-trafficking", "child-sexual-abuse", "migrant-smuggling"}
	for word, want := range map[string]string{
		"trafficking": "human-trafficking", "Human Trafficking": "human-trafficking", "csa": "child-sexual-abuse",
		"migrant_smuggling": "migrant-smuggling", "human-trafficking": "human-trafficking",
	} {
		if got := Nearest(word, offences); got != want {
			t.Errorf("nearest to %q: %q, want %q", word, got, want)
		}
	}
	if got := Nearest("x", nil); got != "" {
		t.Errorf("of none: %q", got)
	}
}

// The ids that begin with some letters are those between two.
func TestIDRange(t *testing.T) {
	for range 200 {
		id := NewLeadID()
		text := id.String()
		for n := len("lead_") + 1; n <= len(text); n++ {
			low, high, err := IDRange[LeadID](text[:n])
			if err != nil || string(id[:]) < string(low[:]) || string(id[:]) > string(high[:]) {
				t.Fatalf("%s is not within the ids that begin with %s: %v", text, text[:n], err)
			}
			if len(text) == n && (low != id || high != id) {
				t.Fatalf("a whole id has others beside it")
			}
		}
	}
	for _, bad := range []string{"", "lead_", "req_aaaa", "lead_1", "lead_" + string(make([]byte, 27))} {
		if _, _, err := IDRange[LeadID](bad); err == nil {
			t.Errorf("%q is the beginning of an id", bad)
		}
	}
}
