package checkpoint_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/ledger/checkpoint"
)

// TestAttackManySpellings: who passes a certified checkpoint on can write each
// signature line in several ways that decode to the same bytes, 64 for one voter's
// two lines. Each but the one is refused, and a voter's own lines likewise.
func TestAttackManySpellings(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	p, v := voters(t, "nl-police")
	c := some(7)
	good := signLines(t, c, v[0])
	spellings := func(line string) (out []string) {
		head, text, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		want, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		last := strings.IndexByte(text, '=') - 1
		for _, a := range alphabet {
			other := text[:last] + string(a) + text[last+1:]
			if raw, err := base64.StdEncoding.DecodeString(other); err == nil && bytes.Equal(raw, want) {
				out = append(out, "— "+head+" "+other)
			}
		}
		return out
	}
	lines := strings.Split(strings.TrimSpace(string(good)), "\n")
	held, tried := 0, 0
	for _, first := range spellings(lines[0]) {
		for _, second := range spellings(lines[1]) {
			tried++
			text := []byte(first + "\n" + second + "\n")
			_, err := p.Verify(checkpoint.Assemble(c, text))
			if err == nil {
				held++
			} else if !errors.Is(err, checkpoint.ErrSignature) {
				t.Error(err)
			}
			if _, own := p.OwnLines(c, "nl-police", text); (own == nil) != (err == nil) {
				t.Errorf("OwnLines: %v, Verify: %v", own, err)
			}
		}
	}
	if tried != 64 || held != 1 {
		t.Errorf("%d of %d spellings hold", held, tried)
	}
}
