package social

import "testing"

func TestBrokenTextIsMended(t *testing.T) {
	for broken, want := range map[string]string{
		"Zo\u00c3\u00ab": "Zoë", "\u00d0\u00bf": "п", "Zoë": "Zoë", "plain": "plain", "п": "п", "caf\u00e9": "café", "\u00f0\u009f\u0098\u0080": "😀",
	} {
		if got := mended(broken); got != want {
			t.Errorf("%q: %q, want %q", broken, got, want)
		}
	}
}

func FuzzMended(f *testing.F) {
	f.Add("Zo\u00c3\u00ab")
	f.Fuzz(func(t *testing.T, text string) {
		if got := mended(text); len(got) > len(text) {
			t.Errorf("%q grows to %q", text, got)
		}
	})
}
