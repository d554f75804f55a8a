package identify

import (
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/sha3"
)

// readEVM reads the address form of Ethereum and of every chain that took it
// over. Mixed case carries a checksum (EIP-55): where it does not hold, the address is
// shown and never matched. One case carries none.
func readEVM(s string) (address, error) {
	digits, ok := cutPrefixFold(s, "0x")
	if !ok || !isHex(digits, 40) {
		return address{}, errNotMine
	}
	lower := strings.ToLower(digits)
	confidence := 0.95
	if digits != lower && digits != strings.ToUpper(digits) {
		if digits != eip55(lower) {
			return address{chain: "evm", text: "0x" + lower, confidence: 0.3, note: "the checksum in its capital letters (EIP-55) does not hold: a character is wrong"}, nil
		}
		confidence = 1
	}
	return address{chain: "evm", text: "0x" + lower, confidence: confidence}, nil
}

// eip55 writes lower-case digits with the case that carries their checksum.
func eip55(lower string) string {
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte(lower))
	sum := hex.EncodeToString(h.Sum(nil))
	out := []byte(lower)
	for i, c := range out {
		if c >= 'a' && sum[i] >= '8' {
			out[i] = c - 'a' + 'A'
		}
	}
	return string(out)
}
