package tables

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// findHeader looks for the header among the first rows: the first row that names a
// column that is known and holds nothing that looks like data, and that is as wide as
// most rows behind it; or a first row of words alone.
func (t *Table) findHeader(sample [][]string) {
	for i := range min(len(sample), maxPreamble) {
		row := sample[i]
		rest := sample[i+1:]
		if i == 0 && len(rest) > 3 && modalWidth(rest[:min(len(rest), 20)]) > len(row) && len(row) > 0 && wordsOnly(row) {
			continue // a line of a report, narrower than the table behind it
		}
		if i > 0 && (len(row) < 2 || len(rest) == 0 || modalWidth(rest[:min(len(rest), 20)]) != len(row)) {
			continue
		}
		columns, named, ok := headerOf(row)
		if ok && (named > 0 || len(row) > 1 && wordsOnly(row) && (i == 0 || wider(sample[:i], len(row)))) {
			t.Header, t.Columns, t.named = i+1, columns, named
			return
		}
		if i == 0 && looksLikeRow(row, rest) {
			return // data from the first row on
		}
	}
}

// wider reports whether a width is that of no row before.
func wider(before [][]string, width int) bool {
	for _, row := range before {
		if len(row) >= width {
			return false
		}
	}
	return true
}

// looksLikeRow reports whether a first row is data like the rows behind it.
func looksLikeRow(row []string, rest [][]string) bool {
	if len(rest) > 0 && modalWidth(rest[:min(len(rest), 20)]) != len(row) {
		return false
	}
	for _, f := range row {
		if likeData(f) {
			return true
		}
	}
	return false
}

// headerOf reads a row as a header; ok is false where a field is data.
func headerOf(fields []string) (columns []Column, named int, ok bool) {
	columns = make([]Column, len(fields))
	for i, f := range fields {
		f = strings.TrimSpace(strings.TrimPrefix(f, "#"))
		columns[i].Header = f
		if n, ok := reading.KindOf(f); ok {
			columns[i].Role, columns[i].Naming = reading.RoleKind, n
		} else if r := reading.RoleOf(f); r != reading.Unused {
			columns[i].Role = r
		} else if len(f) > 64 || likeData(f) {
			return nil, 0, false
		} else {
			if _, hinted := reading.KindIn(f); hinted {
				named++
			}
			continue
		}
		named++
	}
	return columns, named, true
}

// dated are the dates that stand in headers: listed_2024_09_27.
var dated = regexp.MustCompile(`(?:19|20)\d\d[_\-./]?\d\d(?:[_\-./]?\d\d)?`)

// likeData reports whether a field can hardly be a header.
func likeData(f string) bool {
	f = strings.TrimSpace(f)
	if _, ok := reading.Evident(f); ok {
		return true
	}
	letters, digits := 0, 0
	plain := f
	if strings.IndexFunc(f, unicode.IsLetter) >= 0 {
		plain = dated.ReplaceAllString(f, "")
	}
	for _, r := range plain {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits >= 5 || digits > 0 && letters == 0 || strings.Contains(f, "@") || strings.Contains(f, "://")
}

func wordsOnly(fields []string) bool {
	seen := map[string]bool{}
	for _, f := range fields {
		name := reading.PlainName(f)
		if strings.TrimSpace(f) == "#" || strings.TrimSpace(f) == "№" {
			name = "#" // of the row
		}
		if name == "" || seen[name] || likeData(f) || len(f) > 40 {
			return false
		}
		seen[name] = true
	}
	return true
}
