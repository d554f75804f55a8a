package audit

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
)

const shareVersion = "crosscase-oversight-share/1"

// A share is half of an oversight body's secret: the secret's file combined by
// exclusive-or with random bytes, and those bytes. One alone says nothing but how long
// it is and whose.
type share struct {
	Version string `json:"version"`
	Name    string `json:"name"`
	Pair    []byte `json:"pair"` // the same in both
	Part    int    `json:"part"` // 1 or 2
	Data    []byte `json:"data"`
}

// Split returns the files of two shares, of which nothing is opened with one alone: the
// lawyer's, and the technician's.
func (s Secret) Split() (first, second []byte, err error) {
	text, err := s.Text()
	if err != nil {
		return nil, nil, err
	}
	pair, pad := make([]byte, 16), make([]byte, len(text))
	rand.Read(pair)
	rand.Read(pad)
	masked := make([]byte, len(text))
	subtle.XORBytes(masked, text, pad)
	out := [2][]byte{}
	for i, data := range [][]byte{pad, masked} {
		file, err := json.MarshalIndent(share{shareVersion, s.name, pair, i + 1, data}, "", "  ")
		if err != nil {
			return nil, nil, fmt.Errorf("oversight key: %w", err)
		}
		out[i] = append(file, '\n')
	}
	return out[0], out[1], nil
}

// IsShare reports whether a file is one of two shares.
func IsShare(data []byte) bool {
	var s share
	return read(data, &s) == nil && s.Version == shareVersion
}

// Join is the secret of two shares.
func Join(a, b []byte) (Secret, error) {
	var x, y share
	for _, f := range []struct {
		data []byte
		into *share
	}{{a, &x}, {b, &y}} {
		if err := read(f.data, f.into); err != nil {
			return Secret{}, err
		}
		if f.into.Version != shareVersion || len(f.into.Pair) != 16 {
			return Secret{}, fmt.Errorf("%w: not a share of one", ErrKeys)
		}
	}
	switch {
	case string(x.Pair) != string(y.Pair) || len(x.Data) != len(y.Data):
		return Secret{}, fmt.Errorf("%w: shares of two different keys, of %q and %q", ErrKeys, x.Name, y.Name)
	case x.Part+y.Part != 3 || x.Part == y.Part:
		return Secret{}, fmt.Errorf("%w: the same share twice", ErrKeys)
	}
	text := make([]byte, len(x.Data))
	subtle.XORBytes(text, x.Data, y.Data)
	s, err := ParseSecret(text)
	if err != nil {
		return Secret{}, fmt.Errorf("%w: a share was changed", ErrKeys)
	}
	s.joined = true
	return s, nil
}

// Joined reports whether the secret was joined of two shares: whoever holds it now is
// two people.
func (s Secret) Joined() bool { return s.joined }
