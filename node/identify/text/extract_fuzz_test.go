package text_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/text"
)

// Whatever stands in a text: places inside it, in their order, each value canonical.
func FuzzExtract(f *testing.F) {
	sample, err := os.ReadFile("testdata/obfuscated_phones_open.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(sample) {
		var ad struct {
			Text   string
			Region string `json:"default_region"`
		}
		if err := json.Unmarshal(line, &ad); err != nil {
			f.Fatal(err)
		}
		f.Add(ad.Text, ad.Region)
	}
	f.Add("c a l l 3 0 3 \xff\xfe ①②③ ２０２", "US")
	f.Add("a[.]b[.]com hxxps://x.onion/ @@@ (at) x dot y", "")
	f.Fuzz(func(t *testing.T, written, region string) {
		found, national := text.Extract(written, identify.Hint{Region: region})
		if national < 0 || national > len(written) {
			t.Errorf("%d national numbers", national)
		}
		for _, x := range found {
			if x.Start < 0 || x.End > len(written) || x.Start > x.End || x.Identifier.IsZero() || x.Confidence <= 0 || x.Confidence > 1 {
				t.Errorf("%d-%d of %d, confidence %f", x.Start, x.End, len(written), x.Confidence)
			}
			if utf8.ValidString(written) && !utf8.ValidString(written[x.Start:x.End]) {
				t.Error("a place inside a character")
			}
			again, err := identify.Canonical(x.Identifier.Reveal(), identify.Hint{Kind: x.Identifier.Kind()})
			if err != nil || !again.Identifier.Equal(x.Identifier) {
				t.Errorf("%s is not its own canonical form: %v", x.Identifier.Kind(), err)
			}
		}
	})
}
