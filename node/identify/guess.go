package identify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

// guesses lists the kinds that Guess tries, with what the shape alone is worth:
// 64 hexadecimal digits are a SHA-256 more often than a PDQ hash. Kinds whose
// shape says nothing (documents, plates) are never guessed.
var guesses = []struct {
	kind  casework.Kind
	worth float64
	shape func(string) bool
}{
	{casework.Onion, 1, func(s string) bool { return strings.Contains(strings.ToLower(s), ".onion") }},
	{casework.Handle, 1, handleShape},
	{casework.Email, 1, func(s string) bool { return strings.Contains(s, "@") && strings.Contains(s, ".") }},
	{casework.Wallet, 1, WalletLike},
	{casework.Bank, 1, func(s string) bool { return len(s) >= 15 && len(s) <= 48 && !chars.AllDigits(s[:2]) }},
	{casework.URL, 0.95, urlShape},
	{casework.MD5, 0.9, hexShape(32)},
	{casework.SHA1, 0.9, hexShape(40)},
	{casework.SHA256, 0.9, hexShape(64)},
	{casework.PGP, 0.7, func(s string) bool {
		n := len(chars.Compact(s, ":-"))
		return n >= 40 && n <= 80 && !strings.HasPrefix(strings.ToLower(s), "0x") // a wallet or a transaction
	}},
	{casework.PDQ, 0.6, hexShape(64)},
	{casework.MAC, 1, func(s string) bool { return strings.ContainsAny(s, ":-.") && len(s) <= 17 }},
	{casework.IP, 1, func(s string) bool { return strings.ContainsAny(s, ".:") }}, // a range is told by readIP
	{casework.Phone, 0.95, phoneShape},
	{casework.IMEI, 0.7, func(s string) bool { return deviceShape(s) && !strings.Contains(s, "+") }},
	{casework.IMSI, 0.5, func(s string) bool { return deviceShape(s) && chars.AllDigits(chars.Compact(s, "")) }},
	{casework.Domain, 0.9, func(s string) bool { return strings.Contains(s, ".") && !strings.ContainsAny(s, "/@ ") }},
	{casework.PhotoDNA, 0.9, func(s string) bool { return len(s) >= 192 }},
}

// deviceShape leaves out what begins like an international call: 00 and a country
// code is a telephone number of somebody who dials so, far more often than a device.
func deviceShape(s string) bool { return countDigits(s) >= 14 && !strings.HasPrefix(s, "00") }

// Guess tries every kind that can be told by its shape and returns what holds,
// best first. With a kind in the hint it tries that one alone.
func Guess(value string, h Hint) ([]Result, error) {
	if h.Kind != "" {
		r, err := Canonical(value, h)
		if err != nil {
			return nil, err
		}
		return []Result{r}, nil
	}
	forms, err := guess(value, h)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(forms))
	for i, f := range forms {
		results[i] = f.result()
	}
	return results, nil
}

func guess(value string, h Hint) ([]form, error) {
	s, err := tidy(value)
	if err != nil {
		return nil, err
	}
	var found []form
	why := fmt.Errorf("nothing that is known has this form: %w", ErrNotIdentifier)
	if strings.ContainsAny(s, ":/@") {
		if f, ok, err := link(s, h); ok && err == nil {
			return []form{f}, nil
		} else if ok {
			return nil, err
		}
	}
	for _, g := range guesses {
		if !g.shape(s) {
			continue
		}
		f, err := readers[g.kind](s, h)
		if err != nil {
			if telling(err) && !telling(why) {
				why = err
			}
			continue
		}
		f.kind = g.kind
		f.confidence *= g.worth
		if g.kind == casework.Domain && fileName(f.value) {
			f.confidence = 0.4
			f.assumed = append(f.assumed, "it may be the name of a file")
		}
		found = append(found, f)
	}
	if len(found) == 0 {
		return nil, why
	}
	slices.SortStableFunc(found, func(a, b form) int {
		switch {
		case a.confidence > b.confidence:
			return -1
		case a.confidence < b.confidence:
			return 1
		}
		return 0
	})
	return found, nil
}

// telling says whether an error helps the person who typed the value more than
// "unknown" does.
func telling(err error) bool {
	return errors.Is(err, ErrChecksum) || errors.Is(err, ErrRegionNeeded) ||
		errors.Is(err, ErrPlatformNeeded) || errors.Is(err, ErrUnsupported)
}

func hexShape(n int) func(string) bool {
	return func(s string) bool {
		if at := strings.LastIndexByte(s, ':'); at >= 0 {
			s = s[at+1:]
		}
		return isHex(s, n)
	}
}

func handleShape(s string) bool {
	if strings.HasPrefix(s, "@") && !strings.Contains(s, ".") {
		return true
	}
	before, _, ok := strings.Cut(s, ":")
	return ok && platforms[strings.ToLower(before)] != ""
}

// WalletLike reports whether a value is long enough for an address of a wallet, and no hash.
func WalletLike(s string) bool {
	_, rest, ok := strings.Cut(s, ":")
	if !ok {
		rest = s
	}
	return len(rest) >= 25 && !strings.ContainsAny(rest, " .@") && !isHex(rest, 32) && !isHex(rest, 40) && !isHex(rest, 64)
}

func urlShape(s string) bool {
	return (strings.Contains(s, "://") || strings.Contains(s, "/") && strings.Contains(s, ".")) && !strings.Contains(s, " ")
}

func phoneShape(s string) bool {
	s = plainDigits(s)
	if rest, ok := cutPrefixFold(s, "tel:"); ok {
		s = rest
	}
	if n := countDigits(s); n < 5 || n > 25 {
		return false
	}
	for _, r := range s {
		if !(r >= '0' && r <= '9' || strings.ContainsRune("+-–—‑ ()/.~*,;=extEXT#:", r)) {
			return false
		}
	}
	return true
}

// fileName reports whether a host is named like a file: two labels, the last of which is
// an ending of files too.
func fileName(host string) bool {
	name, ending, ok := strings.Cut(host, ".")
	return ok && name != "www" && fileEndings[ending]
}

// fileEndings are top-level domains that are endings of files' names too.
var fileEndings = words("zip sh py md rs pl ps ai mov so cc ml app cab java mk pm vi do")
