// Package form reads posted forms of SMS gateways and web forms
// (application/x-www-form-urlencoded), one a line.
package form

import (
	"errors"
	"net/url"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/members"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "form",
	Title:      "posted forms of SMS gateways and hotlines, one a line",
	Source:     "WHATWG URL, application/x-www-form-urlencoded; SMS gateways' webhooks",
	MediaTypes: []string{"application/x-www-form-urlencoded"},
	Tell:       tell,
	Read:       read,
}

var errForm = errors.New("not a posted form")

func tell(h *reading.Head) (string, bool) {
	text := h.Text()
	if len(text) == 0 || !strings.Contains(string(text), "=") {
		return "", false
	}
	lines := h.SampleLines()
	for _, l := range lines[:min(len(lines), 20)] {
		values, err := url.ParseQuery(l)
		if err != nil || len(values) < 2 || strings.ContainsAny(l, " \t<>\"") || !values.Has("From") && !values.Has("caller") && !values.Has("reporter_phone") {
			return "", false
		}
	}
	return "each line is a posted form", len(lines) > 0
}

func read(in *reading.Input, out *reading.Sink) error {
	return in.Lines(out, func(l reading.Line) error {
		text := strings.TrimSpace(l.Text)
		if text == "" {
			return nil
		}
		values, err := url.ParseQuery(text)
		if err != nil {
			return out.Broken(l.Record, errForm)
		}
		if is, err := members.Report(out, l.Record, jsonrec.FromPairs(values), reading.Statement{}, reading.About{}); is {
			return err
		}
		return out.Ignored()
	})
}
