package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A teller prints the story: for a person, or one JSON event a line.
type teller struct {
	json     bool
	out      io.Writer
	chapters int
}

func (t *teller) chapter(title string) {
	t.chapters++
	if !t.json {
		fmt.Fprintf(t.out, "\n%d. %s\n", t.chapters, title)
	}
}

// event tells one thing that happened: as text, or as an object with a name.
func (t *teller) event(name string, fields map[string]any, format string, args ...any) {
	if !t.json {
		for line := range strings.SplitSeq(strings.TrimRight(fmt.Sprintf(format, args...), "\n"), "\n") {
			fmt.Fprintf(t.out, "   %s\n", line)
		}
		return
	}
	if fields == nil {
		fields = map[string]any{}
	}
	fields["event"] = name
	js, err := json.Marshal(fields)
	if err != nil {
		js = fmt.Appendf(nil, `{"event":%q}`, name)
	}
	fmt.Fprintln(t.out, string(js))
}
