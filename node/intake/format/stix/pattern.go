package stix

import (
	"errors"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

var (
	errPattern = errors.New("a pattern longer than the limit")
	errBroken  = errors.New("a pattern that is broken; what stands before the fault was read")
)

// maxPattern bounds a pattern; longer ones are generated lists, better sent as
// observables.
const maxPattern = 1 << 20

// patternValues returns the values that a STIX pattern (STIX 2.1 section 9)
// compares with by = or IN. Values under NOT, != , LIKE, MATCHES or a subset are
// no identifiers: what they match is something else, or many things.
func patternValues(pattern string) (found []reading.Observed, problem error) {
	if len(pattern) > maxPattern {
		return nil, errPattern
	}
	tokens, ok := patternTokens(pattern)
	if !ok {
		problem = errBroken
	}
	negated := false
	accountType := ""
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.text == "[" || t.text == "]" {
			accountType = ""
		}
		if t.quoted || !strings.Contains(t.text, ":") {
			negated = strings.EqualFold(t.text, "NOT") && !t.quoted
			continue
		}
		path := t.text
		not := negated
		negated = false
		if i+1 < len(tokens) && strings.EqualFold(tokens[i+1].text, "NOT") {
			not = true
			i++
		}
		if i+2 >= len(tokens) {
			break
		}
		op := strings.ToUpper(tokens[i+1].text)
		i++
		var values []string
		switch {
		case op == "=" || op == "==":
			if tokens[i+1].quoted {
				values = append(values, tokens[i+1].text)
			}
			i++
		case op == "IN" && tokens[i+1].text == "(":
			for i += 2; i < len(tokens) && (tokens[i].text != ")" || tokens[i].quoted); i++ {
				if tokens[i].quoted {
					values = append(values, tokens[i].text)
				}
			}
		default:
			continue
		}
		if not {
			continue
		}
		if path == "user-account:account_type" && len(values) == 1 {
			accountType = values[0]
			for j := range found {
				if found[j].Kind == casework.Handle && found[j].Platform == "" {
					found[j].Platform = accountType
				}
			}
			continue
		}
		n, ok := pathKind(path)
		if !ok {
			continue
		}
		if n.Kind == casework.Handle {
			n.Platform = accountType
		}
		for _, v := range values {
			o := reading.Observed{Naming: n, Value: v, Selector: "pattern", Alert: true}
			if n.Kind == casework.Domain && strings.HasSuffix(strings.ToLower(v), ".onion") {
				o.Kind = casework.Onion
			}
			found = append(found, o)
		}
	}
	return found, problem
}

// pathKind tells what an object path of a pattern compares.
func pathKind(path string) (reading.Naming, bool) {
	typ, member, _ := strings.Cut(path, ":")
	if kind, ok := simpleTypes[typ]; ok && member == "value" {
		return reading.Naming{Kind: kind}, true
	}
	switch {
	case (typ == "file" || typ == "artifact") && strings.HasPrefix(member, "hashes."):
		return reading.KindOf(strings.Trim(strings.TrimPrefix(member, "hashes."), "'"))
	case typ == "file" && member == "x_pdq_hash":
		return reading.Naming{Kind: casework.PDQ}, true
	case typ == "bank-account" && strings.HasPrefix(member, "iban"):
		return reading.Naming{Kind: casework.Bank}, true
	case typ == "user-account" && (member == "account_login" || member == "user_id"):
		return reading.Naming{Kind: casework.Handle}, true
	case typ == "email-message" && strings.HasSuffix(member, "_ref.value"), typ == "email-message" && strings.HasSuffix(member, "_refs[*].value"):
		return reading.Naming{Kind: casework.Email}, true
	case typ == "network-traffic" && strings.HasSuffix(member, "_ref.value"), typ == "domain-name" && strings.HasPrefix(member, "resolves_to_refs["):
		return reading.Naming{}, true // an address or a name
	case typ == "ipv4-addr" || typ == "ipv6-addr":
		return reading.Naming{}, false
	}
	return reading.Naming{}, false
}

type patternToken struct {
	text   string
	quoted bool
}

// patternTokens splits a pattern; ok is false where it is broken.
func patternTokens(s string) (tokens []patternToken, ok bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',':
			i++
		case c == '\'':
			text, after, closed := patternString(s, i)
			if !closed {
				return tokens, false
			}
			tokens = append(tokens, patternToken{text: text, quoted: true})
			i = after
		case strings.IndexByte("[]()", c) >= 0:
			tokens = append(tokens, patternToken{text: s[i : i+1]})
			i++
		case strings.IndexByte("=!<>", c) >= 0:
			end := i + 1
			for end < len(s) && strings.IndexByte("=<>", s[end]) >= 0 {
				end++
			}
			tokens = append(tokens, patternToken{text: s[i:end]})
			i = end
		default:
			end, word := i, true
			for end < len(s) && word {
				switch {
				case s[end] == '\'': // a quoted part of a path: hashes.'SHA-256'
					_, after, closed := patternString(s, end)
					if !closed {
						return tokens, false
					}
					end = after
				case s[end] == '[' && end > i: // an index of a path: refs[*]
					close := strings.IndexByte(s[end:], ']')
					if close < 0 {
						return tokens, false
					}
					end += close + 1
				case strings.IndexByte(" \t\r\n,()=!<>[]", s[end]) >= 0:
					word = false
				default:
					end++
				}
			}
			tokens = append(tokens, patternToken{text: s[i:end]})
			i = end
		}
	}
	return tokens, true
}

// patternString reads a quoted string that begins at i.
func patternString(s string, i int) (text string, after int, closed bool) {
	var b strings.Builder
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '\'':
			return b.String(), i + 1, true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", len(s), false
}
