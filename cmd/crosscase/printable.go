package main

import (
	"strings"
	"unicode"
)

// printable takes out of a text what could move a terminal's cursor, set its
// clipboard or turn the reading direction: part of it was written by another agency.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
