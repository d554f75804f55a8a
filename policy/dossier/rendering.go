package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// A Line is one field of what an officer approves, on one line whatever it holds.
type Line struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Rendering is what a second officer reads before approving it. Its digest is over
// the lines that are shown, and the lines are made of the bytes of the message that
// will be sent: nobody can approve what was not shown, or be shown less than what is
// sent.
type Rendering []Line

// Render adds a message, under a name, field by field as it is encoded.
func (r Rendering) Render(name string, message any) (Rendering, error) {
	data, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if r, err = r.value(d, name); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("render %s: more than one value", name)
	}
	return r, nil
}

func (r Rendering) value(d *json.Decoder, name string) (Rendering, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return append(r, Line{OneLine(name), OneLine(fmt.Sprint(token))}), nil
	}
	before := len(r)
	for i := 0; d.More(); i++ {
		inner := fmt.Sprintf("%s %d", name, i+1)
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			inner = fmt.Sprintf("%s.%s", name, key)
		}
		if r, err = r.value(d, inner); err != nil {
			return nil, err
		}
	}
	if len(r) == before {
		r = append(r, Line{OneLine(name), "none"})
	}
	_, err = d.Token() // the end of it
	return r, err
}

// OneLine is a text that cannot look like another line: what does not print, line
// breaks among it, is escaped and the whole is in quotes. Two texts never look alike.
func OneLine(text string) string {
	hidden := func(c rune) bool {
		return !unicode.IsGraphic(c) || c == '\u2028' || c == '\u2029' || c == unicode.ReplacementChar
	}
	if strings.HasPrefix(text, `"`) || strings.ContainsFunc(text, hidden) {
		return strconv.QuoteToASCII(text)
	}
	return text
}

// Digest names the rendering to the last letter; an empty one has none.
func (r Rendering) Digest() string {
	if len(r) == 0 {
		return ""
	}
	h := sha256.New()
	h.Write([]byte("crosscase/2 rendering\x00"))
	for _, l := range r {
		for _, text := range []string{l.Name, l.Value} {
			h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
			h.Write([]byte(text))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
