package identify

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

func readMD5(s string, _ Hint) (form, error)    { return readDigest(s, "md5", 32) }
func readSHA1(s string, _ Hint) (form, error)   { return readDigest(s, "sha1", 40) }
func readSHA256(s string, _ Hint) (form, error) { return readDigest(s, "sha256", 64) }

// readED2K reads the hash of a file in the networks of eDonkey (MD4 over parts), which is
// no MD5 though it looks like one.
func readED2K(s string, _ Hint) (form, error) { return readDigest(s, "ed2k", 32) }

// readBTIH reads the hash of a torrent's description (BEP 3), in hexadecimal or in base32.
func readBTIH(s string, _ Hint) (form, error) {
	return readDigest(unBase32(s, 20), "btih", 40)
}

// unBase32 returns a hash that is written in base32 in hexadecimal, and anything else as
// it is.
func unBase32(s string, size int) string {
	if raw, err := base32.StdEncoding.DecodeString(strings.ToUpper(s)); err == nil && len(raw) == size {
		return hex.EncodeToString(raw)
	}
	return s
}

// Names under which links say which hash follows.
var namedHashes = map[string]casework.Kind{
	"btih": casework.BTIH, "ed2k": casework.ED2K, "ed2khash": casework.ED2K, "sha1": casework.SHA1, "md5": casework.MD5, "sha256": casework.SHA256, "sha-256": casework.SHA256,
}

// fileLink reads a link to a file in a network of peers: of eDonkey
// (ed2k://|file|NAME|SIZE|HASH|), or a magnet link (xt=urn:NAME:HASH). The name of the
// file in it is not taken.
func fileLink(scheme, rest string) (form, error) {
	if scheme == "ed2k" {
		parts := strings.Split(unescape(rest), "|")
		if len(parts) < 5 || parts[1] != "file" {
			return form{}, errShared
		}
		f, err := readED2K(parts[4], Hint{})
		return kinded(f, casework.ED2K), err
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(rest, "?"), "&") {
		name, value, _ := strings.Cut(part, "=")
		topic := strings.Split(unescape(value), ":")
		if !strings.HasPrefix(strings.ToLower(name), "xt") || len(topic) != 3 || !strings.EqualFold(topic[0], "urn") {
			continue
		}
		if f, err := namedHash(topic[1], topic[2]); err == nil {
			return f, nil
		}
	}
	return form{}, fmt.Errorf("a magnet link without a hash that is known: %w", ErrUnsupported)
}

// namedHash reads a hash whose kind is said.
func namedHash(name, value string) (form, error) {
	kind := namedHashes[strings.ToLower(name)]
	if kind == "" {
		return form{}, fmt.Errorf("a hash of a kind that is not known: %w", ErrUnsupported)
	}
	if kind == casework.SHA1 {
		value = unBase32(value, 20)
	}
	f, err := readers[kind](value, Hint{})
	return kinded(f, kind), err
}

// readDigest reads the hash of a file, in hexadecimal or in base64. That of an empty file is one like any
// other: it is in every collection of broken files, and a warning list is what
// keeps it from being matched.
func readDigest(s, name string, digits int) (form, error) {
	given := s
	s = strings.ToLower(s)
	for _, prefix := range []string{name + ":", "urn:" + name + ":", "sha-" + strings.TrimPrefix(name, "sha") + ":"} {
		s = strings.TrimPrefix(s, prefix)
	}
	s = chars.Compact(s, "")
	if raw, err := base64.StdEncoding.DecodeString(chars.Compact(given, "")); err == nil && len(raw) == digits/2 && !isHex(s, digits) {
		s = hex.EncodeToString(raw)
	}
	if !isHex(s, digits) {
		return form{}, fmt.Errorf("not %d hexadecimal digits: %w", digits, ErrNotIdentifier)
	}
	return form{value: s, confidence: 1}, nil
}

// degenerate bounds the bits set in a PDQ hash. Half of them are by
// construction; far from it the picture was one colour and the hash is of none.
const degenerate = 32

// readPDQ reads the 256-bit hash of a picture.
func readPDQ(s string, _ Hint) (form, error) {
	s = strings.TrimPrefix(strings.ToLower(s), "pdq:")
	if !isHex(s, 64) {
		return form{}, fmt.Errorf("not 64 hexadecimal digits: %w", ErrNotIdentifier)
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return form{}, fmt.Errorf("not hexadecimal: %w", ErrNotIdentifier)
	}
	set := 0
	for _, b := range raw {
		set += bits.OnesCount8(b)
	}
	if set < degenerate || set > 256-degenerate {
		return form{}, fmt.Errorf("hash of a picture without content: %w", ErrNotIdentifier)
	}
	return form{value: s, confidence: 1}, nil
}

const photoDNASize = 144

// readPhotoDNA takes the 144 bytes in the encodings in which they travel: hex,
// base64, or decimal bytes with commas. Nothing is computed from them.
func readPhotoDNA(s string, _ Hint) (form, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != photoDNASize {
		raw, err = base64.StdEncoding.DecodeString(s)
	}
	if err != nil || len(raw) != photoDNASize {
		raw = raw[:0]
		for part := range strings.SplitSeq(s, ",") {
			n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 8)
			if err != nil || len(raw) == photoDNASize {
				return form{}, fmt.Errorf("not %d bytes in hex, base64 or decimal: %w", photoDNASize, ErrNotIdentifier)
			}
			raw = append(raw, byte(n))
		}
	}
	if len(raw) != photoDNASize {
		return form{}, fmt.Errorf("not %d bytes: %w", photoDNASize, ErrNotIdentifier)
	}
	same := true
	for _, b := range raw {
		same = same && b == raw[0]
	}
	if same {
		return form{}, fmt.Errorf("hash of a picture without content: %w", ErrNotIdentifier)
	}
	return form{value: hex.EncodeToString(raw), confidence: 1}, nil
}

// readPGP reads a fingerprint of RFC 9580: 40 digits for version 4, 64 for 6.
// A key id is a part of one and is refused: anybody can make a key that has it.
func readPGP(s string, _ Hint) (form, error) {
	for _, prefix := range []string{"openpgp4fpr:", "fingerprint:", "pgp:", "0x"} {
		s, _ = cutPrefixFold(s, prefix)
	}
	s = strings.ToUpper(chars.Compact(s, ":-"))
	if isHex(s, 8) || isHex(s, 16) {
		return form{}, fmt.Errorf("a key id, which can be forged; the fingerprint is needed: %w", ErrUnsupported)
	}
	if !isHex(s, 40) && !isHex(s, 64) {
		return form{}, fmt.Errorf("not 40 or 64 hexadecimal digits: %w", ErrNotIdentifier)
	}
	return form{value: s, confidence: 1}, nil
}
