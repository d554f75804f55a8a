package reading

import (
	"io"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
)

// An Input is a source on its way through a reader.
type Input struct {
	io.Reader // UTF-8, unless the format is binary
	Head      *Head
	Name      string
	Limits    Limits
	// Columns say what columns of a table hold, by their header: "Partner" -> "phone".
	Columns map[string]string

	// File is the source itself where it can be read at random, with its size;
	// otherwise nil.
	File io.ReaderAt
	Size int64
}

// JSONLimits are the bounds of one record for package jsonrec.
func (in *Input) JSONLimits() jsonrec.Limits {
	return jsonrec.Limits{Record: in.Limits.Record, Depth: in.Limits.Depth}
}

// Each parses the records of a JSON document and tells the sink of those that
// cannot be read.
func (in *Input) Each(d *jsonrec.Reader, out *Sink, use func(jsonrec.Record, jsonrec.Value) error) error {
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
			v, rec.Err = jsonrec.Parse(rec.Raw, in.Limits.Depth)
		}
		if rec.Path == "" {
			rec.Path = "the document"
		}
		if rec.Err != nil {
			if err := out.Broken(rec.Path, rec.Err); err != nil {
				return err
			}
			continue
		}
		if err := use(rec, v); err != nil {
			return err
		}
	}
}
