package warninglist

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// Failures to read a list.
var (
	ErrList    = errors.New("not a warning list")
	ErrTooMany = errors.New("a warning list with too many entries")
)

// MaxEntries is the number of entries that a list may have.
const MaxEntries = 5_000_000

// A List is one warning list.
type List struct {
	Name        string
	Description string
	Version     string

	kinds []casework.Kind // that it is about; none means all
	match func(kind casework.Kind, value string) bool
}

// Parse reads a list in MISP's warning-list format.
func Parse(data []byte) (*List, error) {
	var raw struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Version     json.RawMessage `json:"version"`
		Type        string          `json:"type"`
		Matching    []string        `json:"matching_attributes"`
		List        []string        `json:"list"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	switch {
	case raw.Name == "":
		return nil, fmt.Errorf("%w: it has no name", ErrList)
	case len(raw.List) > MaxEntries:
		return nil, fmt.Errorf("%w: %d", ErrTooMany, len(raw.List))
	}
	l := &List{
		Name: raw.Name, Description: raw.Description, Version: strings.Trim(string(raw.Version), `"`),
		kinds: kindsOf(raw.Matching),
	}
	if len(raw.Matching) > 0 && len(l.kinds) == 0 {
		l.match = func(casework.Kind, string) bool { return false } // about things that are no identifiers here
		return l, nil
	}
	build, ok := builders[raw.Type]
	if !ok {
		return nil, fmt.Errorf("%w: type %q; they are string, substring, hostname, cidr and regex", ErrList, raw.Type)
	}
	match, err := build(raw.List)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrList, raw.Name, err)
	}
	l.match = match
	return l, nil
}

// Matches reports whether a canonical value of a kind is on the list.
func (l *List) Matches(kind casework.Kind, value string) bool {
	return (len(l.kinds) == 0 || slices.Contains(l.kinds, kind)) && l.match(kind, value)
}

type matcher = func(kind casework.Kind, value string) bool

var builders = map[string]func(entries []string) (matcher, error){
	"string":    buildString,
	"substring": buildSubstring,
	"hostname":  buildHostname,
	"cidr":      buildCIDR,
	"regex":     buildRegex,
}

func buildString(entries []string) (matcher, error) {
	set := make(map[string]bool, len(entries))
	for _, e := range entries {
		set[plain(e)] = true
	}
	return func(_ casework.Kind, value string) bool {
		value = strings.TrimSuffix(strings.ToLower(value), "/")
		if set[value] {
			return true
		}
		_, bare, found := strings.Cut(value, ":") // chain:address, platform:name
		return found && set[bare]
	}, nil
}

func buildSubstring(entries []string) (matcher, error) {
	var parts []string
	for _, e := range entries {
		if p := plain(e); p != "" {
			parts = append(parts, p)
		}
	}
	return func(_ casework.Kind, value string) bool {
		value = strings.ToLower(value)
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(value, p) })
	}, nil
}

func buildHostname(entries []string) (matcher, error) {
	hosts := make(map[string]bool, len(entries))
	for _, e := range entries {
		host, _, _ := strings.Cut(plain(e), "/")
		hosts[strings.Trim(host, ".")] = true
	}
	delete(hosts, "")
	return func(kind casework.Kind, value string) bool {
		for host := hostOf(kind, value); host != ""; {
			if hosts[host] {
				return true
			}
			_, host, _ = strings.Cut(host, ".")
		}
		return false
	}, nil
}

func buildCIDR(entries []string) (matcher, error) {
	var prefixes []netip.Prefix
	for i, e := range entries {
		p, err := netip.ParsePrefix(e)
		if addr, addrErr := netip.ParseAddr(e); addrErr == nil {
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d is no range of addresses", i+1)
		}
		prefixes = append(prefixes, p.Masked())
	}
	return func(kind casework.Kind, value string) bool {
		addr, ok := addrOf(kind, value)
		return ok && slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
	}, nil
}

func buildRegex(entries []string) (matcher, error) {
	type expression struct {
		*regexp.Regexp
		begins string // what every value that it matches begins with, if it says so
	}
	var all []expression
	for i, e := range entries {
		// PHP's form, /expression/flags, or the bare expression
		if rest, ok := strings.CutPrefix(e, "/"); ok {
			if at := strings.LastIndexByte(rest, '/'); at >= 0 {
				flags := strings.Map(func(r rune) rune {
					if strings.ContainsRune("ims", r) {
						return r
					}
					return -1
				}, rest[at+1:])
				e = rest[:at]
				if flags != "" {
					e = "(?" + flags + ")" + e
				}
			}
		}
		re, err := regexp.Compile(strings.ReplaceAll(e, `\/`, "/"))
		if err != nil {
			return nil, fmt.Errorf("entry %d is no regular expression of RE2", i+1)
		}
		x := expression{Regexp: re}
		if strings.HasPrefix(re.String(), "^") {
			x.begins, _ = re.LiteralPrefix()
		}
		all = append(all, x)
	}
	return func(_ casework.Kind, value string) bool {
		return slices.ContainsFunc(all, func(x expression) bool { return strings.HasPrefix(value, x.begins) && x.MatchString(value) })
	}, nil
}

// plain makes an entry comparable with a canonical value: lower-case, without
// the scheme that a canonical URL has not.
func plain(e string) string {
	e = strings.ToLower(strings.TrimSpace(e))
	for _, scheme := range []string{"http://", "https://", "//"} {
		e = strings.TrimPrefix(e, scheme)
	}
	return strings.TrimSuffix(e, "/")
}

// hostOf returns the host that a canonical value holds.
func hostOf(kind casework.Kind, value string) string {
	switch kind {
	case casework.Email:
		return value[strings.LastIndexByte(value, '@')+1:]
	case casework.URL, casework.Domain, casework.Onion:
		host, _, _ := strings.Cut(value, "/")
		host, _, _ = strings.Cut(host, "?")
		host, _, _ = strings.Cut(host, ":")
		return host
	}
	return ""
}

// addrOf returns the address that a canonical value holds.
func addrOf(kind casework.Kind, value string) (netip.Addr, bool) {
	if kind != casework.IP {
		value = hostOf(kind, value)
	}
	value, _, _ = strings.Cut(value, "@") // the hour
	if at, err := netip.ParseAddrPort(value); err == nil {
		return at.Addr().Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(value, "[]"))
	return addr.Unmap(), err == nil
}

// kindsOf returns the kinds that MISP attribute types stand for.
func kindsOf(types []string) []casework.Kind {
	var kinds []casework.Kind
	for _, t := range types {
		for part := range strings.SplitSeq(t, "|") {
			for _, k := range typeKinds[part] {
				if !slices.Contains(kinds, k) {
					kinds = append(kinds, k)
				}
			}
		}
	}
	return kinds
}

var typeKinds = map[string][]casework.Kind{
	"md5": {casework.MD5}, "sha1": {casework.SHA1}, "sha256": {casework.SHA256}, "pdq": {casework.PDQ},
	"phone-number": {casework.Phone}, "whatsapp": {casework.Phone},
	"email": {casework.Email}, "email-src": {casework.Email}, "email-dst": {casework.Email},
	"url": {casework.URL}, "uri": {casework.URL}, "link": {casework.URL},
	"domain": {casework.Domain, casework.Onion}, "hostname": {casework.Domain, casework.Onion},
	"ip": {casework.IP}, "ip-src": {casework.IP}, "ip-dst": {casework.IP},
	"btc": {casework.Wallet}, "xmr": {casework.Wallet}, "dash": {casework.Wallet}, "coin-address": {casework.Wallet},
	"iban": {casework.Bank}, "mac-address": {casework.MAC},
}
