package jsonrec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

var limits = Limits{Record: 1 << 20, Depth: 100}

func collect(t testing.TB, src io.Reader, l Limits, descend func(string, bool) bool) []string {
	t.Helper()
	d := NewReader(src, l, descend)
	var out []string
	for {
		rec, err := d.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Err == nil {
			_, rec.Err = Parse(rec.Raw, l.Depth)
		}
		if rec.Err != nil {
			out = append(out, rec.Path+" !"+rec.Err.Error())
		} else {
			out = append(out, rec.Path+" "+string(rec.Raw))
		}
	}
}

func never(string, bool) bool { return false }

// TestSuite holds Reader and Parse together to nst/JSONTestSuite: y_ is read
// without a fault, n_ with one, i_ in either way.
func TestSuite(t *testing.T) {
	files, err := filepath.Glob("../testdata/malformed/jsontestsuite/*.json")
	if err != nil || len(files) < 140 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, descend := range map[string]func(string, bool) bool{"whole": never, "gone into": func(string, bool) bool { return true }} {
			faults := 0
			for _, rec := range collect(t, bytes.NewReader(data), limits, descend) {
				if strings.Contains(rec, " !") {
					faults++
				}
			}
			switch base := filepath.Base(path); {
			case strings.HasPrefix(base, "y_") && faults > 0:
				t.Errorf("%s %s: refused", base, name)
			case strings.HasPrefix(base, "n_") && faults == 0:
				t.Errorf("%s %s: accepted", base, name)
			}
		}
	}
}

func bundle(pattern string, _ bool) bool { return pattern == "" || pattern == "objects" }

func TestRecordByRecord(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(`{"type":"bundle","objects":[`)
	for i := range 10_000 {
		if i > 0 {
			doc.WriteString(",\n")
		}
		switch i {
		case 5000:
			doc.WriteString(`{"id":"5000","path":"C:\files\","b":1}`) // a quote that a backslash eats
		case 6000:
			doc.WriteString(`{"id":"6000","n":01}`)
		case 7000:
			doc.WriteString(`{"id":"7000","a":1,"a":2}`)
		case 8000:
			doc.WriteString(`{"id":"8000","a":` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + `}`)
		default:
			fmt.Fprintf(&doc, `{"id":"%d","v":[{"id":"x"},{"y":"}, {"}]}`, i)
		}
	}
	doc.WriteString(`],"z":null}`)
	for name, src := range map[string]io.Reader{
		"whole": strings.NewReader(doc.String()), "halves": iotest.HalfReader(strings.NewReader(doc.String())),
	} {
		got := collect(t, src, limits, bundle)
		if len(got) != 10_002 {
			t.Fatalf("%s: %d records, want 10002", name, len(got))
		}
		var bad []string
		for _, rec := range got {
			if strings.Contains(rec, " !") {
				bad = append(bad, rec[:strings.Index(rec, " !")])
			}
		}
		if want := "objects/5000 objects/6000 objects/7000 objects/8000"; strings.Join(bad, " ") != want {
			t.Errorf("%s: faults at %v, want %s", name, bad, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for doc, want := range map[string]string{
		`{"objects":[{"a":1}]} x`:                                  "objects/0 {\"a\":1};  !" + ErrTrailing.Error(),
		`{"objects":[{"a":1}`:                                      "objects/0 {\"a\":1}; objects !" + ErrTruncated.Error(),
		`{"objects":[{"a":1`:                                       "objects/0 !" + ErrTruncated.Error(),
		`{"objects":[{"a":1} {"a":2}]}`:                            "objects/0 {\"a\":1}; objects/1 {\"a\":2}",
		"{\"objects\":[{\"a\":\"\xff\"},{\"a\":2}]}":               "objects/0 !" + ErrUTF8.Error() + "; objects/1 {\"a\":2}",
		`{"objects":[{"a":{"b":1,"b":2}},{"a":2}]}`:                "objects/0 !" + ErrDuplicate.Error() + " at /a/b; objects/1 {\"a\":2}",
		`{"objects":["` + strings.Repeat("x", 99) + `"]}`:          "objects/0 !" + ErrTooLong.Error(),
		`{"a":1,"objects":[1],"objects":[2,{"x":3}],"a":{},"b":2}`: "a 1; objects/0 1; objects !" + ErrDuplicate.Error() + "; a !" + ErrDuplicate.Error() + "; b 2",
		`{"a\u0000` + "\u202e" + `":1}`:                            "a?? 1",
	} {
		if got := strings.Join(collect(t, strings.NewReader(doc), Limits{Record: 80, Depth: 100}, bundle), "; "); got != want {
			t.Errorf("%s\n got %s\nwant %s", doc, got, want)
		}
	}
}

// A record longer than the limit is passed over without being held.
func TestLongRecordIsNotHeld(t *testing.T) {
	src := io.MultiReader(strings.NewReader(`{"objects":[{"a":"`), io.LimitReader(spaces{}, 64<<20), strings.NewReader(`"},{"a":2}]}`))
	d := NewReader(src, Limits{Record: 4096, Depth: 10}, bundle)
	rec, err := d.Next()
	if err != nil || !errors.Is(rec.Err, ErrTooLong) {
		t.Fatalf("%v %v", rec.Err, err)
	}
	rec, err = d.Next()
	if err != nil || string(rec.Raw) != `{"a":2}` {
		t.Fatalf("%q %v", rec.Raw, err)
	}
	if len(d.buf) > 1<<20 {
		t.Errorf("%d bytes held", len(d.buf))
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestValue(t *testing.T) {
	v, err := Parse([]byte(`{"a":{"b":"x"},"n":1e400,"t":"Yes","l":[1,2],"z":null}`), 10)
	if err != nil {
		t.Fatal(err)
	}
	if v.Get("a", "b").Text() != "x" || v.Get("n").Text() != "1e400" || !v.Get("t").True() || len(v.Get("l").Each()) != 2 || len(v.Get("n").Each()) != 1 {
		t.Error("members are not read")
	}
	if v.Get("z").Exists() || v.Get("no", "where").Exists() || v.Get("a").Text() != "" || v.Get("no").Each() != nil {
		t.Error("what is absent is read")
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{`{"objects":[{"a":1},{"a":"\u00e9"}]}`, `[1,2`, `{"objects":[{"a":"b}, {"a":2}]}`, `[[[[]]]]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, rec := range collect(t, bytes.NewReader(data), Limits{Record: 300, Depth: 8}, func(p string, _ bool) bool { return len(p) < 12 }) {
			if len(rec) > 2000 {
				t.Fatalf("a record of %d bytes", len(rec))
			}
		}
	})
}
