package markup

import (
	"strings"
	"testing"
)

// A table of data is taken out of the text, one that lays out a page is not, and the links
// of both stay.
func TestTablesOfAPage(t *testing.T) {
	page := `<p>before</p><table><tr><td>menu<td><table><tr><th>A<th>B<tr><td>1<td><a href="https://example.org/x">2</a></table></table><script>hidden</script>after`
	text, tables := HTMLTables(page, func(rows [][]string) bool { return rows[0][0] == "A" })
	if len(tables) != 1 || len(tables[0]) != 2 || tables[0][1][1] != "2" {
		t.Errorf("tables %q", tables)
	}
	for _, want := range []string{"before", "menu", "https://example.org/x", "after"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	if strings.Contains(text, "hidden") {
		t.Errorf("what is hidden is in %q", text)
	}
	if plain := HTMLText(page); !strings.Contains(plain, "A\n") || !strings.Contains(plain, "2") {
		t.Errorf("as text: %q", plain)
	}
}

func FuzzHTMLTables(f *testing.F) {
	f.Add(`<table><tr><td>1<table><tr><td>2</table></table>`)
	f.Add(`</table><td><tr><table></td>x<br></table>`)
	f.Fuzz(func(t *testing.T, page string) {
		text, tables := HTMLTables(page, func(rows [][]string) bool { return len(rows)%2 == 0 })
		size := len(text)
		for _, table := range tables {
			for _, row := range table {
				for _, cell := range row {
					size += len(cell)
				}
			}
		}
		if size > 64*len(page)+64 {
			t.Errorf("%d bytes of %d", size, len(page))
		}
	})
}
