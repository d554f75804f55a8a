package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// heldSize is how much of a stream is held in memory until its hash is known.
const heldSize = 16 << 20

// ReadStream reads a source that comes once and has no file, as [Read] does, and
// names it to yield with its format and, where it is no longer than 16 MB, its hash.
// What a longer one holds is handed on before all of it was seen: its provenance has
// no hash, which the report says.
func ReadStream(ctx context.Context, name string, r io.Reader, d Defaults, o Options, yield func(Source, Format, []Found) error) (Report, error) {
	held, err := io.ReadAll(io.LimitReader(r, heldSize+1))
	if err != nil {
		return Report{Source: name}, fmt.Errorf("reading the source: %w", err)
	}
	src := Source{Name: name}
	whole := len(held) <= heldSize
	if whole {
		sum := sha256.Sum256(held)
		src.SHA256, src.Size = hex.EncodeToString(sum[:]), int64(len(held))
	}
	format := o.Format
	if format == "" {
		format, _ = Recognise(held[:min(len(held), headSize)], name)
	}
	rep, err := Read(ctx, src, io.MultiReader(bytes.NewReader(held), r), d, o, func(found []Found) error { return yield(src, format, found) })
	if !whole {
		rep.note("a stream of more than 16 MB: what was found in it is kept without the hash of the source; give a file to have it")
	}
	return rep, err
}
