package entry

import (
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"
)

// Errors that callers branch on.
var (
	ErrFormat    = errors.New("not an entry")              // the bytes are not those of an entry
	ErrShape     = errors.New("the entry's body is wrong") // a value in it is out of range or missing
	ErrSignature = errors.New("the entry's signature does not hold")

	// ErrUnknownType means that a later build may know the type. It is an ErrFormat.
	ErrUnknownType = fmt.Errorf("%w: of a type that this build does not know", ErrFormat)
)

var format = canon.NewFormat(canon.Limits{Size: MaxSize, Array: 1024, Map: 256, Depth: 8})

// decode reads canonical bytes into v, a pointer, and refuses any others.
func decode(data []byte, v any) error {
	if err := format.Decode(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}
