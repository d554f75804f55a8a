package intake

import (
	"errors"
	"regexp"
	"strconv"
)

var errRounded = errors.New("a number that a spreadsheet has rounded; format the column as text and export it again")

var (
	decimal    = regexp.MustCompile(`^\s*(\d{5,})[.,]0{1,2}\s*$`)
	scientific = regexp.MustCompile(`^\s*\+?(\d)[.,](\d+)[eE]\+?(\d{1,2})\s*$`)
)

// mendNumber undoes what a spreadsheet does to a telephone number that it takes for a
// quantity, where nothing is lost: "447700900145.0", "4.47700900145E+11". Where digits are
// lost, or may be, it is an error: they are not guessed.
func mendNumber(cell string) (string, error) {
	if m := decimal.FindStringSubmatch(cell); m != nil {
		return m[1], nil
	}
	m := scientific.FindStringSubmatch(cell)
	if m == nil {
		return cell, nil
	}
	exponent, err := strconv.Atoi(m[3])
	missing := exponent - len(m[2])
	if err != nil || missing != 0 {
		return cell, errRounded
	}
	return m[1] + m[2], nil
}
