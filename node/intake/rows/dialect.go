package rows

import (
	"bytes"
	"io"
)

// Delimiters that [Delimiter] tells apart, the likelier first.
var delimiters = []byte{',', ';', '\t', '|'}

// Delimiter guesses what separates the fields of a delimited text by its first
// lines: the candidate that splits the most rows into the same number of fields,
// two at least. It returns 0 for a text that has one field a line.
func Delimiter(head []byte, whole bool) byte {
	best, bestScore := byte(0), 0.0
	for _, c := range delimiters {
		if score := consistency(head, c, whole); score > bestScore {
			best, bestScore = c, score
		}
	}
	return best
}

// consistency is the share of rows with the most frequent number of fields,
// 0 where that is fewer than two or the share is under a half.
func consistency(head []byte, comma byte, whole bool) float64 {
	counts := map[int]int{}
	total, widest := 0, 0
	d := NewReader(bytes.NewReader(head), comma, 64<<10)
	for total < 200 {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if !whole && d.err != nil && d.r == d.w {
			break // the last line of a head may be cut
		}
		if row.Err != nil || row.Empty() {
			continue
		}
		total++
		counts[len(row.Fields)]++
	}
	for fields, n := range counts {
		if n > counts[widest] || n == counts[widest] && fields > widest {
			widest = fields
		}
	}
	if total == 0 || widest < 2 || counts[widest]*2 < total {
		return 0
	}
	// more fields break ties between candidates that split every row
	return float64(counts[widest])/float64(total) + float64(min(widest, 50))/1000
}
