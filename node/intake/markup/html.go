package markup

import (
	"strings"

	"golang.org/x/net/html"
)

// maxHTML bounds one token of a page.
const maxHTML = 1 << 20

// hiddenTags hold what is no text of a page.
var hiddenTags = map[string]bool{"script": true, "style": true, "template": true, "noscript": true, "svg": true}

// blockTags begin a new line.
var blockTags = map[string]bool{
	"br": true, "p": true, "div": true, "tr": true, "li": true, "td": true, "th": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true,
	"section": true, "article": true, "header": true, "footer": true, "table": true, "ul": true, "ol": true, "dl": true, "dt": true, "dd": true, "blockquote": true, "pre": true, "option": true,
}

// HTMLText returns the text of a page as a person sees it, a line to each block, with
// the targets of its links. Scripts, styles and what else is not shown are left out.
func HTMLText(page string) string {
	text, _ := HTMLTables(page, func([][]string) bool { return false })
	return text
}

// maxTables bounds how many tables of a page are taken out of its text, and maxDeep how
// deep they may stand in each other.
const (
	maxTables = 10_000
	maxDeep   = 50
)

// HTMLTables returns the text of a page and, row by row, the tables in it of which is says
// that they are data. Any other table is laid out as text: most of a page's tables hold
// its parts in place. The targets of links in a table of data stay in the text.
func HTMLTables(page string, is func(rows [][]string) bool) (text string, tables [][][]string) {
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(maxHTML)
	p := &parser{is: is}
	for {
		switch z.Next() {
		case html.ErrorToken:
			for len(p.open) > 0 {
				p.endTable()
			}
			return p.text.String(), p.tables
		case html.TextToken:
			if p.hidden == "" {
				p.write(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			p.start(string(name))
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if string(name) == "a" && string(key) == "href" && p.hidden == "" {
					p.link(string(value))
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			p.end(string(name))
		}
	}
}

// A parser gathers the text of a page, and of each table that is open its rows and how it
// would be laid out as text.
type parser struct {
	is     func([][]string) bool
	text   strings.Builder
	tables [][][]string
	hidden string
	open   []*table
}

type table struct {
	rows   [][]string
	cell   strings.Builder
	inCell bool
	nested bool // a table stands in it, so that it holds a page's parts in place
	layout strings.Builder
	links  strings.Builder
}

func (p *parser) write(s string) {
	if len(p.open) == 0 {
		p.text.WriteString(s)
		return
	}
	t := p.open[len(p.open)-1]
	t.layout.WriteString(s)
	if t.inCell {
		t.cell.WriteString(s)
	}
}

func (p *parser) link(target string) {
	if len(p.open) == 0 {
		p.text.WriteString(" " + target + " ")
		return
	}
	t := p.open[len(p.open)-1]
	t.layout.WriteString(" " + target + " ")
	t.links.WriteString(target + "\n")
}

func (p *parser) start(tag string) {
	if p.hidden == "" && hiddenTags[tag] {
		p.hidden = tag
	}
	if p.hidden != "" {
		return
	}
	var t *table
	if n := len(p.open); n > 0 {
		t = p.open[n-1]
	}
	switch {
	case tag == "table" && len(p.open) < maxDeep:
		if t != nil {
			t.nested = true
		}
		p.open = append(p.open, new(table))
		return
	case t != nil && tag == "tr":
		t.endCell()
		t.rows = append(t.rows, nil)
	case t != nil && (tag == "td" || tag == "th"):
		t.endCell()
		if len(t.rows) == 0 {
			t.rows = append(t.rows, nil)
		}
		t.inCell = true
		t.layout.WriteByte('\n')
		return
	}
	if blockTags[tag] {
		p.write("\n")
	}
}

func (p *parser) end(tag string) {
	switch {
	case tag == p.hidden:
		p.hidden = ""
	case p.hidden != "":
	case tag == "table" && len(p.open) > 0:
		p.endTable()
	case len(p.open) > 0 && (tag == "td" || tag == "th" || tag == "tr"):
		t := p.open[len(p.open)-1]
		t.endCell()
		t.layout.WriteByte('\n')
	case blockTags[tag]:
		p.write("\n")
	}
}

func (t *table) endCell() {
	if t.inCell && len(t.rows) > 0 {
		row := &t.rows[len(t.rows)-1]
		*row = append(*row, strings.TrimSpace(t.cell.String()))
	}
	t.cell.Reset()
	t.inCell = false
}

// endTable keeps a table of data, or lays it out as text.
func (p *parser) endTable() {
	n := len(p.open) - 1
	t := p.open[n]
	t.endCell()
	p.open = p.open[:n]
	if !t.nested && len(t.rows) > 1 && len(p.tables) < maxTables && p.is(t.rows) {
		p.tables = append(p.tables, t.rows)
		p.write("\n" + t.links.String() + "\n")
		return
	}
	p.write("\n" + t.layout.String() + "\n")
}
