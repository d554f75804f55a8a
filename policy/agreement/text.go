package agreement

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/BurntSushi/toml"
)

// ParseTOML reads an agreement as members write it. An unknown key is an error.
func ParseTOML(text []byte) (Agreement, error) {
	var a Agreement
	meta, err := toml.Decode(string(text), &a)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return Agreement{}, fmt.Errorf("%w: line %d: %s", ErrAgreement, pe.Position.Line, pe.Message)
		}
		return Agreement{}, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Agreement{}, fmt.Errorf("%w: unknown key %q", ErrAgreement, unknown[0].String())
	}
	if err := a.Validate(); err != nil {
		return Agreement{}, err
	}
	if n := len(a.Bytes()); n > MaxSize {
		return Agreement{}, fmt.Errorf("%w: %d bytes, more than %d", ErrAgreement, n, MaxSize)
	}
	return a, nil
}

// TOML gives the agreement as members write it.
func (a Agreement) TOML() ([]byte, error) {
	var text bytes.Buffer
	text.WriteString("# The agreement of a crosscase network. Every member signs its hash.\n")
	enc := toml.NewEncoder(&text)
	enc.Indent = ""
	if err := enc.Encode(a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	return text.Bytes(), nil
}
