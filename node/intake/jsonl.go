package intake

import (
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/rows"
)

func init() {
	readers[JSONLines] = readJSONLines
	readers[JSON] = readJSON
}

// readJSONLines reads one JSON object a line. A line that cannot be read costs
// that line.
func readJSONLines(in *input, p *pipe) error {
	d := rows.NewReader(in, 0, in.limits.Record)
	for {
		row, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		record := fmt.Sprintf("line %d", row.Line)
		if row.Err != nil {
			if err := p.broken(record, row.Err); err != nil {
				return err
			}
			continue
		}
		line := strings.TrimSpace(row.Fields[0])
		if line == "" {
			continue
		}
		if row.Foreign {
			if err := p.broken(record, jsonrec.ErrUTF8); err != nil {
				return err
			}
			continue
		}
		v, err := jsonrec.Parse([]byte(line), in.limits.Depth)
		if err != nil {
			if err := p.broken(record, err); err != nil {
				return err
			}
			continue
		}
		if id := v.Get("id").Text(); id != "" && v.Get("text").Exists() {
			record = printable(id)
		}
		if err := p.object(record, v, statement{}, about{}); err != nil {
			return err
		}
	}
}

// broken reports a record that cannot be read at all.
func (p *pipe) broken(record string, why error) error {
	if err := p.problem(record, why.Error()); err != nil {
		return err
	}
	return p.record()
}

// readJSON reads a document of no published format: an array of records, or an
// object that holds such an array (cases with their identifiers, reports, texts).
func readJSON(in *input, p *pipe) error {
	d := jsonrec.NewReader(in, in.jsonLimits(), func(pattern string, _ bool) bool {
		switch pattern {
		case "", "cases", "records", "items", "identifiers", "reports", "requests", "messages", "data", "results":
			return true
		}
		return false
	})
	return in.each(d, p, func(rec jsonrec.Record, v jsonrec.Value) error {
		if text, ok := v.Str(); ok && strings.Trim(rec.Path, "0123456789") == "" {
			if err := p.value(statement{record: rec.Path, value: text, optional: true}); err != nil {
				return err
			}
			return p.record() // an array of values
		}
		if !v.Object() {
			return nil // a remark on the whole document
		}
		return p.object(rec.Path, v, statement{}, about{})
	})
}

func (in *input) jsonLimits() jsonrec.Limits {
	return jsonrec.Limits{Record: in.limits.Record, Depth: in.limits.Depth}
}

// each parses the records of a document and reports those that cannot be read.
func (in *input) each(d *jsonrec.Reader, p *pipe, use func(jsonrec.Record, jsonrec.Value) error) error {
	for {
		rec, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var v jsonrec.Value
		if rec.Err == nil {
			v, rec.Err = jsonrec.Parse(rec.Raw, in.limits.Depth)
		}
		if rec.Path == "" {
			rec.Path = "the document"
		}
		if rec.Err != nil {
			if err := p.broken(rec.Path, rec.Err); err != nil {
				return err
			}
			continue
		}
		if err := use(rec, v); err != nil {
			return err
		}
	}
}
