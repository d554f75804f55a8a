package wire

import (
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"
)

var format = canon.NewFormat(canon.Limits{Size: maxBody, Array: MaxParts, Map: 16, Depth: 4})

// check returns the first failure among several conditions.
func check(conditions ...error) error {
	for _, err := range conditions {
		if err != nil {
			return err
		}
	}
	return nil
}

func between(name string, n, low, high uint64) error {
	if n < low || n > high {
		return fmt.Errorf("%s is %d, not %d to %d", name, n, low, high)
	}
	return nil
}

func elements(b []byte) error {
	if len(b) == 0 || len(b)%ElementSize != 0 || len(b) > MaxPartBytes {
		return fmt.Errorf("%d bytes are no elements", len(b))
	}
	return nil
}
