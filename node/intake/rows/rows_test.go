package rows

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func all(t testing.TB, src io.Reader, comma byte, limit int) []Row {
	t.Helper()
	d := NewReader(src, comma, limit)
	var out []Row
	for {
		row, err := d.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
}

func TestSpectrum(t *testing.T) {
	files, err := filepath.Glob("../testdata/malformed/csv_spectrum/*.csv")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		expected, err := os.ReadFile(strings.TrimSuffix(path, ".csv") + ".expected.json")
		if err != nil {
			t.Fatal(err)
		}
		var want []map[string]string
		if err := json.Unmarshal(expected, &want); err != nil {
			t.Fatal(err)
		}
		for name, src := range map[string]io.Reader{"whole": bytes.NewReader(data), "by byte": iotest.OneByteReader(bytes.NewReader(data))} {
			got := all(t, src, ',', 1<<20)
			if len(got) != len(want)+1 {
				t.Errorf("%s %s: %d rows, want %d", path, name, len(got)-1, len(want))
				continue
			}
			for i, w := range want {
				for j, head := range got[0].Fields {
					if got[i+1].Fields[j] != w[head] {
						t.Errorf("%s %s: row %d %q: %q, want %q", path, name, i, head, got[i+1].Fields[j], w[head])
					}
				}
			}
		}
	}
}

func TestLineEndsAndNumbers(t *testing.T) {
	got := all(t, strings.NewReader("a,b\r\nc,d\re,f\n\"g\r\nh\",i\n\nj"), ',', 1<<20)
	want := []struct {
		line   int
		fields string
	}{{1, "a|b"}, {2, "c|d"}, {3, "e|f"}, {4, "g\r\nh|i"}, {6, ""}, {7, "j"}}
	if len(got) != len(want) {
		t.Fatalf("%d rows", len(got))
	}
	for i, w := range want {
		if got[i].Line != w.line || strings.Join(got[i].Fields, "|") != w.fields || got[i].Err != nil {
			t.Errorf("row %d: line %d %q, want line %d %q", i, got[i].Line, got[i].Fields, w.line, w.fields)
		}
	}
}

func TestBrokenRowsCostThemselves(t *testing.T) {
	long := strings.Repeat("x", 5000)
	src := "a,b\n\"never closed,c\nd,e\n" + long + ",f\ng,h\n\"" + long + "\",i\nj,\x00\nk,l\n"
	got := all(t, strings.NewReader(src), ',', 1000)
	want := []struct {
		line int
		err  error
	}{{1, nil}, {2, ErrUnclosed}, {3, nil}, {4, ErrTooLong}, {5, nil}, {6, ErrTooLong}, {7, ErrZeroBytes}, {8, nil}}
	if len(got) != len(want) {
		t.Fatalf("%d rows: %v", len(got), got)
	}
	for i, w := range want {
		if got[i].Line != w.line || got[i].Err != w.err {
			t.Errorf("row %d: line %d %v, want line %d %v", i, got[i].Line, got[i].Err, w.line, w.err)
		}
	}
}

// A quote in every line must not make the reader look ahead once a line.
func TestUnclosedQuotesStayLinear(t *testing.T) {
	var b strings.Builder
	for range 20_000 {
		b.WriteString("a,\"open \n")
	}
	got := all(t, strings.NewReader(b.String()), ',', 64<<10)
	if len(got) < 19_000 {
		t.Errorf("%d rows", len(got))
	}
	for _, row := range got[:100] {
		if row.Err != ErrUnclosed {
			t.Fatalf("line %d: %v", row.Line, row.Err)
		}
	}
}

func TestDelimiter(t *testing.T) {
	for text, want := range map[string]byte{
		"a,b\n1,2\n":               ',',
		"a;b\n1,5;2\n":             ';',
		"a\tb\n1\t2\n":             '\t',
		"a|b\n1|2\n":               '|',
		"one\ntwo\nthree\n":        0,
		"":                         0,
		"\"a;b\",c\n\"d;e\",f\n":   ',',
		"name;note\nx;a, b, c\ny;": ';',
	} {
		if got := Delimiter([]byte(text), true); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, seed := range []string{"a,b\r\n\"c\"\"d\",e\n", "\"", "\"a\nb", "\r\r\n\n", "a\x00b"} {
		f.Add([]byte(seed), byte(','))
	}
	f.Fuzz(func(t *testing.T, data []byte, comma byte) {
		if comma == '"' || comma == '\n' || comma == '\r' {
			return
		}
		d := NewReader(bytes.NewReader(data), comma, 200)
		last := 0
		for n := 0; ; n++ {
			row, err := d.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.Line <= last || n > len(data) {
				t.Fatalf("line %d behind line %d", row.Line, last)
			}
			last = row.Line
		}
	})
}
