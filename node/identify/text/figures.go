package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
)

// A span is a part of a folded text.
type span struct{ start, end int }

// Figures that are no telephone number, by their form: prices, measures, dates,
// times, co-ordinates. A part of a number may look like one of them, so that each
// is looked at with what stands around it.
var (
	priceBefore = regexp.MustCompile(`[$€£¥] ?\d+(?:[.,']\d+)*`)
	unitAfter   = regexp.MustCompile(`(?i)\b\d{1,7}(?:[ .,']\d{3})*(?:[.,]\d{1,2})? ?(?:[€£$%]|(?:eur|euros?|usd|gbp|lei|ron|dollars?|bucks|pesos?|pounds?|quid|chf|km|kms|miles|mi|cm|mm|kg|kgs|lbs?|m2|m3|sqm|qm|sq|ft|inch|inches|ans|anos|jahre|jahren|ani|years?|yrs?|yo|hours?|hrs?|heures?|horas?|stunden|ore|mins?|minutes|watts?|kw|ps|hp|cv|cp|gb|mb|tb|mah|litres?|liters?|liter|litri|am|pm|uhr|rooms?|beds?|pieces|zimmer|camere|stk|m)\b)`)
	clock       = regexp.MustCompile(`\b\d{1,2}[:h]\d{2}(?::\d{2})?\b`)
	dayFirst    = regexp.MustCompile(`\b\d{1,2}([./\-])\d{1,2}([./\-])(?:\d{4}|\d{2})\b`)
	yearFirst   = regexp.MustCompile(`\b(?:19|20)\d\d([./\-])\d{1,2}([./\-])\d{1,2}\b`)
	years       = regexp.MustCompile(`\b(?:19|20)\d\d ?[\-/] ?(?:19|20)\d\d\b`)
	measures    = regexp.MustCompile(`(?i)\b\d{1,4}(?:[.,]\d+)?(?: x |x)\d{1,4}(?:[.,]\d+)?(?:(?: x |x)\d{1,4})?\b`)
	figure      = regexp.MustCompile(`\b(?:[6-9]\d|1[0-3]\d)[\-/](?:[4-9]\d)[\-/](?:[6-9]\d|1[0-3]\d)\b`)
	agedSo      = regexp.MustCompile(`(?i)\b(?:age|aged|edad|alter|varsta|i am|i'm|tengo|j'ai)[ :]{1,2}\d{2}\b`)
	coordinates = regexp.MustCompile(`\b\d{1,3}\.\d{3,}[ ,;]+-?\d{1,3}\.\d{3,}\b`)
	inches      = regexp.MustCompile(`\b\d' ?\d{1,2}"?`)
	cardRun     = regexp.MustCompile(`\b\d{4}([ \-]?)\d{4}[ \-]?\d{4}[ \-]?\d{1,7}\b|\b3[47]\d{2}[ \-]?\d{6}[ \-]?\d{5}\b`)
)

// figures finds them.
func figures(text string) []span {
	if !hasDigit(text) {
		return nil
	}
	var out []span
	each := func(re *regexp.Regexp, ok func(s span) bool) {
		for _, at := range re.FindAllStringIndex(text, 64) {
			if s := (span{at[0], at[1]}); ok == nil || ok(s) {
				out = append(out, s)
			}
		}
	}
	if strings.ContainsAny(text, "$€£¥") {
		each(priceBefore, nil)
	}
	each(unitAfter, func(s span) bool { return !withinNumber(text, &s, &out) })
	if strings.ContainsAny(text, ":h") {
		each(clock, func(s span) bool {
			f := strings.FieldsFunc(text[s.start:s.end], func(r rune) bool { return r == ':' || r == 'h' })
			return below(f[0], 25) && below(f[1], 60) && (len(f) < 3 || below(f[2], 60)) && alone(text, s, ":.")
		})
	}
	each(dayFirst, func(s span) bool {
		f := digitFields(text[s.start:s.end])
		return (below(f[0], 32) && below(f[1], 13) || below(f[0], 13) && below(f[1], 32)) && f[0] != "00" && f[1] != "00" && likeYear(f[2]) && alone(text, s, text[s.start+len(f[0]):s.start+len(f[0])+1])
	})
	each(yearFirst, func(s span) bool {
		f := digitFields(text[s.start:s.end])
		return below(f[1], 13) && below(f[2], 32) && alone(text, s, "-./")
	})
	each(years, func(s span) bool { return alone(text, s, "-./") })
	each(measures, nil)
	each(coordinates, nil)
	each(figure, func(s span) bool { return alone(text, s, "-/ ") })
	each(agedSo, func(s span) bool { return alone(text, s, "-/ .") })
	if strings.Contains(text, "'") {
		each(inches, nil)
	}
	each(cardRun, func(s span) bool { return identify.CardNumber(text[s.start:s.end]) })
	return out
}

// withinNumber reports whether what stands before a unit is the end of a longer row
// of digits, such as a telephone number before a price; the part that belongs to the
// unit alone is then added to out.
func withinNumber(text string, s *span, out *[]span) bool {
	if s.start < 2 || text[s.start-1] != ' ' && text[s.start-1] != '.' && text[s.start-1] != '-' || !isDigit(text[s.start-2]) {
		return false
	}
	body := text[s.start:s.end]
	if at := strings.LastIndexByte(strings.TrimRight(strings.TrimRight(body, "€£$%abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), " "), ' '); at >= 0 {
		*out = append(*out, span{s.start + at + 1, s.end})
		return true
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func below(text string, n int) bool {
	v, err := strconv.Atoi(text)
	return err == nil && v < n
}

func digitFields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func likeYear(s string) bool {
	if len(s) == 2 {
		return true
	}
	return s >= "1900" && s < "2100"
}

// alone reports whether a span is not a part of a longer row of digits with the same
// separators.
func alone(text string, s span, separators string) bool {
	if s.end+1 < len(text) && strings.IndexByte(separators, text[s.end]) >= 0 && isDigit(text[s.end+1]) {
		return false
	}
	return s.start < 2 || strings.IndexByte(separators, text[s.start-1]) < 0 || !isDigit(text[s.start-2])
}

// tidySpans sorts spans and joins those that overlap.
func tidySpans(all []span) []span {
	slices.SortFunc(all, func(a, b span) int { return a.start - b.start })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}
