package intake

import (
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/rows"
)

func init() { readers[Text] = readText }

// paragraphBytes is the size at which a paragraph without end is cut at a line.
const paragraphBytes = 32 << 10

// readText reads adverts and chats as prose, a paragraph at a time: an
// identifier may be spread over the lines of one, not over two of them.
func readText(in *input, p *pipe) error {
	d := rows.NewReader(in, 0, in.limits.Record)
	var text strings.Builder
	first, foreign := 0, 0
	flush := func() error {
		if text.Len() == 0 {
			return nil
		}
		s := statement{record: fmt.Sprintf("line %d", first), line: first, prose: true, value: text.String()}
		text.Reset()
		if err := p.value(s); err != nil {
			return err
		}
		return p.record()
	}
	for {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if row.Err != nil {
			if err := flush(); err != nil {
				return err
			}
			if err := p.broken(fmt.Sprintf("line %d", row.Line), row.Err); err != nil {
				return err
			}
			continue
		}
		if row.Foreign {
			foreign++
		}
		line := row.Fields[0]
		if strings.TrimSpace(line) == "" || text.Len()+len(line) > paragraphBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if text.Len() == 0 {
			first = row.Line
		} else {
			text.WriteByte('\n')
		}
		text.WriteString(line)
	}
	if err := flush(); err != nil {
		return err
	}
	return noteForeign(p, foreign)
}
