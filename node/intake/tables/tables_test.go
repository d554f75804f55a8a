package tables

import (
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

func sample(text string) [][]string {
	var rows [][]string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		rows = append(rows, strings.Split(line, ","))
	}
	return rows
}

// What columns are taken for, by name and by content.
func TestColumns(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		header int
		want   string // role or kind of each column
	}{
		"named":              {"phone,name\n+447700900145,a", 1, "phone -"},
		"made of words":      {"Phone 1 - Label,Phone 1 - Value\nMobile,07700 900145", 1, "- phone"},
		"behind a report":    {"Report\nFor,x\nCalling Number,Called Number,Start\n447700900145,447700900146,x\n447700900145,447700900146,x\n447700900145,447700900146,x", 3, "phone phone -"},
		"by content":         {"when,Partner\n1,07700900146\n2,+447700900147\n3,", 1, "- phone"},
		"numbers of orders":  {"when,order\n1,20255501\n2,20255502\n3,20255503", 1, "- -"},
		"sentences":          {"id,note\n1,call me on monday\n2,x", 1, "- searched"},
		"a date in a header": {"currency,address,listed_2024_09_27\nBCH,1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu,1", 1, "chain wallet -"},
		"no header":          {"+447700900145,a@example.org\n+447700900146,b@example.org", 0, "phone email"},
	} {
		got := Judge(sample(c.text), nil)
		if got.Header != c.header {
			t.Errorf("%s: header in row %d, want %d", name, got.Header, c.header)
		}
		var parts []string
		for _, col := range got.Columns {
			switch {
			case col.Role == reading.RoleKind:
				parts = append(parts, string(col.Kind))
			case col.Role == reading.Unused:
				parts = append(parts, "-")
			default:
				parts = append(parts, col.Role.Title())
			}
		}
		if words := strings.Join(parts, " "); words != c.want {
			t.Errorf("%s: %s, want %s", name, words, c.want)
		}
	}
}

func TestGivenColumns(t *testing.T) {
	rows := sample("who,Ref 2\na,2025550145\nb,2025550146")
	if got := Judge(rows, map[string]string{"Ref 2": "phone", "who": "-"}); got.Columns[1].Kind != casework.Phone || got.Columns[0].Role != reading.Unused {
		t.Errorf("%+v", got.Columns)
	}
	if words := Judge(rows, nil).Words(); !strings.Contains(words, "--column 'Ref 2=phone'") {
		t.Errorf("the way to take a column is not told: %s", words)
	}
}

// What guards a cell against being taken for a formula is no part of its value.
func TestUnescape(t *testing.T) {
	for cell, want := range map[string]string{`="07700900145"`: "07700900145", `="a""b"`: `a"b`, "'+44": "+44", "'tis": "'tis", `="a"&"b"`: `="a"&"b"`, `=T("07")`: "07", `="07" `: "07"} {
		if got := Unescape(cell); got != want {
			t.Errorf("%s: %s, want %s", cell, got, want)
		}
	}
}

// A value of several parts in one cell is stated part by part.
func TestComposites(t *testing.T) {
	for text, want := range map[string]string{
		"type,value\ndomain|ip,example.net|198.51.100.7":                  "domain example.net, ip 198.51.100.7",
		"type,value\nfilename|md5,a.exe|79054025255fb1a26e4bc422aef54eb4": "md5 79054025255fb1a26e4bc422aef54eb4",
		"type,value\nip-dst|port,2001:db8::1|443":                         "ip [2001:db8::1]:443",
		"type,value\ndomain|ip,example.net":                               "problem",
	} {
		rows := sample(text)
		table := Judge(rows, nil)
		var got []string
		out := &reading.Sink{Add: func(s reading.Statement) error {
			switch s.What {
			case reading.IsValue:
				got = append(got, string(s.Kind)+" "+s.Value)
			case reading.IsProblem:
				got = append(got, "problem")
			}
			return nil
		}}
		for i, row := range rows {
			if err := table.Take(out, i+1, Row{Record: "row", Fields: row}); err != nil {
				t.Fatal(err)
			}
		}
		if words := strings.Join(got, ", "); words != want {
			t.Errorf("%q: %s, want %s", text, words, want)
		}
	}
}
