package agreement

import (
	"fmt"
	"strconv"
	"strings"
)

// A Share is a part of the members, as a fraction such as "2/3". It is never below
// a half, and what it asks for is always a majority. The zero value asks for more
// members than there are.
type Share string

// parts reads a fraction in its one spelling: lowest terms, up to 100.
func (s Share) parts() (a, b int, ok bool) {
	left, right, found := strings.Cut(string(s), "/")
	a, err := strconv.Atoi(left)
	if !found || err != nil {
		return 0, 0, false
	}
	if b, err = strconv.Atoi(right); err != nil {
		return 0, 0, false
	}
	if a < 1 || b < a || b > 100 || 2*a < b || divisor(a, b) != 1 || fmt.Sprintf("%d/%d", a, b) != string(s) {
		return 0, 0, false
	}
	return a, b, true
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Of is how many of n members it takes: the share, rounded up, and more than half.
func (s Share) Of(n int) int {
	a, b, ok := s.parts()
	if !ok {
		return n + 1
	}
	return max((n*a+b-1)/b, n/2+1)
}
