package identify

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
)

// A webURL is an http or https URL taken apart as the WHATWG URL standard does
// (section 4.4): what a browser would open, not what RFC 3986 would allow.
type webURL struct {
	scheme, host string
	port         string // empty for the scheme's own
	path, query  string
	hasQuery     bool
	fragment     string
}

var errWeb = fmt.Errorf("not a web address: %w", ErrNotIdentifier)

// parseWeb parses an absolute URL. Without a scheme it reads as one would type
// it in an address bar.
func parseWeb(s string) (webURL, error) {
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }))
	u := webURL{scheme: "https"}
	if scheme, rest, ok := cutScheme(s); ok {
		if scheme != "http" && scheme != "https" {
			return webURL{}, fmt.Errorf("scheme is not http or https: %w", ErrUnsupported)
		}
		u.scheme, s = scheme, rest
	}
	s = strings.TrimLeft(s, `/\`)
	s, u.fragment, _ = strings.Cut(s, "#")
	end := strings.IndexAny(s, `/\?`)
	if end < 0 {
		end = len(s)
	}
	authority, rest := s[:end], s[end:]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	if err := u.setHost(authority); err != nil {
		return webURL{}, err
	}
	path := rest
	if at := strings.IndexByte(rest, '?'); at >= 0 {
		path, u.query, u.hasQuery = rest[:at], encode(rest[at+1:], queryEscapes), true
	}
	u.path = cleanPath(path)
	return u, nil
}

// cutScheme cuts "name:". A name followed by a port is a host.
func cutScheme(s string) (scheme, rest string, ok bool) {
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		case i > 0 && s[i] == ':':
			name := strings.ToLower(s[:i])
			web := name == "http" || name == "https"
			after := s[i+1:]
			if !web && !dialling[name] && chainNames[name] == "" && (strings.Contains(name, ".") || after != "" && after[0] >= '0' && after[0] <= '9') {
				return "", "", false
			}
			return name, after, true
		default:
			return "", "", false
		}
	}
	return "", "", false
}

// dialling are the schemes that digits follow, and no port.
var dialling = words("tel sms smsto callto facetime facetime-audio")

func (u *webURL) setHost(authority string) error {
	host, port := authority, ""
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 || end+1 < len(authority) && authority[end+1] != ':' {
			return errWeb
		}
		host = authority[:end+1]
		port = strings.TrimPrefix(authority[end+1:], ":")
	} else if at := strings.IndexByte(authority, ':'); at >= 0 {
		host, port = authority[:at], authority[at+1:]
	}
	if port != "" {
		if !chars.AllDigits(port) {
			return errWeb
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return fmt.Errorf("port: %w", errWeb)
		}
		if !(u.scheme == "http" && n == 80) && !(u.scheme == "https" && n == 443) {
			u.port = strconv.FormatUint(n, 10)
		}
	}
	name, err := webHost(host)
	if err != nil {
		return err
	}
	u.host = name
	return nil
}

// webHost is the standard's host parser for special schemes.
func webHost(host string) (string, error) {
	if strings.HasPrefix(host, "[") {
		a, ok := plainAddress(host)
		if !ok || !a.Is6() {
			return "", errWeb
		}
		return "[" + formatIPv6(a) + "]", nil
	}
	host = unescape(host)
	if !utf8.ValidString(host) {
		return "", errWeb
	}
	ascii, err := domainToASCII(host)
	if err != nil {
		return "", err
	}
	if endsInNumber(ascii) {
		return webIPv4(ascii)
	}
	return ascii, nil
}

// formatIPv6 writes no IPv4 part, as the standard wants it and RFC 5952 does not.
func formatIPv6(a netip.Addr) string {
	if !a.Is4In6() {
		return a.String()
	}
	b := a.As16()
	return fmt.Sprintf("::ffff:%x:%x", uint16(b[12])<<8|uint16(b[13]), uint16(b[14])<<8|uint16(b[15]))
}

func endsInNumber(host string) bool {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	if last == "" && len(labels) > 1 {
		last = labels[len(labels)-2]
	}
	if chars.AllDigits(last) {
		return true
	}
	rest, ok := cutPrefixFold(last, "0x")
	return ok && isHex(rest, len(rest))
}

// webIPv4 reads the forms that browsers read: one to four numbers, each
// decimal, octal or hexadecimal, the last filling what is left.
func webIPv4(host string) (string, error) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return "", errWeb
	}
	var v uint64
	for i, p := range parts {
		n, err := ipv4Number(p)
		if err != nil {
			return "", errWeb
		}
		if i == len(parts)-1 {
			if n >= 1<<(8*(5-len(parts))) {
				return "", errWeb
			}
			v |= n
		} else {
			if n > 255 {
				return "", errWeb
			}
			v |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).String(), nil
}

func ipv4Number(s string) (uint64, error) {
	base := 10
	if rest, ok := cutPrefixFold(s, "0x"); ok {
		if rest == "" {
			return 0, nil
		}
		s, base = rest, 16
	} else if len(s) > 1 && s[0] == '0' {
		s, base = s[1:], 8
	}
	if s == "" || s[0] == '+' || s[0] == '-' || strings.Contains(s, "_") {
		return 0, errWeb
	}
	n, err := strconv.ParseUint(s, base, 33)
	if err != nil {
		return 0, fmt.Errorf("number in an address: %w", errWeb)
	}
	return n, nil
}

// cleanPath resolves dot segments and escapes what the standard escapes.
func cleanPath(path string) string {
	path = strings.ReplaceAll(path, `\`, "/")
	if path == "" {
		return "/"
	}
	in := strings.Split(path[1:], "/")
	out := make([]string, 0, len(in))
	for i, segment := range in {
		last := i == len(in)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".":
			if last {
				out = append(out, "")
			}
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, encode(segment, pathEscapes))
		}
	}
	return "/" + strings.Join(out, "/")
}

const (
	queryEscapes = " \"#<>'"
	pathEscapes  = " \"#<>?^`{}"
)

// encode escapes controls, everything beyond ASCII and the given characters;
// escapes that are there stay.
func encode(s, escapes string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= 0x1f || c >= 0x7f || strings.IndexByte(escapes, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescape replaces the escapes that are well formed.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1:i+3], 2) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(n))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
