package canon_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/crypto/canon"
)

type value struct {
	Number uint64            `cbor:"1,keyasint"`
	Text   string            `cbor:"2,keyasint,omitempty"`
	List   []uint32          `cbor:"3,keyasint,omitempty"`
	Counts map[string]uint32 `cbor:"4,keyasint,omitempty"`
	Whole  canon.Raw         `cbor:"5,keyasint,omitempty"`
	Deep   [][][]uint32      `cbor:"6,keyasint,omitempty"`
	Any    any               `cbor:"7,keyasint,omitempty"`
}

var format = canon.NewFormat(canon.Limits{Size: 1 << 10, Array: 16, Map: 16, Depth: 4})

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The map keys of RFC 8949 section 4.2.1, in the order that the section states.
func TestDeterministicOrder(t *testing.T) {
	got := canon.Encode(map[any]int{10: 0, 100: 1, -1: 2, "z": 3, "aa": 4, [1]int{100}: 5, [1]int{-1}: 6, false: 7})
	want := unhex(t, "a8 0a00 186401 2002 617a03 62616104 81186405 812006 f407")
	if !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, v := range []value{
		{}, {Number: 1<<64 - 1}, {Text: "x", List: []uint32{1, 2}}, {Counts: map[string]uint32{"b": 1, "a": 2, "ab": 3}}, {Whole: canon.Raw{0x81, 0x01}},
	} {
		data := canon.Encode(v)
		var back value
		if err := format.Decode(data, &back); err != nil {
			t.Errorf("%+v: %v", v, err)
		}
		if !bytes.Equal(canon.Encode(back), data) {
			t.Errorf("%+v came back as %+v", v, back)
		}
	}
}

// TestAttackSecondEncoding: none of these, which the library alone would take in
// part, is read as a value.
func TestAttackSecondEncoding(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":                  "",
		"truncated":                "a1 01",
		"trailing byte":            "a1 0101 00",
		"two values":               "a1 0101 a1 0101",
		"an integer not shortest":  "a1 01 1801",
		"eight bytes for one":      "a1 01 1b0000000000000001",
		"a key not shortest":       "a1 1801 01",
		"keys out of order":        "a2 026178 0101",
		"a key twice":              "a2 0101 0101",
		"a key of a map twice":     "a2 0101 04 a2 616101 616102",
		"a map out of order":       "a2 0101 04 a2 616201 616102",
		"an unknown key":           "a2 0101 0800",
		"a missing key":            "a0",
		"an indefinite map":        "bf 0101 ff",
		"an indefinite array":      "a2 0101 03 9f01ff",
		"an indefinite text":       "a2 0101 02 7f6178ff",
		"a tag":                    "a1 01 c101",
		"a big number as a tag":    "a1 01 c2 41 01",
		"a float":                  "a1 01 f93c00",
		"a negative number":        "a1 01 20",
		"bytes for text":           "a2 0101 02 4178",
		"text that is not UTF-8":   "a2 0101 02 61ff",
		"an empty text written":    "a2 0101 02 60",
		"an empty list written":    "a2 0101 03 80",
		"null":                     "f6",
		"an array":                 "81 01",
		"a huge array announced":   "a2 0101 03 9b7fffffffffffffff",
		"a huge text announced":    "a2 0101 02 7b7fffffffffffffff",
		"a huge map announced":     "a2 0101 04 bb7fffffffffffffff",
		"an array over the limit":  "a2 0101 03 91" + strings.Repeat("01", 17),
		"a map over the limit":     "b1" + strings.Repeat("0101", 17),
		"nesting over the limit":   "a2 0101 07 81818181818101",
		"a byte over the limit":    "a2 0101 02 5903f8" + strings.Repeat("78", 1016),
		"an undefined value":       "a1 01 f7",
		"a reserved simple value":  "a1 01 f818",
		"a reserved length of 28":  "a1 01 1c",
		"a break without a start":  "ff",
		"an array of half a float": "a2 0101 03 81f9",
	} {
		var v value
		if err := format.Decode(unhex(t, bad), &v); !errors.Is(err, canon.ErrFormat) {
			t.Errorf("%s: %v, %+v", name, err, v)
		}
	}
	var v value
	if err := (canon.Format{}).Decode([]byte{0xa1, 0x01, 0x01}, &v); !errors.Is(err, canon.ErrFormat) {
		t.Errorf("the zero format: %v", err)
	}
}

// Files of the own node may have been written by a build that encoded otherwise.
func TestDecodeOwn(t *testing.T) {
	var v value
	if err := format.DecodeOwn(unhex(t, "a2 026178 011807"), &v); err != nil || v.Number != 7 || v.Text != "x" {
		t.Errorf("%v, %+v", err, v)
	}
	for name, bad := range map[string]string{"a key twice": "a2 0101 0101", "a tag": "a1 01 c101", "trailing": "a1 0101 00"} {
		if err := format.DecodeOwn(unhex(t, bad), &v); !errors.Is(err, canon.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConstantsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"no size":         func() { canon.NewFormat(canon.Limits{Array: 16, Map: 16, Depth: 4}) },
		"a depth too low": func() { canon.NewFormat(canon.Limits{Size: 1, Array: 16, Map: 16, Depth: 1}) },
		"a function":      func() { canon.Encode(func() {}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range []value{{}, {Number: 9, Text: "x", List: []uint32{1}, Counts: map[string]uint32{"a": 1}}, {Deep: [][][]uint32{{{1}}}}} {
		f.Add(canon.Encode(v))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v value
		if err := format.Decode(data, &v); err == nil && !bytes.Equal(canon.Encode(v), data) {
			t.Error("a value has two encodings")
		}
	})
}
