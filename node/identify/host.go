package identify

import (
	"encoding/base32"
	"fmt"
	"net/netip"
	"strings"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"golang.org/x/crypto/sha3"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// webHosts is UTS 46 as browsers apply it: non-transitional, hyphens and ASCII
// characters left alone, joiners and direction checked.
var webHosts = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
	idna.CheckJoiners(true),
	idna.BidiRule(),
	idna.VerifyDNSLength(false),
)

// newerMappings are those of UTS 46 for Unicode 15.1 and 16 that the tables of
// x/net/idna do not have yet.
var newerMappings = strings.NewReplacer("\u1e9e", "\u00df", "\u04c0", "\u04cf", "\u2183", "\u2184", "\u2132", "\u214e")

// forbiddenHost lists what the URL standard forbids in a domain, besides
// controls.
const forbiddenHost = " #/:<>?@[\\]^|%\x7f"

// domainToASCII maps a host as the WHATWG URL standard does (section 3.3).
func domainToASCII(host string) (string, error) {
	ascii := strings.ToLower(host)
	if !chars.IsASCII(host) {
		var err error
		if ascii, err = webHosts.ToASCII(newerMappings.Replace(host)); err != nil {
			return "", fmt.Errorf("host is not a valid international name: %w", ErrNotIdentifier)
		}
	}
	if ascii == "" || strings.ContainsAny(ascii, forbiddenHost) {
		return "", fmt.Errorf("host is empty or has a character that hosts do not have: %w", ErrNotIdentifier)
	}
	for i := range len(ascii) {
		if ascii[i] < ' ' {
			return "", fmt.Errorf("host has a control character: %w", ErrNotIdentifier)
		}
	}
	return ascii, nil
}

// hostName returns a name that the DNS could hold: two labels or more of letters,
// digits and hyphens, the last not a number.
func hostName(host string) (string, error) {
	host = strings.TrimSuffix(strings.TrimSpace(host), ".")
	ascii, err := domainToASCII(host)
	if err != nil {
		return "", err
	}
	if len(ascii) > 253 {
		return "", fmt.Errorf("host is longer than 253 bytes: %w", ErrNotIdentifier)
	}
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 {
		return "", fmt.Errorf("host has one label only: %w", ErrNotIdentifier)
	}
	for _, label := range labels {
		if !dnsLabel(label) {
			return "", fmt.Errorf("host has a label that the DNS does not allow: %w", ErrNotIdentifier)
		}
	}
	if last := labels[len(labels)-1]; !topLevel(last) {
		return "", fmt.Errorf("host does not end in a top-level domain: %w", ErrNotIdentifier)
	}
	return ascii, nil
}

// documentation are top-level domains that stand in examples and tests (RFC 2606, RFC
// 6761), and those of services outside of the DNS.
var documentation = map[string]bool{"example": true, "test": true, "invalid": true, "localhost": true, "onion": true, "i2p": true, "bit": true, "eth": true}

// topLevel reports whether a label, in ASCII, is a top-level domain: on the public suffix
// list, or kept for documentation.
func topLevel(label string) bool {
	_, icann := publicsuffix.PublicSuffix(label)
	return icann || documentation[label]
}

func dnsLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// readDomain reads a name, or takes the host out of a URL. A name alone is
// weaker than an address under it: a site has many users.
func readDomain(s string, _ Hint) (form, error) {
	if strings.ContainsAny(s, "/@") {
		host, err := urlHost(s)
		if err != nil {
			return form{}, err
		}
		s = host
	}
	name, err := hostName(s)
	if err != nil {
		return form{}, err
	}
	if strings.HasSuffix(name, ".onion") {
		return form{}, fmt.Errorf("an onion service, which is a kind of its own: %w", ErrNotIdentifier)
	}
	return form{value: name, confidence: 1}, nil
}

var onionEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// readOnion reads a version 3 onion service out of its name or a URL: 32 bytes
// of key, two of SHA3-256, the version (Tor rend-spec-v3). Names below the
// service are the same service.
func readOnion(s string, _ Hint) (form, error) {
	if strings.ContainsAny(s, "/:") {
		host, err := urlHost(s)
		if err != nil {
			return form{}, err
		}
		s = host
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	name, ok := strings.CutSuffix(s, ".onion")
	if !ok {
		if len(s) != 56 {
			return form{}, fmt.Errorf("no onion service: %w", ErrNotIdentifier)
		}
		name = s
	}
	name = name[strings.LastIndexByte(name, '.')+1:]
	if len(name) == 16 {
		return form{}, fmt.Errorf("a version 2 onion service, retired in 2021: %w", ErrUnsupported)
	}
	raw, err := onionEncoding.DecodeString(strings.ToUpper(name))
	if err != nil || len(raw) != 35 {
		return form{}, fmt.Errorf("no onion service: %w", ErrNotIdentifier)
	}
	if raw[34] != 3 {
		return form{}, fmt.Errorf("onion service of a version other than 3: %w", ErrChecksum)
	}
	sum := sha3.Sum256(append([]byte(".onion checksum"), append(raw[:32:32], 3)...))
	if sum[0] != raw[32] || sum[1] != raw[33] {
		return form{}, fmt.Errorf("onion service: %w", ErrChecksum)
	}
	return form{value: name + ".onion", confidence: 1}, nil
}

// urlHost returns the host of a URL, or of what would be one with a scheme.
func urlHost(s string) (string, error) {
	u, err := parseWeb(s)
	if err != nil {
		return "", err
	}
	return u.host, nil
}

// plainAddress reads an IP address in a host's place, in brackets or not.
func plainAddress(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a, err == nil && a.Zone() == ""
}
