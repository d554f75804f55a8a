package text

import (
	"regexp"
	"strings"
)

// Ways to write an address so that machines do not see it: hxxp, [.], (at), and in
// five languages in words.
var (
	defangedScheme = regexp.MustCompile(`(?i)\bh(?:xx|\*\*|__|tt|XX)p(s?)(?:\[:\]//|\[://\]|:\[/\]\[/\]|:\\\\|://)`)
	defangedDot    = regexp.MustCompile(`(?i) ?(?:[\[({<] ?(?:\.|dot|punkt|point|punto|punct) ?[\])}>]|\\\.) ?`)
	defangedAt     = regexp.MustCompile(`(?i) ?[\[({<] ?(?:@|at|arobase|arroba|ät|klammeraffe|arond) ?[\])}>] ?`)
	defangedColon  = regexp.MustCompile(`\[:\]`)
	addressInWords = regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9._%+\-]{1,40}(?: (?:dot|point|punto|punkt|punct) [a-z0-9]+)? ?(?: at |@| arobase | arroba | ät | klammeraffe | arond ) ?[a-z0-9\-]{2,40}(?: (?:dot|point|punto|punkt|punct) [a-z]{2,15}){1,3}\b`)
	hostInWords    = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[a-z0-9\-.]{2,60} (?:dot|point|punto|punkt|punct) [a-z]{2,10}\b`)
	dotWord        = regexp.MustCompile(`(?i) (?:dot|point|punto|punkt|punct) `)
	atWord         = regexp.MustCompile(`(?i) ?(?: at |@| arobase | arroba | ät | klammeraffe | arond ) ?`)
)

// refang returns a text with addresses as machines write them; its places are those
// in the given text.
func refang(text string) folded {
	f := folded{text: text}
	if strings.ContainsAny(text, "[({<\\") {
		f = f.replaced(defangedDot, func(string) string { return "." })
		f = f.replaced(defangedAt, func(string) string { return "@" })
	}
	if strings.Contains(text, "[:") {
		f = f.replaced(defangedColon, func(string) string { return ":" })
	}
	if strings.ContainsAny(text, "hH") {
		f = f.replaced(defangedScheme, func(m string) string {
			if len(m) > 4 && (m[4] == 's' || m[4] == 'S') {
				return "https://"
			}
			return "http://"
		})
	}
	words := func(m string) string { return atWord.ReplaceAllString(dotWord.ReplaceAllString(m, "."), "@") }
	if dotWord.MatchString(text) {
		f = f.replaced(addressInWords, words)
		f = f.replaced(hostInWords, func(m string) string { return dotWord.ReplaceAllString(m, ".") })
	}
	return f
}

// replaced replaces what matches and keeps track of places.
func (f folded) replaced(re *regexp.Regexp, by func(string) string) folded {
	all := re.FindAllStringIndex(f.text, -1)
	if all == nil {
		return f
	}
	var b strings.Builder
	at := make([]int32, 0, len(f.text)+1)
	from := 0
	keep := func(to int) {
		for ; from < to; from++ {
			b.WriteByte(f.text[from])
			at = append(at, int32(f.place(from)))
		}
	}
	for _, m := range all {
		keep(m[0])
		plain := by(f.text[m[0]:m[1]])
		b.WriteString(plain)
		for range len(plain) {
			at = append(at, int32(f.place(m[0])))
		}
		from = m[1]
	}
	keep(len(f.text))
	return folded{b.String(), append(at, int32(f.place(len(f.text))))}
}
