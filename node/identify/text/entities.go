package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

// Forms of identifiers that stand in a text as they are.
var (
	webAddress  = regexp.MustCompile(`(?i)\b(?:https?://[\p{L}\p{M}\p{N}\x{200C}\x{200D}.\-_~%:@\[\]]+(?:[/?#][!#-;=?-_a-~]*)?|(?:tg|whatsapp|viber|sgnl|threema)://[!#-;=?-_a-~]+|skype:[a-z][a-z0-9_.,\-:]{5,50}\?(?:call|chat|add|userinfo)\b|(?:mailto|tel|sms|callto|bitcoin|ethereum|litecoin|monero|bitcoincash|dogecoin|dash):[A-Za-z0-9+][!#-;=?-_a-~]{5,})`)
	fileLink    = regexp.MustCompile(`(?i)\bed2k://\|file\|[^|\n]{1,400}\|\d{1,15}\|[0-9a-f]{32}\b|\bmagnet:\?[!#-;=?-_a-~]{10,}`)
	fileHash    = regexp.MustCompile(`(?i)\b(ed2k|emule|edonkey|btih|info ?hash)(?: ?hash)?[ :=]{1,3}([0-9a-f]{32}|[0-9a-f]{40})\b`)
	mailAddress = regexp.MustCompile(`(?i)[\p{L}\p{N}][\p{L}\p{M}\p{N}._%+\-]*@(?:[\p{L}\p{M}\p{N}\-]+\.)+\p{L}[\p{L}\p{M}]{1,23}`)
	hostAddress = regexp.MustCompile(`(?i)\b[\p{L}0-9](?:[\p{L}0-9\-]*\.)+\p{L}{2,24}(?::\d{2,5})?(?:/[^\s<>"'|]*)?`)
	longWord    = regexp.MustCompile(`\b(?:[a-z]{3,14}:)?[A-Za-z0-9]{25,110}\b`)
	ibanForm    = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?:[ \-]?[a-z0-9]{4}){2,7}(?:[ \-]?[a-z0-9]{1,4})?\b`)
	ipv4Form    = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?\b`)
	colonForm   = regexp.MustCompile(`(?i)\b[0-9a-f]{1,4}(?:[:\-][0-9a-f]{0,4}){5,7}\b|\b[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{1,4}\b`)
	imeiForm    = regexp.MustCompile(`(?i)\bimei(?:sv)?\b[ :#.=]{0,3}(\d[\d \-/]{12,20}\d)\b`)
	pgpForm     = regexp.MustCompile(`(?i)\b(?:0x)?(?:[0-9a-f]{4} {1,2}){9}[0-9a-f]{4}\b`)
	atName      = regexp.MustCompile(`(?:^|[^\p{L}0-9._%+\-@/])(@[A-Za-z0-9_][A-Za-z0-9_.]{2,80})`)
	transaction = regexp.MustCompile(`(?i)\b(?:tx|txid|txn|transaction|tx ?hash|block)\b[ :#=a-z]{0,12}$`)
	prefixed    = regexp.MustCompile(`(?i)\b([a-z][a-z.]{1,11}):(@?[a-z0-9_][a-z0-9_.\-]{1,80}(?:#\d{4})?)`)
	platformed  = regexp.MustCompile(`(?i)\b(telegram|tele|tg|instagram|insta|ig|snapchat|snap|twitter|tiktok|kik|wickr(?: me)?|discord|skype|onlyfans|threema|session|facebook|fb|wechat|viber|line|vk|icq|jabber|signal)(?: id| user(?:name)?| handle| account| me)?( ?[:=\-] ?| is | @|/| )(@?[a-z0-9_][a-z0-9_.\-]{2,80}(?:#\d{4})?)`)
)

// A finder looks for what is not a telephone number in digits and words, and keeps the
// places that it takes.
type finder struct {
	written folded // the part of the text
	f       folded // with addresses as machines write them
	t       string // of f
	hint    identify.Hint
	done    []span // of t
	taken   []span // of written
	found   []Found
}

// entities finds what is not a telephone number in digits and words, and returns the
// places that it takes.
func entities(written folded, h identify.Hint) (found []Found, taken []span) {
	f := refang(written.text)
	x := &finder{written: written, f: f, t: f.text, hint: h}
	x.addresses()
	x.longWords()
	x.numbered()
	x.names()
	return x.found, x.taken
}

// take keeps what was read of a place.
func (x *finder) take(from, to int, r identify.Result, style string) {
	x.bar(from, to)
	at := x.taken[len(x.taken)-1]
	x.found = append(x.found, Found{Result: r, Start: x.written.place(at.start), End: x.written.place(at.end), Style: style})
}

// bar keeps a place from being read as anything else.
func (x *finder) bar(from, to int) {
	x.done = append(x.done, span{from, to})
	x.taken = append(x.taken, span{x.f.place(from), x.f.place(to)})
}

func (x *finder) free(from, to int) bool {
	for _, s := range x.done {
		if from < s.end && s.start < to {
			return false
		}
	}
	return true
}

func (x *finder) style(from, to int) string {
	if x.t[from:to] != x.written.text[x.f.place(from):min(len(x.written.text), x.f.place(to))] {
		return "defanged"
	}
	return "plain"
}

// each hands on what a form matches where nothing else was read, without the punctuation
// behind it.
func (x *finder) each(re *regexp.Regexp, group int, use func(from, to int, value string)) {
	for _, m := range re.FindAllStringSubmatchIndex(x.t, -1) {
		from, to := m[2*group], m[2*group+1]
		if value := trimmed(x.t[from:to]); x.free(from, to) && value != "" {
			use(from, from+len(value), value)
		}
	}
}

// trimmed takes off what stands behind an address in a sentence, and a closing bracket
// that has no opening one in it.
func trimmed(s string) string {
	for s != "" {
		last := s[len(s)-1]
		switch last {
		case '.', ',', ';', ':', '!', '?', '*', '~', '`', '\'', '"':
		case ')', ']', '}':
			open := map[byte]string{')': "(", ']': "[", '}': "{"}[last]
			if strings.Count(s, open) >= strings.Count(s, string(last)) {
				return s
			}
		case '_':
			if !strings.HasSuffix(s, "__") {
				return s
			}
		default:
			return strings.TrimSuffix(s, "…")
		}
		s = s[:len(s)-1]
	}
	return s
}

// read takes a value of the first of some kinds that it is one of.
func (x *finder) read(from, to int, value string, kinds ...casework.Kind) bool {
	for _, kind := range kinds {
		one := x.hint
		one.Kind = kind
		if r, err := identify.Canonical(value, one); err == nil {
			x.take(from, to, r, x.style(from, to))
			return true
		}
	}
	return false
}

// addresses finds what has a scheme, an @ or a host.
func (x *finder) addresses() {
	if strings.Contains(x.t, ":") {
		x.files()
		x.each(webAddress, 0, x.web)
	}
	if strings.Contains(x.t, "@") {
		x.each(mailAddress, 0, x.mail)
	}
	if !strings.Contains(x.t, ".") {
		return
	}
	x.each(ipv4Form, 0, func(from, to int, v string) {
		behind := x.t[to:]
		switch {
		case versioned(x.t[:from]) || !alone(x.t, span{from, to}, "."):
		case len(behind) > 1 && behind[0] == '/' && isDigit(behind[1]) && !strings.HasPrefix(behind, "/32"):
			x.bar(from, to) // a range of addresses
		default:
			x.read(from, to, v, casework.IP)
		}
	})
	x.each(hostAddress, 0, func(from, to int, v string) {
		if to < len(x.t) && (x.t[to] == '_' || x.t[to] == '@') || from > 0 && (x.t[from-1] == '@' || x.t[from-1] == '_') {
			return // a part of a name
		}
		x.host(from, to, v)
	})
}

// files finds the links and the hashes by which files are named in networks of peers.
func (x *finder) files() {
	x.each(fileLink, 0, func(from, to int, v string) {
		if !x.read(from, to, v, casework.URL) {
			x.bar(from, to)
		}
	})
	for _, m := range fileHash.FindAllStringSubmatchIndex(x.t, -1) {
		from, to, kind := m[4], m[5], casework.BTIH
		if to-from == 32 {
			kind = casework.ED2K
		}
		if first := x.t[m[2]] | 0x20; x.free(from, to) && (kind == casework.ED2K) == (first == 'e') {
			x.read(from, to, x.t[from:to], kind)
		}
	}
}

// web reads an address with a scheme.
func (x *finder) web(from, to int, value string) {
	before := len(x.found)
	if !x.read(from, to, value, casework.URL) {
		x.bar(from, to) // damaged, or nobody's: its digits are no telephone number
		return
	}
	if r, _ := utf8.DecodeRuneInString(x.t[to:]); r >= utf8.RuneSelf && unicode.IsLetter(r) && len(x.found) > before {
		// it goes on in another script, or the text does: nobody can tell
		f := &x.found[len(x.found)-1]
		if f.Identifier.Kind() == casework.URL {
			f.Confidence = min(f.Confidence, 0.4)
		}
	}
}

// mail reads an address with an @. Letters of scripts that put no spaces between words
// belong to the text around an address in Latin letters.
func (x *finder) mail(from, to int, v string) {
	at := strings.IndexByte(v, '@')
	start, end := 0, len(v)
	class := unspaced(lastRune(v[:at]))
	for i := at; i > 0; {
		r, size := utf8.DecodeLastRuneInString(v[:i])
		if unspaced(r) != class && unicode.IsLetter(r) {
			start = i
			break
		}
		i -= size
	}
	dot := strings.LastIndexByte(v, '.')
	first, _ := utf8.DecodeRuneInString(v[dot+1:])
	for i, r := range v[dot+1:] {
		if unspaced(r) != unspaced(first) {
			end = dot + 1 + i
			break
		}
	}
	// a full stop of such a script, and the next sentence
	if before := strings.LastIndexByte(v[:dot], '.'); unspaced(first) && before > at && !unspaced(lastRune(v[:dot])) {
		end = dot
	}
	v = strings.TrimLeft(v[start:end], ".-_")
	x.read(from+end-len(v), from+end, v, casework.Email)
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// unspaced reports whether a letter is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// longWords finds wallets, hashes, accounts and onion services.
func (x *finder) longWords() {
	x.each(longWord, 0, func(from, to int, v string) {
		if strings.HasSuffix(x.t[:from], "/") {
			return
		}
		if transaction.MatchString(x.t[max(0, from-40):from]) {
			x.bar(from, to)
			return
		}
		if identify.WalletLike(v) && x.read(from, to, v, casework.Wallet) {
			return
		}
		if x.read(from, to, v, casework.SHA256, casework.SHA1, casework.MD5, casework.Bank) || len(v) == 56 && x.read(from, to, v, casework.Onion) {
			return
		}
		if _, said := segments(v, strings.ToLower(v)); !said && hasDigit(v) && !chars.AllDigits(v) && len(v) < 64 {
			x.bar(from, to)
		}
	})
	x.each(ibanForm, 0, func(from, to int, v string) {
		for end := len(v); end >= 15; end-- { // words may follow
			if (end == len(v) || v[end] == ' ') && x.read(from, from+end, v[:end], casework.Bank) {
				return
			}
		}
	})
}

// numbered finds fingerprints and the numbers of devices.
func (x *finder) numbered() {
	x.each(pgpForm, 0, func(from, to int, v string) { x.read(from, to, v, casework.PGP) })
	if strings.Contains(x.t, ":") || strings.Contains(x.t, "-") {
		x.each(colonForm, 0, func(from, to int, v string) { x.read(from, to, v, casework.MAC, casework.IP) })
	}
	if strings.Contains(strings.ToLower(x.t), "imei") {
		x.each(imeiForm, 1, func(from, to int, v string) {
			if !x.read(from, to, v, casework.IMEI) {
				x.bar(from, to)
			}
		})
	}
}

// versioned reports whether a text ends in a word for a version.
func versioned(before string) bool {
	before = strings.ToLower(strings.TrimRight(before, " :."))
	return strings.HasSuffix(before, "version") || strings.HasSuffix(before, " v") || strings.HasSuffix(before, "firmware") || strings.HasSuffix(before, "release")
}

// sentenceDomains are top-level domains that are words too: "used.no texts" lacks a
// space, and is no address.
var sentenceDomains = map[string]bool{
	"it": true, "me": true, "is": true, "to": true, "at": true, "so": true, "no": true, "my": true, "us": true, "in": true, "be": true, "de": true, "es": true, "la": true,
	"am": true, "as": true, "do": true, "im": true, "il": true, "ai": true, "call": true, "now": true, "free": true, "a": true, "et": true, "un": true, "se": true, "cat": true,
	"nu": true, "mai": true, "si": true, "ca": true, "pm": true, "host": true, "men": true, "fun": true, "one": true, "top": true, "work": true, "best": true, "tel": true,
}

// fileEndings are top-level domains that are endings of files' names too: a bare
// "archive.zip" is a file.
var fileEndings = wordSet("zip sh py md rs pl ps ai mov so cc ml app cab java la am in mk pm vi st do")

// programWords are the first words of names in programs, "user.name"; packages those of
// the names of programs, "com.example.app"; programs are called like a domain.
var (
	programWords = wordSet("this self user file item event document window console system process module object data node args config settings math string array json")
	packages     = wordSet("com org net edu android")
	programs     = wordSet("asp.net ado.net vb.net ml.net paint.net socket.io")
)

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// oneLetter reports whether all labels are single letters, as in an abbreviation.
func oneLetter(labels []string) bool {
	for _, l := range labels {
		if len(l) > 1 {
			return false
		}
	}
	return true
}

// host reads a name that stands without a scheme.
func (x *finder) host(from, to int, v string) {
	name, rest, hasPath := strings.Cut(v, "/")
	name, _, hasPort := strings.Cut(name, ":")
	lower := strings.ToLower(name)
	if strings.HasSuffix(lower, ".onion") {
		x.web(from, to, v)
		return
	}
	suffix, icann := publicsuffix.PublicSuffix(lower)
	if !icann || suffix == lower || name != lower && name != strings.ToUpper(name) && !hasPath {
		return
	}
	if hasPath && rest != "" || hasPort || strings.HasPrefix(lower, "www.") && hasPath {
		x.web(from, to, v)
		return
	}
	r, err := identify.Canonical(name, identify.Hint{Kind: casework.Domain})
	if err != nil {
		return
	}
	r.Confidence = 0.8
	labels := strings.Split(lower, ".")
	first, last := labels[0], labels[len(labels)-1]
	if first != "www" && (programs[lower] || programWords[first] || len(labels) > 2 && packages[first] || len(labels) == 2 && sentenceDomains[suffix] || fileEndings[last] || oneLetter(labels[:len(labels)-1]) || strings.Trim(first, "0123456789") == "") {
		r.Confidence = 0.4 // a word with a full stop behind it, a file, a time
	}
	x.take(from, to, r, "plain")
}
