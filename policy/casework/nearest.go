package casework

import (
	"slices"
	"strings"
)

// Nearest returns the known word that takes the fewest changes, whatever the case of
// its letters; the first of equals, and "" where none is known.
func Nearest(word string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	word = strings.ToLower(word)
	return slices.MinFunc(known, func(a, b string) int {
		return distance(word, strings.ToLower(a)) - distance(word, strings.ToLower(b))
	})
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
