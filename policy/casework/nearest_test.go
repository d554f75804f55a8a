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
