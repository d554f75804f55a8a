package identify_test

import (
	"testing"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/adgen"
)

// Whatever stands in a text: places inside it, in their order, each value canonical.
func FuzzExtract(f *testing.F) {
	for _, ad := range adgen.Texts(200, 3) {
		f.Add(ad.Text, ad.Region)
	}
	f.Add("c a l l 3 0 3 \xff\xfe ①②③ ２０２", "US")
	f.Add("a[.]b[.]com hxxps://x.onion/ @@@ (at) x dot y", "")
	f.Fuzz(func(t *testing.T, text, region string) {
		found, national := identify.Extract(text, identify.Hint{Region: region})
		if national < 0 || national > len(text) {
			t.Errorf("%d national numbers", national)
		}
		for _, x := range found {
			if x.Start < 0 || x.End > len(text) || x.Start > x.End || x.Identifier.IsZero() || x.Confidence <= 0 || x.Confidence > 1 {
				t.Errorf("%d-%d of %d, confidence %f", x.Start, x.End, len(text), x.Confidence)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[x.Start:x.End]) {
				t.Error("a place inside a character")
			}
			again, err := identify.Canonical(x.Identifier.Reveal(), identify.Hint{Kind: x.Identifier.Kind()})
			if err != nil || !again.Identifier.Equal(x.Identifier) {
				t.Errorf("%s is not its own canonical form: %v", x.Identifier.Kind(), err)
			}
		}
	})
}
