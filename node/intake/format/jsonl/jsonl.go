// Package jsonl reads JSON Lines: one JSON object a line, its members read by their
// names and their content. A line that cannot be read costs that line.
package jsonl

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/members"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "jsonl",
	Title:      "JSON Lines",
	Source:     "jsonlines.org; scraped adverts, logs, exports of databases",
	MediaTypes: []string{"application/jsonl", "application/x-ndjson"},
	Tell: func(h *reading.Head) (string, bool) {
		return "one JSON object a line", h.JSONLines()
	},
	Read: read,
}

func read(in *reading.Input, out *reading.Sink) error {
	return in.Lines(out, func(l reading.Line) error {
		text := strings.TrimSpace(l.Text)
		if text == "" {
			return nil
		}
		if l.Foreign {
			return out.Broken(l.Record, jsonrec.ErrUTF8)
		}
		v, err := jsonrec.Parse([]byte(text), in.Limits.Depth)
		if err != nil {
			return out.Broken(l.Record, err)
		}
		record := l.Record
		if id := v.Get("id").Text(); id != "" && v.Get("text").Exists() {
			record = reading.Printable(id)
		}
		return members.Object(out, record, v, reading.Statement{}, reading.About{})
	})
}
