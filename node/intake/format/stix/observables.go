package stix

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

var (
	errKind = errors.New("the kind of the value is none that is known")
	errBank = errors.New("a bank account without an IBAN, which is no identifier by itself")
	errCard = errors.New("a payment card: card numbers are not taken")
)

// simpleTypes are the objects whose "value" is the identifier.
var simpleTypes = map[string]casework.Kind{
	"email-addr": casework.Email, "url": casework.URL, "domain-name": casework.Domain, "ipv4-addr": casework.IP, "ipv6-addr": casework.IP,
	"mac-addr": casework.MAC, "phone-number": casework.Phone, "cryptocurrency-wallet": casework.Wallet, "imei": casework.IMEI, "imsi": casework.IMSI,
	"hostname": casework.Domain, "bank-account-iban": casework.Bank, // OpenCTI's
}

// observable returns the identifiers of a cyber-observable object, and in words
// what of it is not taken.
func observable(typ string, v jsonrec.Value) (found []reading.Observed, problems []error) {
	add := func(n reading.Naming, member string, value string) {
		if value != "" {
			found = append(found, reading.Observed{Naming: n, Value: value, Selector: member})
		}
	}
	prose := func(member, text string) {
		if text != "" {
			found = append(found, reading.Observed{Value: text, Selector: member, Prose: true})
		}
	}
	if typ == "x-crosscase-identifier" {
		if kind := casework.Kind(v.Get("kind").Text()); kind.Valid() {
			add(reading.Naming{Kind: kind}, "value", v.Get("value").Text())
			return found, nil
		}
		return nil, []error{errKind}
	}
	if kind, ok := simpleTypes[typ]; ok {
		value := v.Get("value").Text()
		if value == "" {
			return nil, []error{fmt.Errorf("a %s without a value", typ)}
		}
		if kind == casework.Domain && strings.HasSuffix(strings.ToLower(value), ".onion") {
			kind = casework.Onion
		}
		add(reading.Naming{Kind: kind, Chain: cmp.Or(v.Get("currency").Text(), v.Get("blockchain").Text())}, "value", value)
		if r, ok := reading.ParseRegion(v.Get("country").Text()); ok && kind == casework.Phone {
			found[0].Region = r
		}
		return found, nil
	}
	switch typ {
	case "user-account":
		login := cmp.Or(v.Get("account_login").Text(), v.Get("user_id").Text())
		add(reading.Naming{Kind: casework.Handle, Platform: v.Get("account_type").Text()}, "account_login", login)
	case "bank-account":
		add(reading.Naming{Kind: casework.Bank}, "iban", cmp.Or(v.Get("iban").Text(), v.Get("iban_number").Text()))
		if len(found) == 0 {
			problems = append(problems, errBank)
		}
	case "media-content": // OpenCTI's post on a platform
		add(reading.Naming{Kind: casework.URL}, "url", v.Get("url").Text())
		for _, member := range []string{"title", "content"} {
			prose(member, v.Get(member).Text())
		}
	case "persona":
		add(reading.Naming{Kind: casework.Handle, Platform: v.Get("persona_type").Text()}, "persona_name", v.Get("persona_name").Text())
	case "text":
		prose("value", v.Get("value").Text())
	case "payment-card":
		problems = append(problems, errCard)
	case "file", "artifact":
		hashes := v.Get("hashes")
		for i, name := range hashes.Names() {
			if n, ok := reading.KindOf(name); ok {
				add(n, "hashes", hashes.Items()[i].Text())
			}
		}
		add(reading.Naming{Kind: casework.PDQ}, "x_pdq_hash", v.Get("x_pdq_hash").Text())
		if typ == "artifact" {
			add(reading.Naming{Kind: casework.URL}, "url", v.Get("url").Text())
		}
	}
	return found, problems
}
