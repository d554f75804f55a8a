package identify

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// errShared is about an address that every user of a service has, since who it leads to
// stands in a part that servers do not see.
var errShared = fmt.Errorf("an address that leads to a person only by a part that cannot be read: %w", ErrUnsupported)

// errJID is about ids of WhatsApp that no number stands in.
var errJID = fmt.Errorf("an id of WhatsApp for a group, a list or a hidden account, which holds no number: %w", ErrUnsupported)

// jid is an id of WhatsApp: the account's number without its plus, perhaps a device.
var jid = regexp.MustCompile(`^(?:(\d{7,15})(?:[.:_]\d{1,3})*@(?:s\.whatsapp\.net|c\.us)|[^@\s]+@(?:g\.us|lid|broadcast|newsletter|s\.whatsapp\.net|c\.us))$`)

// link reads an address by what it leads to: the number in a chat's link, the name on a
// profile's page, the wallet of a payment link or an explorer's page, the onion service,
// else the page itself. It is the one way from an address to a kind, whatever the address
// stands in. ok is false for what is no address.
func link(s string, h Hint) (f form, ok bool, err error) {
	if strings.Contains(s, "@") {
		if m := jid.FindStringSubmatch(s); m != nil {
			if m[1] == "" {
				return form{}, true, errJID
			}
			return numberOf(m[1], "an id of WhatsApp")
		}
	}
	scheme, rest, has := cutScheme(s)
	if !has || scheme == "http" || scheme == "https" {
		if !has && !strings.Contains(s, "/") && !strings.HasSuffix(strings.ToLower(s), ".onion") || strings.ContainsAny(s, " \t\n") {
			return form{}, false, nil
		}
		return webLink(s, has)
	}
	return schemeLink(scheme, rest, s, h)
}

// schemeLink reads the addresses of programs.
func schemeLink(scheme, rest, s string, h Hint) (form, bool, error) {
	plain := strings.TrimPrefix(rest, "//")
	path, query, _ := strings.Cut(plain, "?")
	switch scheme {
	case "mailto":
		f, err := readEmail(unescape(path), h)
		return kinded(f, casework.Email), true, err
	case "tel", "sms", "smsto", "callto", "facetime", "facetime-audio":
		f, err := readPhone(unescape(strings.TrimPrefix(path, "//")), h)
		return kinded(f, casework.Phone), true, err
	case "whatsapp", "viber":
		for _, name := range []string{"phone", "number"} {
			if n := parameter(query, name); n != "" {
				return numberOf(n, "a chat's link")
			}
		}
		return form{}, true, errShared
	case "tg":
		if n := parameter(query, "phone"); n != "" {
			return numberOf(n, "a chat's link")
		}
		if name := parameter(query, "domain"); name != "" && NameOf("telegram", name) {
			f, err := handleForm("telegram", name)
			return kinded(f, casework.Handle), true, err
		}
		return form{}, true, errShared
	case "sgnl":
		if _, n, ok := strings.Cut(rest, "signal.me/#p/"); ok {
			return numberOf(n, "a chat's link")
		}
		return form{}, true, errShared
	case "skype":
		if !NameOf("skype", unescape(path)) {
			return form{}, true, errShared
		}
		f, err := handleForm("skype", unescape(path))
		return kinded(f, casework.Handle), true, err
	case "threema":
		if id := parameter(query, "id"); NameOf("threema", id) {
			f, err := handleForm("threema", id)
			return kinded(f, casework.Handle), true, err
		}
		return form{}, true, errShared
	case "xmpp":
		f, err := handleForm("jabber", path)
		return kinded(f, casework.Handle), true, err
	case "magnet", "ed2k":
		f, err := fileLink(scheme, rest)
		return f, true, err
	case "simplex":
		return form{}, true, errShared
	}
	if chainNames[scheme] != "" || scheme == "bitcoincash" || scheme == "bchtest" {
		// EIP-681: the number of the chain behind the address, a function, parameters
		address, _, _ := strings.Cut(s, "?")
		address, _, _ = strings.Cut(address, "@")
		f, err := readWallet(address, h)
		return kinded(f, casework.Wallet), true, err
	}
	return form{}, false, nil
}

func kinded(f form, kind casework.Kind) form {
	f.kind = kind
	return f
}

// numberOf reads a number that is written in full without its plus.
func numberOf(digits, where string) (form, bool, error) {
	f, err := parsePhone("+"+strings.TrimLeft(unescape(digits), "+ "), "")
	if err != nil {
		return form{}, true, err
	}
	f.confidence = 0.95
	f.assumed = append(f.assumed, "out of "+where)
	return kinded(f, casework.Phone), true, nil
}

// webLink reads an address of the web.
func webLink(s string, scheme bool) (form, bool, error) {
	u, err := parseWeb(s)
	if err != nil {
		return form{}, false, nil
	}
	host := strings.TrimPrefix(u.host, "www.")
	if !scheme && !strings.Contains(host, ".") {
		return form{}, false, nil
	}
	if strings.HasSuffix(host, ".onion") {
		f, err := readOnion(host, Hint{})
		return kinded(f, casework.Onion), true, err
	}
	path := unescape(u.path)
	if f, ok, err := chatLink(host, path, u); ok {
		return f, true, err
	}
	if f, ok := explorerLink(host, path, u); ok {
		return f, true, nil
	}
	if name, ok := strings.CutSuffix(host, ".t.me"); ok && NameOf("telegram", name) {
		f, err := handleForm("telegram", name)
		return kinded(f, casework.Handle), true, err
	}
	if s, ok := siteOf(u.host); ok {
		if platform, name, ok := s.profile(path, u.query); ok {
			f, err := handleForm(platform, name)
			return kinded(f, casework.Handle), true, err
		}
	}
	return form{}, false, nil
}

// profile returns the platform and the name that a page of a site is about.
func (s site) profile(path, query string) (platform, name string, ok bool) {
	if s.platform == "facebook" {
		// the number of an account stands in the query or behind its title
		switch parts := strings.Split(strings.Trim(path, "/"), "/"); {
		case parts[0] == "profile.php" && len(parts) == 1:
			id := parameter(query, "id")
			return s.platform, id, len(id) >= 5 && NameOf(s.platform, id)
		case parts[0] == "people" && len(parts) == 3:
			return s.platform, parts[2], len(parts[2]) >= 5 && isNumber(parts[2])
		}
	}
	if at := strings.Trim(path, "/"); s.platform == "x" && (at == "intent/user" || at == "intent/follow") {
		name = parameter(query, "screen_name")
		return s.platform, name, NameOf(s.platform, name)
	}
	name, ok = s.person(path)
	return s.platform, name, ok
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" && s != "" }

// chatLink reads the links that open a chat with somebody. Who it is stands in the path,
// in the query or in the fragment, which the canonical form of an address leaves out:
// where it cannot be read, the rest is the same for all users of the service and is no
// identifier.
func chatLink(host, path string, u webURL) (form, bool, error) {
	trimmed := strings.Trim(path, "/")
	switch host {
	case "wa.me", "whatsapp.com", "api.whatsapp.com", "web.whatsapp.com", "chat.whatsapp.com":
		if n := parameter(u.query, "phone"); n != "" {
			return numberOf(n, "a chat's link")
		}
		if n := strings.TrimLeft(trimmed, "+ "); host == "wa.me" && isNumber(n) {
			return numberOf(n, "a chat's link")
		}
	case "t.me", "telegram.me", "telegram.dog":
		if n, ok := strings.CutPrefix(trimmed, "+"); ok && isNumber(n) && len(n) >= 7 {
			return numberOf(n, "a chat's link")
		}
	case "signal.me":
		if n, ok := strings.CutPrefix(u.fragment, "p/"); ok {
			return numberOf(n, "a chat's link")
		}
		return form{}, true, errShared
	case "signal.group", "simplex.chat":
		if u.fragment != "" || trimmed == "contact" || trimmed == "invitation" {
			return form{}, true, errShared
		}
	case "matrix.to":
		if id := strings.TrimPrefix(unescape(u.fragment), "/"); strings.HasPrefix(id, "@") {
			id, _, _ = strings.Cut(id, "?")
			f, err := handleForm("matrix", id)
			return kinded(f, casework.Handle), true, err
		}
		return form{}, true, errShared
	case "web.telegram.org":
		name, ok := strings.CutPrefix(u.fragment, "@")
		if ok && NameOf("telegram", name) {
			f, err := handleForm("telegram", name)
			return kinded(f, casework.Handle), true, err
		}
		return form{}, true, errShared
	}
	return form{}, false, nil
}

// explorers are pages that show one wallet: the chain, and what stands before the address.
var explorers = map[string]struct{ chain, before string }{
	"etherscan.io": {"evm", "address/"}, "bscscan.com": {"evm", "address/"}, "polygonscan.com": {"evm", "address/"}, "arbiscan.io": {"evm", "address/"},
	"tronscan.org": {"tron", "address/"}, "tronscan.io": {"tron", "address/"},
	"mempool.space": {"bitcoin", "address/"}, "blockstream.info": {"bitcoin", "address/"},
	"blockchain.com": {"", "explorer/addresses/"}, "blockchain.info": {"bitcoin", "address/"}, "blockchair.com": {"", ""},
	"solscan.io": {"solana", "account/"}, "explorer.solana.com": {"solana", "address/"},
	"xrpscan.com": {"xrp", "account/"}, "dogechain.info": {"dogecoin", "address/"},
}

// explorerLink reads a page about one wallet.
func explorerLink(host, path string, u webURL) (form, bool) {
	e, ok := explorers[host]
	if !ok {
		return form{}, false
	}
	trimmed := strings.Trim(path, "/")
	if route, ok := strings.CutPrefix(u.fragment, "/"); ok {
		trimmed = strings.Trim(route, "/")
	}
	rest, ok := strings.CutPrefix(trimmed, e.before)
	if !ok {
		return form{}, false
	}
	address := rest
	if e.chain == "" { // blockchair.com/bitcoin/address/..., blockchain.com/explorer/addresses/btc/...
		parts := strings.Split(strings.Replace(rest, "/address/", "/", 1), "/")
		if len(parts) != 2 || chainNames[parts[0]] == "" {
			return form{}, false
		}
		e.chain, address = chainNames[parts[0]], parts[1]
	}
	f, err := readWallet(address, Hint{Chain: e.chain})
	if err != nil {
		return form{}, false
	}
	return kinded(f, casework.Wallet), true
}

// parameter returns the first value of a name in a query.
func parameter(query, name string) string {
	for part := range strings.SplitSeq(query, "&") {
		if n, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(n, name) {
			return unescape(v)
		}
	}
	return ""
}
