package identify

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// readEmail reads an address of RFC 5321 and RFC 6531, without quoted local
// parts and address literals, which nobody has.
func readEmail(s string, _ Hint) (form, error) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">"))
	if rest, ok := cutPrefixFold(s, "mailto:"); ok {
		s, _, _ = strings.Cut(rest, "?")
		s = strings.ReplaceAll(s, "%40", "@")
	}
	local, host, ok := strings.Cut(s, "@")
	if !ok {
		return form{}, fmt.Errorf("no @: %w", ErrNotIdentifier)
	}
	if strings.Contains(host, "@") {
		return form{}, fmt.Errorf("more than one @: %w", ErrNotIdentifier)
	}
	if strings.HasPrefix(local, `"`) {
		return form{}, fmt.Errorf("quoted local part: %w", ErrUnsupported)
	}
	local = strings.ToLower(local)
	if err := checkLocal(local); err != nil {
		return form{}, err
	}
	domain, err := hostName(host)
	if err != nil {
		return form{}, err
	}
	if len(local)+1+len(domain) > 254 {
		return form{}, fmt.Errorf("address is longer than 254 bytes: %w", ErrNotIdentifier)
	}
	f := form{value: local + "@" + domain, confidence: 1}
	f.keys = []string{mailbox(local, domain)}
	return f, nil
}

func checkLocal(local string) error {
	switch {
	case local == "" || len(local) > 64:
		return fmt.Errorf("local part is empty or longer than 64 bytes: %w", ErrNotIdentifier)
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return fmt.Errorf("local part has a misplaced dot: %w", ErrNotIdentifier)
	}
	for _, r := range local {
		if r < utf8.RuneSelf && !isAtext(byte(r)) && r != '.' {
			return fmt.Errorf("local part has a character that addresses do not have: %w", ErrNotIdentifier)
		}
		if r >= utf8.RuneSelf && plainRune(r) <= ' ' {
			return fmt.Errorf("local part has an invisible character: %w", ErrNotIdentifier)
		}
	}
	return nil
}

// isAtext is RFC 5322 atext.
func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// mailbox returns the address that an alias is delivered to, where the provider says
// in public which of its addresses are one; otherwise nothing. It is a second key,
// never the first.
func mailbox(local, domain string) string {
	plain, _, _ := strings.Cut(local, "+")
	switch domain {
	case "googlemail.com", "gmail.com":
		domain = "gmail.com"
		plain = strings.ReplaceAll(plain, ".", "")
	case "pm.me", "protonmail.com", "proton.me":
		domain = "proton.me"
		plain = strings.NewReplacer(".", "", "-", "", "_", "").Replace(plain)
	case "ya.ru", "yandex.com", "yandex.ru":
		domain = "yandex.ru"
		plain = strings.ReplaceAll(plain, ".", "-")
	case "outlook.com", "hotmail.com", "live.com", "icloud.com", "fastmail.com":
	default:
		return ""
	}
	if plain == "" {
		return ""
	}
	return plain + "@" + domain
}
