package identify

import (
	"bytes"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"

	"github.com/btcsuite/btcd/btcutil/base58"
	"golang.org/x/crypto/blake2b"
)

var unpadded32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// readStellar reads an account id of SEP-23: version byte, Ed25519 key, CRC-16.
func readStellar(s string) (address, error) {
	if len(s) != 56 || s[0] != 'G' {
		return address{}, errNotMine
	}
	raw, err := unpadded32.DecodeString(s)
	if err != nil || len(raw) != 35 || raw[0] != 6<<3 {
		return address{}, errNotMine
	}
	if crc16(raw[:33]) != binary.LittleEndian.Uint16(raw[33:]) {
		return address{}, ErrChecksum
	}
	return onNetwork("stellar", s), nil
}

// crc16 is CRC-16/XMODEM.
func crc16(b []byte) uint16 {
	var c uint16
	for _, x := range b {
		c ^= uint16(x) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
	}
	return c
}

// readAlgorand reads 32 bytes of key and the last four of their SHA-512/256.
func readAlgorand(s string) (address, error) {
	if len(s) != 58 {
		return address{}, errNotMine
	}
	raw, err := unpadded32.DecodeString(s)
	if err != nil || len(raw) != 36 || unpadded32.EncodeToString(raw) != s {
		return address{}, errNotMine
	}
	sum := sha512.Sum512_256(raw[:32])
	if !bytes.Equal(sum[28:], raw[32:]) {
		return address{}, ErrChecksum
	}
	return onNetwork("algorand", s), nil
}

// substratePrefix is the network-independent prefix of SS58: the same key shows
// as different text on each Polkadot-like chain, and is one holder.
const substratePrefix = 42

// readSS58 reads an account of a Polkadot-like chain and writes it with the
// generic prefix.
func readSS58(s string) (address, error) {
	if len(s) < 46 || len(s) > 50 {
		return address{}, errNotMine
	}
	raw := base58.Decode(s)
	prefix := 1
	if len(raw) > 0 && raw[0] >= 64 {
		prefix = 2
	}
	if len(raw) != prefix+34 || raw[0] > 127 {
		return address{}, errNotMine
	}
	if !bytes.Equal(ss58Sum(raw[:prefix+32]), raw[prefix+32:]) {
		return address{}, ErrChecksum
	}
	generic := append([]byte{substratePrefix}, raw[prefix:prefix+32]...)
	return onNetwork("substrate", base58.Encode(append(generic, ss58Sum(generic)...))), nil
}

func ss58Sum(b []byte) []byte {
	sum := blake2b.Sum512(append([]byte("SS58PRE"), b...))
	return sum[:2]
}

// readByron reads Cardano's first form: CBOR [tag 24 (bytes), CRC-32] in base58.
func readByron(s string) (address, error) {
	if len(s) < 50 || len(s) > 130 {
		return address{}, errNotMine
	}
	raw := base58.Decode(s)
	if len(raw) < 12 || raw[0] != 0x82 || raw[1] != 0xd8 || raw[2] != 0x18 || raw[3] != 0x58 {
		return address{}, errNotMine
	}
	end := 5 + int(raw[4])
	if len(raw) <= end {
		return address{}, ErrChecksum
	}
	var sum uint32
	switch rest := raw[end:]; {
	case rest[0] == 0x1a && len(rest) == 5:
		sum = binary.BigEndian.Uint32(rest[1:])
	case rest[0] == 0x19 && len(rest) == 3:
		sum = uint32(binary.BigEndian.Uint16(rest[1:]))
	case rest[0] == 0x18 && len(rest) == 2:
		sum = uint32(rest[1])
	default:
		return address{}, ErrChecksum
	}
	if crc32.ChecksumIEEE(raw[5:end]) != sum {
		return address{}, ErrChecksum
	}
	return onNetwork("cardano", s), nil
}
