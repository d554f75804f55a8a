package identify

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"

	"golang.org/x/crypto/sha3"
)

// moneroBlock returns the encoded length of 0 to 8 bytes in CryptoNote's base58,
// which encodes blocks of eight bytes one by one.
var moneroBlock = [9]int{0, 2, 3, 5, 6, 7, 9, 10, 11}

// readMonero reads standard, sub- and integrated addresses. An integrated
// address holds a standard address and a payment id: the standard one is its
// second key, since the same person is behind it.
func readMonero(s string) (address, error) {
	if len(s) != 95 && len(s) != 106 || strings.IndexByte("4589ABR7", s[0]) < 0 {
		return address{}, errNotMine
	}
	raw, ok := decodeMonero(s)
	if !ok {
		return address{}, errNotMine
	}
	body, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	integrated := len(body) == 73
	chain := ""
	switch body[0] {
	case 18, 42:
		chain = "monero"
		if integrated {
			chain = ""
		}
	case 19:
		if integrated {
			chain = "monero"
		}
	case 53, 63, 24, 36:
		if !integrated {
			chain = "monero" + testNetwork
		}
	case 54, 25:
		if integrated {
			chain = "monero" + testNetwork
		}
	}
	if chain == "" {
		return address{}, errNotMine
	}
	if !bytes.Equal(keccak256(body)[:4], sum) {
		return address{}, ErrChecksum
	}
	a := onNetwork(chain, s)
	if integrated {
		standard := append([]byte{body[0] - 1}, body[1:65]...)
		a.second = encodeMonero(append(standard, keccak256(standard)[:4]...))
	}
	return a, nil
}

func keccak256(b []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	h.Write(b)
	return h.Sum(nil)
}

func decodeMonero(s string) ([]byte, bool) {
	var out []byte
	for len(s) > 0 {
		n := min(11, len(s))
		size := slices.Index(moneroBlock[:], n)
		if size < 1 {
			return nil, false
		}
		var v uint64
		for i := range n {
			at := strings.IndexByte(bitcoinAlphabet, s[i])
			if at < 0 {
				return nil, false
			}
			high, low := bits.Mul64(v, 58)
			sum, carry := bits.Add64(low, uint64(at), 0)
			if high+carry != 0 {
				return nil, false
			}
			v = sum
		}
		if size < 8 && v>>(8*size) != 0 {
			return nil, false
		}
		for i := size - 1; i >= 0; i-- {
			out = append(out, byte(v>>(8*i)))
		}
		s = s[n:]
	}
	return out, true
}

func encodeMonero(b []byte) string {
	var out []byte
	for len(b) > 0 {
		n := min(8, len(b))
		var v uint64
		for _, c := range b[:n] {
			v = v<<8 | uint64(c)
		}
		block := make([]byte, moneroBlock[n])
		for i := len(block) - 1; i >= 0; i-- {
			block[i] = bitcoinAlphabet[v%58]
			v /= 58
		}
		out = append(out, block...)
		b = b[n:]
	}
	return string(out)
}
