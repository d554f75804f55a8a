package export

import (
	"encoding/json"
	"strings"
	"time"
)

// quote writes a JSON string.
func quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(data)
}

func lower(s string) string { return strings.ToLower(s) }

// escapeTag writes a value into a machine tag: quotes, and what escapes them, have
// a backslash in front.
var escapeTag = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace

// stampOr returns a time, or "" for none.
func stampOr(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}
