package identify

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"github.com/btcsuite/btcd/btcutil/base58"
)

// A base58Version tells what a version prefix means in base58check. Prefixes
// that two chains share belong to the older one; a hint moves them (onChain).
type base58Version struct {
	prefix  []byte
	chain   string
	payload int
}

const testNetwork = "-testnet" // suffix of chains whose coins are worth nothing

var base58Versions = []base58Version{
	{[]byte{0x00}, "bitcoin", 20},
	{[]byte{0x05}, "bitcoin", 20},
	{[]byte{0x6f}, "bitcoin" + testNetwork, 20},
	{[]byte{0xc4}, "bitcoin" + testNetwork, 20},
	{[]byte{0x30}, "litecoin", 20},
	{[]byte{0x32}, "litecoin", 20},
	{[]byte{0x3a}, "litecoin" + testNetwork, 20},
	{[]byte{0x1e}, "dogecoin", 20},
	{[]byte{0x16}, "dogecoin", 20},
	{[]byte{0x71}, "dogecoin" + testNetwork, 20},
	{[]byte{0x4c}, "dash", 20},
	{[]byte{0x10}, "dash", 20},
	{[]byte{0x8c}, "dash" + testNetwork, 20},
	{[]byte{0x13}, "dash" + testNetwork, 20},
	{[]byte{0x26}, "bitcoin-gold", 20},
	{[]byte{0x17}, "bitcoin-gold", 20},
	{[]byte{0x41}, "tron", 20},
	{[]byte{0x1c, 0xb8}, "zcash", 20},
	{[]byte{0x1c, 0xbd}, "zcash", 20},
	{[]byte{0x1d, 0x25}, "zcash" + testNetwork, 20},
	{[]byte{0x1c, 0xba}, "zcash" + testNetwork, 20},
	{[]byte{6, 161, 159}, "tezos", 20}, // tz1
	{[]byte{6, 161, 161}, "tezos", 20}, // tz2
	{[]byte{6, 161, 164}, "tezos", 20}, // tz3
	{[]byte{6, 161, 166}, "tezos", 20}, // tz4
	{[]byte{2, 90, 121}, "tezos", 20},  // KT1
}

// readBase58Check reads the family of Bitcoin's first address form: a version
// prefix, a 20-byte hash, four bytes of double SHA-256 (BIP-13).
func readBase58Check(s string) (address, error) {
	if len(s) < 25 || len(s) > 37 {
		return address{}, errNotMine
	}
	raw := base58.Decode(s)
	if len(raw) < 25 || len(raw) > 27 {
		return address{}, errNotMine
	}
	body, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	for _, v := range base58Versions {
		if len(body) != len(v.prefix)+v.payload || !bytes.HasPrefix(body, v.prefix) {
			continue
		}
		if !bytes.Equal(doubleSHA256(body)[:4], sum) {
			return address{}, ErrChecksum
		}
		a := onNetwork(v.chain, s)
		if len(v.prefix) == 1 && v.prefix[0] == 0x1e {
			a.note = "Verge has addresses of the same form"
		}
		return a, nil
	}
	return address{}, errNotMine
}

// onNetwork returns a verified address its confidence: coins of test networks are
// worth nothing, so their addresses are shown and never matched.
func onNetwork(chain, text string) address {
	if strings.HasSuffix(chain, testNetwork) {
		return address{chain: chain, text: text, confidence: 0.3, note: "test network"}
	}
	return address{chain: chain, text: text, confidence: 1}
}

// onChain moves an address to the hinted chain where its form is shared. The
// text is rewritten to the form that is that chain's own.
func onChain(a address, s, hint string) address {
	if hint == "" || hint == strings.TrimSuffix(a.chain, testNetwork) {
		return a
	}
	test := strings.HasSuffix(a.chain, testNetwork)
	if strings.TrimSuffix(a.chain, testNetwork) != "bitcoin" || strings.Contains(s, "1q") || len(s) > 36 {
		return a
	}
	raw := base58.Decode(s)
	if len(raw) != 25 {
		return a
	}
	version, hash := raw[0], raw[1:21]
	script := version == 0x05 || version == 0xc4
	switch hint {
	case "bitcoin-cash":
		a.chain, a.text = "bitcoin-cash", cashAddr(hash, script, test)
		if test {
			a.chain += testNetwork
		}
	case "bitcoin-sv":
		a.chain = "bitcoin-sv"
		if test {
			a.chain += testNetwork
		}
	case "litecoin":
		switch {
		case script && test:
			a.chain, a.text = "litecoin"+testNetwork, base58.CheckEncode(hash, 0x3a)
		case script:
			a.chain, a.text = "litecoin", base58.CheckEncode(hash, 0x32)
		case test:
			a.chain = "litecoin" + testNetwork
		}
	case "dogecoin":
		if test {
			a.chain = "dogecoin" + testNetwork
		}
	}
	return a
}

func doubleSHA256(b []byte) []byte {
	first := sha256.Sum256(b)
	second := sha256.Sum256(first[:])
	return second[:]
}

const (
	bitcoinAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	xrpAlphabet     = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
)

// readXRP reads a classic account id: XRPL's own alphabet, version 0.
func readXRP(s string) (address, error) {
	if len(s) < 25 || len(s) > 35 || s[0] != 'r' {
		return address{}, errNotMine
	}
	var b strings.Builder
	for i := range len(s) {
		at := strings.IndexByte(xrpAlphabet, s[i])
		if at < 0 {
			return address{}, errNotMine
		}
		b.WriteByte(bitcoinAlphabet[at])
	}
	raw := base58.Decode(b.String())
	if len(raw) != 25 || raw[0] != 0 {
		return address{}, ErrChecksum
	}
	if !bytes.Equal(doubleSHA256(raw[:21])[:4], raw[21:]) {
		return address{}, ErrChecksum
	}
	return onNetwork("xrp", s), nil
}

// readSolana takes any 32 bytes in base58. The form has no checksum and no
// prefix, so that a random string of the right length can pass: the confidence
// says so.
func readSolana(s string) (address, error) {
	if len(s) < 32 || len(s) > 44 {
		return address{}, errNotMine
	}
	if raw := base58.Decode(s); len(raw) != 32 {
		return address{}, errNotMine
	}
	return address{chain: "solana", text: s, confidence: 0.6, note: "solana's form has no checksum"}, nil
}
