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
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(maxHTML)
	var b strings.Builder
	hidden := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := string(name)
			if hidden == "" && hiddenTags[tag] {
				hidden = tag
			}
			if blockTags[tag] {
				b.WriteByte('\n')
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if tag == "a" && string(key) == "href" && hidden == "" {
					b.WriteString(" " + string(value) + " ")
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if tag := string(name); tag == hidden {
				hidden = ""
			} else if blockTags[tag] {
				b.WriteByte('\n')
			}
		}
	}
}
