package intake

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
)

// settleText finds the identifiers in a text, however they are written. What is
// found with low confidence is kept for a person to see.
func settleText(s statement, d Defaults, hint identify.Hint) settled {
	hint.Kind = ""
	found, national := identify.Extract(s.value, hint)
	out := settled{national: national}
	line, at := s.line, 0
	for _, x := range found {
		if len(out.found) == maxFromText {
			out.err = errFlood
			break
		}
		one := s
		if s.line > 0 {
			line, at = line+strings.Count(s.value[at:x.Start], "\n"), x.Start
			one.record = fmt.Sprintf("line %d", line)
		}
		f := one.result(x.Result, s.value[x.Start:x.End], d)
		if x.Style != "plain" {
			f.Style = x.Style
		}
		out.found = append(out.found, f)
	}
	return out
}
