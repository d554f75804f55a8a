package text

import (
	"html"
	"regexp"
	"strings"
)

// marks are tags of HTML and references to characters, as they stand in adverts that were
// scraped with their markup.
var marks = regexp.MustCompile(`<(?:!--[^>]*--|/?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?)>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});`)

var target = regexp.MustCompile(`(?i)\shref\s*=\s*["']?([^"'\s>]+)`)

// inline are tags that stand within a line, and even within a number.
var inline = wordSet("b i u em strong span font small big mark a s del ins sub sup code tt abbr label bdi bdo wbr")

// blocks are tags that begin a new line. A tag that is neither is none of a page's, and
// stays.
var blocks = wordSet("br p div li ul ol dl dt dd h1 h2 h3 h4 h5 h6 td th tr table tbody thead hr img html body head center blockquote pre section article header footer main nav title meta link script style form input option select button label iframe video source")

// unmarked returns a text as a person sees it: references as the characters that they stand
// for, no tags within a line, a new line for the others, and where links lead.
func unmarked(text string) folded {
	f := folded{text: text}
	if !strings.ContainsAny(text, "<&") || !marks.MatchString(text) {
		return f
	}
	return f.replaced(marks, func(m string) string {
		if m[0] == '&' {
			return html.UnescapeString(m)
		}
		name := strings.ToLower(strings.TrimLeft(m, "</"))
		if end := strings.IndexFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }); end >= 0 {
			name = name[:end]
		}
		if a := target.FindStringSubmatch(m); a != nil && m[1] != '/' {
			return " " + html.UnescapeString(a[1]) + " "
		}
		if inline[name] {
			return ""
		}
		if blocks[name] || strings.HasPrefix(m, "<!") {
			return "\n"
		}
		return m
	})
}
