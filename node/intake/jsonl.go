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

// readJSON reads a document of no published format: one record, an array of
// records, or an object in which such arrays stand somewhere (cases with their
// identifiers, reports, texts).
func readJSON(in *input, p *pipe) error {
	single := in.whole && shapeOf(trimLeft(in.head)).isRecord()
	d := jsonrec.NewReader(in, in.jsonLimits(), func(pattern string, _ bool) bool {
		// what stands in an array is a record; what stands above one is not
		return !single && !strings.Contains(pattern, "*") && strings.Count(pattern, "/") < 4
	})
	return in.each(d, p, func(rec jsonrec.Record, v jsonrec.Value) error {
		if v.Object() {
			return p.object(rec.Path, v, statement{}, about{})
		}
		text, ok := v.Str()
		if !ok {
			return nil
		}
		s := statement{record: rec.Path, value: text}
		name := rec.Path[strings.LastIndexByte(rec.Path, '/')+1:]
		named, known := kindOf(name)
		switch {
		case strings.Trim(rec.Path, "0123456789") == "": // one of an array of values
			s.optional = true
		case known:
			s.kind, s.platform, s.chain = named.kind, named.platform, named.chain
		case roleWords[plainName(name)] == roleText:
			s.prose = true
		default:
			return nil // a remark on the whole document
		}
		if err := p.value(s); err != nil {
			return err
		}
		return p.record()
	})
}

// isRecord reports whether the outermost object is a record itself.
func (s shape) isRecord() bool {
	if s.array {
		return false
	}
	for name := range s.texts {
		role := roleWords[plainName(name)]
		if _, ok := kindOf(name); ok || role == roleText || role == roleValue {
			return true
		}
	}
	return s.has("caller", "summary") || s.has("From", "Body")
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
