package charset_test

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/crosscase/crosscase/node/intake/charset"
)

const text = "naïve,€,+12025550143,𝔘\r\n"

func encode(t *testing.T, e encoding.Encoding) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncodings(t *testing.T) {
	for want, data := range map[string][]byte{
		charset.UTF8:    []byte(text),
		charset.UTF8BOM: append([]byte("\xEF\xBB\xBF"), text...),
		charset.UTF16LE: encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)),
		charset.UTF16BE: encode(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)),
		charset.UTF32LE: encode(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)),
		charset.UTF32BE: encode(t, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)),
	} {
		name, mark := charset.Detect(data)
		if name != want {
			t.Errorf("%s taken for %s", want, name)
			continue
		}
		for _, src := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
			got, err := io.ReadAll(charset.Reader(src, name, mark))
			if err != nil || string(got) != text {
				t.Errorf("%s: %q %v", name, got, err)
			}
		}
	}
}

func TestField(t *testing.T) {
	for in, want := range map[string]string{"m\xfcller": "müller", "\x80 100": "€ 100", "müller": "müller", "\x81": "\uFFFD", "": ""} {
		got, utf8 := charset.Field([]byte(in))
		if got != want || utf8 != (in == "müller" || in == "") {
			t.Errorf("%q: %q %v", in, got, utf8)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("\xFF\xFEa\x00"))
	f.Add([]byte{0xFF, 0xFE, 0, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		name, mark := charset.Detect(data)
		out, err := io.ReadAll(charset.Reader(bytes.NewReader(data), name, mark))
		if err != nil && len(data) >= mark {
			t.Fatal(err)
		}
		if len(out) > 4*len(data)+8 {
			t.Fatalf("%d bytes of %d", len(out), len(data))
		}
	})
}
