// Package social reads the JSON of Facebook's, Messenger's and Instagram's "download your
// information". Their texts are broken: each byte of UTF-8 was taken for a character. That
// is mended before anything is read. Messages are records; who wrote them and when is kept
// beside what stands in them.
package social

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/members"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "meta-export",
	Title:      "what Facebook, Messenger and Instagram export of an account (JSON)",
	Source:     "Meta's \"download your information\" in JSON, as public reports of readers of it show it",
	MediaTypes: []string{"application/json"},
	Tell: func(h *reading.Head) (string, bool) {
		if !h.LikeJSON() {
			return "", false
		}
		return "has the members of Meta's export", told(h)
	},
	Read: read,
}

// marks are members that no other export has.
var marks = [][]byte{[]byte(`"sender_name"`), []byte(`"timestamp_ms"`), []byte(`"string_list_data"`), []byte(`"string_map_data"`), []byte(`"label_values"`)}

// versioned are names of whole files: "friends_v2", "profile_v2".
var versioned = regexp.MustCompile(`^[a-z_]+_v2$`)

func told(h *reading.Head) bool {
	text, found := h.Text(), 0
	for _, m := range marks {
		if bytes.Contains(text, m) {
			found++
		}
	}
	s := h.Shape()
	if s.Has("participants", "messages") && found >= 1 || bytes.Contains(text, marks[2]) || bytes.Contains(text, marks[3]) || bytes.Contains(text, marks[4]) {
		return true
	}
	for name := range s.Names {
		if versioned.MatchString(name) {
			return true
		}
	}
	return false
}

// skipped are members that hold the services' own numbers and paths.
var skipped = []string{"uri", "magic_words", "thread_path", "is_unsent", "is_geoblocked_for_viewer", "is_unsent_image_by_messenger_kid_parent", "type", "ent_field_name", "fbid", "timestamp_ms", "creation_timestamp"}

func read(in *reading.Input, out *reading.Sink) error {
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, _ bool) bool {
		return !strings.Contains(pattern, "*") && strings.Count(pattern, "/") < 3
	})
	titled := ""
	return in.Each(d, out, func(rec jsonrec.Record, v jsonrec.Value) error {
		if text, ok := v.Str(); ok {
			if rec.Path == "title" {
				titled = mended(text)
			}
			return nil
		}
		if !v.Object() {
			return nil
		}
		v = v.Mapped(mended)
		var a reading.About
		for _, name := range []string{"timestamp_ms", "creation_timestamp"} {
			if at, ok := reading.ParseTime(v.Get(name).Text()); ok {
				a.Seen = at
			}
		}
		s := reading.Statement{Context: reading.Context(reading.WrittenBy(v.Get("sender_name").Text()), reading.InChat(titled))}
		return members.Object(out, rec.Path, v.Without(skipped...), s, a)
	})
}

// mended returns a text whose characters are bytes of UTF-8 as the text that they are.
func mended(text string) string {
	raw := make([]byte, 0, len(text))
	broken := false
	for _, r := range text {
		if r > 0xFF {
			return text // a text that is whole
		}
		broken = broken || r >= 0x80
		raw = append(raw, byte(r))
	}
	if !broken || !utf8.Valid(raw) {
		return text
	}
	return string(raw)
}
