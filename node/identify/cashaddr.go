package identify

import (
	"strings"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

const cashCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// readCashAddr reads Bitcoin Cash's own form, with or without its prefix, which
// the checksum covers either way.
func readCashAddr(s string) (address, error) {
	lower := strings.ToLower(s)
	if lower != s && strings.ToUpper(s) != s {
		return address{}, errNotMine
	}
	if len(lower) != 42 || strings.IndexByte("qp", lower[0]) < 0 {
		return address{}, errNotMine
	}
	data := make([]byte, len(lower))
	for i := range len(lower) {
		at := strings.IndexByte(cashCharset, lower[i])
		if at < 0 {
			return address{}, errNotMine
		}
		data[i] = byte(at)
	}
	chain := ""
	switch {
	case cashPolymod("bitcoincash", data) == 0:
		chain = "bitcoin-cash"
	case cashPolymod("bchtest", data) == 0:
		chain = "bitcoin-cash" + testNetwork
	default:
		return address{}, ErrChecksum
	}
	raw, err := bech32.ConvertBits(data[:len(data)-8], 5, 8, false)
	if err != nil || len(raw) != 21 || raw[0]&0x87 != 0 || raw[0]>>3 > 1 {
		return address{}, ErrChecksum
	}
	return onNetwork(chain, lower), nil
}

// cashAddr writes a 20-byte hash as a cashaddr without prefix.
func cashAddr(hash []byte, script, test bool) string {
	version, prefix := byte(0), "bitcoincash"
	if script {
		version = 8
	}
	if test {
		prefix = "bchtest"
	}
	data, err := bech32.ConvertBits(append([]byte{version}, hash...), 8, 5, true)
	if err != nil {
		panic("a byte has more than eight bits: " + err.Error())
	}
	sum := cashPolymod(prefix, append(data, make([]byte, 8)...))
	for i := range 8 {
		data = append(data, byte(sum>>(5*(7-i)))&31)
	}
	text := make([]byte, len(data))
	for i, d := range data {
		text[i] = cashCharset[d]
	}
	return string(text)
}

// cashPolymod is the BCH code of the CashAddr specification.
func cashPolymod(prefix string, data []byte) uint64 {
	c := uint64(1)
	step := func(d byte) {
		top := byte(c >> 35)
		c = (c&0x07ffffffff)<<5 ^ uint64(d)
		for i, g := range [5]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470} {
			if top>>i&1 == 1 {
				c ^= g
			}
		}
	}
	for i := range len(prefix) {
		step(prefix[i] & 31)
	}
	step(0)
	for _, d := range data {
		step(d)
	}
	return c ^ 1
}
