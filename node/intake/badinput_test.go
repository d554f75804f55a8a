package intake_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

// Each bad input costs what is bad of it: the good records are in, and the report
// names the place and the reason of the others.
func TestBadInput(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml/US/$metadata#Media","value":[`)
	for i := range 10_000 {
		if i > 0 {
			b.WriteString(",")
		}
		if i == 4321 {
			b.WriteString(`{"MediaID":4321,"Category":1,"MD5":"not a hash","SHA1":}`)
			continue
		}
		fmt.Fprintf(&b, `{"MediaID":%d,"Category":1,"MD5":"%032x"}`, i, i+1)
	}
	vics := b.String() + "]}"
	nested := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	for _, x := range []struct {
		name, text  string
		found       int
		place, says string // of the first problem; none if empty
	}{
		{"a byte order mark", "\xef\xbb\xbfphone\n+33199000001\n", 1, "", ""},
		{"UTF-16", "\xff\xfep\x00h\x00o\x00n\x00e\x00\n\x00+\x003\x003\x001\x009\x009\x000\x000\x000\x000\x000\x001\x00\n\x00", 1, "", ""},
		{"Latin-1", "phone;prénom\n+33199000001;Zo\xeb\n", 1, "", ""},
		{"mixed line ends", "phone\r\n+33199000001\n+33199000002\r+33199000003\r\n", 3, "", ""},
		{"no header", "+33199000001,a@example.org\n+33199000002,b@example.org\n", 4, "", ""},
		{"a quoted line break", "phone,note\n+33199000001,\"one\ntwo\"\n+33199000002,x\n", 2, "", ""},
		{"a quote never closed", "phone,note\n+33199000001,x\n+33199000002,\"y\n+33199000003,z\n", 2, "line 3", "quote"},
		{"a line of 10 MB", "phone\n+33199000001\n" + strings.Repeat("9", 10<<20) + "\n+33199000002\n", 2, "line 3", "longer than"},
		{"a JSON line of 10 MB", `{"phone":"+33199000001"}` + "\n" + `{"phone":"` + strings.Repeat("9", 10<<20) + "\"}\n" + `{"phone":"+33199000002"}` + "\n", 2, "line 2", "longer than"},
		{"deep nesting", `{"phone":"+33199000001"}` + "\n" + nested + "\n" + `{"phone":"+33199000002"}` + "\n", 2, "line 2", "nest"},
		{"a key twice", `{"phone":"+33199000003"}` + "\n" + `{"phone":"+33199000001","phone":"+33199000002"}` + "\n" + `{"phone":"+33199000004"}` + "\n", 2, "line 2", "twice"},
		{"invalid UTF-8 in JSON", `{"phone":"+33199000001"}` + "\n" + `{"phone":"` + "\xff\xfe" + `"}` + "\n" + `{"phone":"+33199000002"}` + "\n", 2, "line 2", "UTF-8"},
		{"one invalid record of 10,000", vics, 9_999, "value/4321", "JSON"},
		{"XML that ends early", `<?xml version="1.0"?><report xmlns="https://report.cybertip.org/ispws/xsd"><personOrUserReported><personOrUserReportedPerson><email>a@example.org</email></personOrUserReportedPerson></personOrUserReported><inter`, 1, "", "XML"},
		{"an entity bomb", `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><report><email>&b;</email></report>`, 0, "", "document type definition"},
	} {
		t.Run(x.name, func(t *testing.T) {
			found, rep, err := read(t, "x", []byte(x.text), intake.Defaults{})
			if len(found) != x.found {
				t.Errorf("%d found, want %d; read as %s, %v, %v", len(found), x.found, rep.Format, rep.Problems, err)
			}
			if x.says == "" {
				if rep.Faults > 0 || err != nil {
					t.Errorf("problems %v, %v", rep.Problems, err)
				}
				return
			}
			if len(rep.Problems) == 0 || !strings.Contains(rep.Problems[0].Record, x.place) || !strings.Contains(rep.Problems[0].Reason, x.says) {
				t.Errorf("problems %v, want %q at %q; %v", rep.Problems, x.says, x.place, err)
			}
		})
	}
}

// Memory does not grow with the file: what is held at the end is what was held at the start.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 8 MB")
	}
	for _, line := range []string{"+33199000001,%d,\"words that say nothing of use\"\n", `{"phone":"+33199000001","n":%d,"remark":"words that say nothing of use"}` + "\n"} {
		text := &endless{line: line, left: 4 << 20}
		if line[0] == '+' {
			text.buf.WriteString("phone,n,remark\n")
		}
		most := uint64(0)
		o := intake.Options{Progress: func(int64, int) {
			if text.reads++; text.reads%512 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}}
		rep, err := intake.Read(t.Context(), intake.Source{Name: "x"}, text, intake.Defaults{}, o, func([]intake.Found) error { return nil })
		if err != nil || rep.Records < 50_000 || rep.Faults > 0 {
			t.Errorf("%d records, %d problems: %v", rep.Records, rep.Faults, err)
		}
		t.Logf("%d records, heap at most %d MB", rep.Records, most>>20)
		if most > 120<<20 {
			t.Errorf("heap of %d MB", most>>20)
		}
	}
}

// endless returns a file of many lines without holding it.
type endless struct {
	line  string
	buf   bytes.Buffer
	n     int
	left  int
	reads int
}

func (e *endless) Read(p []byte) (int, error) {
	for e.buf.Len() < len(p) && e.left > 0 {
		n, _ := fmt.Fprintf(&e.buf, e.line, e.n) // to memory
		e.n++
		e.left -= n
	}
	return e.buf.Read(p) // io.EOF at the end
}
