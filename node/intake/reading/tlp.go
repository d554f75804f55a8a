package reading

import (
	"slices"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// tlpOf reads a label in the spellings of TLP 1.0 and 2.0 ("tlp:amber",
// "TLP:WHITE", "amber+strict"). What it does not know is RED.
func ParseTLP(text string) (casework.TLP, bool) {
	t := strings.ToUpper(strings.TrimSpace(text))
	t = strings.TrimLeft(strings.TrimPrefix(t, "TLP"), ":-_= ")
	switch strings.Trim(strings.ReplaceAll(t, " ", ""), `"`) {
	case "RED", "EX:CHR": // the extension forbids more than RED does
		return casework.TLPRed, true
	case "AMBER+STRICT", "AMBER-STRICT", "AMBERSTRICT", "AMBER_STRICT":
		return casework.TLPAmberStrict, true
	case "AMBER":
		return casework.TLPAmber, true
	case "GREEN":
		return casework.TLPGreen, true
	case "CLEAR", "WHITE":
		return casework.TLPClear, true
	}
	return casework.TLPRed, false
}

// strictness orders the labels.
var strictness = []casework.TLP{casework.TLPRed, casework.TLPAmberStrict, casework.TLPAmber, casework.TLPGreen, casework.TLPClear}

// Stricter returns the label that fewer may read under; "" is none.
func Stricter(a, b casework.TLP) casework.TLP {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	case slices.Index(strictness, a) <= slices.Index(strictness, b):
		return a
	}
	return b
}
