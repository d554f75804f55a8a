package text

import (
	"regexp"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

// Forms of identifiers that stand in a text as they are.
var (
	webAddress  = regexp.MustCompile(`(?i)\b(?:https?|tg)://[^\s<>"'|]+`)
	mailAddress = regexp.MustCompile(`(?i)[\p{L}0-9][\p{L}0-9._%+\-]*@(?:[\p{L}0-9\-]+\.)+\p{L}{2,24}`)
	hostAddress = regexp.MustCompile(`(?i)\b[\p{L}0-9](?:[\p{L}0-9\-]*\.)+\p{L}{2,24}(?::\d{2,5})?(?:/[^\s<>"'|]*)?`)
	longWord    = regexp.MustCompile(`\b(?:[a-z]{3,14}:)?[A-Za-z0-9]{25,110}\b`)
	ibanForm    = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?:[ \-]?[a-z0-9]{4}){2,7}(?:[ \-]?[a-z0-9]{1,4})?\b`)
	ipv4Form    = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?\b`)
	colonForm   = regexp.MustCompile(`(?i)\b[0-9a-f]{1,4}(?:[:\-][0-9a-f]{0,4}){5,7}\b|\b[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{1,4}\b`)
	imeiForm    = regexp.MustCompile(`(?i)\bimei(?:sv)?\b[ :#.=]{0,3}(\d[\d \-/]{12,20}\d)\b`)
	pgpForm     = regexp.MustCompile(`(?i)\b(?:0x)?(?:[0-9a-f]{4} {1,2}){9}[0-9a-f]{4}\b`)
	atName      = regexp.MustCompile(`(?:^|[^\p{L}0-9._%+\-@])(@[A-Za-z0-9_][A-Za-z0-9_.]{2,31})`)
	prefixed    = regexp.MustCompile(`(?i)\b([a-z][a-z.]{1,11}):(@?[a-z0-9_][a-z0-9_.\-]{1,39})`)
	platformed  = regexp.MustCompile(`(?i)\b(telegram|tele|tg|instagram|insta|ig|snapchat|snap|twitter|tiktok|kik|wickr(?: me)?|discord|skype|onlyfans|threema|session|facebook|fb|wechat|viber|line|vk|icq|jabber|signal)(?: id| user(?:name)?| handle| account| me)?( ?[:=\-] ?| is | @|/| )(@?[a-z0-9_][a-z0-9_.\-]{2,31})`)
	waiting     = regexp.MustCompile(`(?i)^(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?phone=|viber://chat\?number=|chat\.whatsapp\.com/\?phone=)(?:\+|%2b)?(\d{7,15})`)
	telephone   = regexp.MustCompile(`(?i)\btel:(\+?[\d\-.()]{5,25}\d)`)
)

// entities finds what is not a telephone number in digits and words, and gives the
// places that it takes.
func entities(written folded, h identify.Hint) (found []Found, taken []span) {
	f := refang(written.text)
	t := f.text
	var done []span // of t
	take := func(from, to int, r identify.Result, style string) {
		done = append(done, span{from, to})
		at := span{f.place(from), f.place(to)}
		taken = append(taken, at)
		found = append(found, Found{Result: r, Start: written.place(at.start), End: written.place(at.end), Style: style})
	}
	bar := func(from, to int) {
		done = append(done, span{from, to})
		taken = append(taken, span{f.place(from), f.place(to)})
	}
	free := func(from, to int) bool {
		for _, s := range done {
			if from < s.end && s.start < to {
				return false
			}
		}
		return true
	}
	style := func(from, to int) string {
		if t[from:to] != written.text[f.place(from):min(len(written.text), f.place(to))] {
			return "defanged"
		}
		return "plain"
	}
	each := func(re *regexp.Regexp, group int, use func(from, to int, value string)) {
		for _, m := range re.FindAllStringSubmatchIndex(t, -1) {
			from, to := m[2*group], m[2*group+1]
			if value := strings.TrimRight(t[from:to], ".,;:!?)]}…"); free(from, to) && value != "" {
				use(from, from+len(value), value)
			}
		}
	}
	read := func(from, to int, value string, kinds ...casework.Kind) bool {
		for _, kind := range kinds {
			one := h
			one.Kind = kind
			if r, err := identify.Canonical(value, one); err == nil {
				take(from, to, r, style(from, to))
				return true
			}
		}
		return false
	}
	web := func(from, to int, value string) {
		if m := waiting.FindStringSubmatch(value); m != nil {
			if r, err := identify.Canonical("+"+m[1], identify.Hint{Kind: casework.Phone}); err == nil {
				r.Confidence = 0.95
				r.Assumed = append(r.Assumed, "out of a chat's link")
				take(from, to, r, "link")
				return
			}
		}
		if !read(from, to, value, casework.Handle, casework.Onion, casework.URL) {
			bar(from, to) // damaged; its digits are no telephone number
		}
	}
	if strings.Contains(t, "://") {
		each(webAddress, 0, web)
	}
	if strings.Contains(t, "@") {
		each(mailAddress, 0, func(from, to int, v string) { read(from, to, v, casework.Email) })
	}
	if strings.Contains(t, ".") {
		each(ipv4Form, 0, func(from, to int, v string) {
			if !versioned(t[:from]) && alone(t, span{from, to}, ".") {
				read(from, to, v, casework.IP)
			}
		})
		each(hostAddress, 0, func(from, to int, v string) {
			if to < len(t) && (t[to] == '_' || t[to] == '@') || from > 0 && (t[from-1] == '@' || t[from-1] == '_') {
				return // a part of a name
			}
			host(from, to, v, web, take)
		})
	}
	each(longWord, 0, func(from, to int, v string) {
		if strings.HasSuffix(t[:from], "/") {
			return
		}
		if !identify.WalletLike(v) || !read(from, to, v, casework.Wallet) {
			if read(from, to, v, casework.SHA256, casework.SHA1, casework.MD5, casework.Bank) || len(v) == 56 && read(from, to, v, casework.Onion) {
				return
			}
			if _, said := segments(v, strings.ToLower(v)); !said && hasDigit(v) && !chars.AllDigits(v) && len(v) < 64 {
				bar(from, to)
			}
		}
	})
	each(ibanForm, 0, func(from, to int, v string) {
		for end := len(v); end >= 15; end-- { // words may follow
			if (end == len(v) || v[end] == ' ') && read(from, from+end, v[:end], casework.Bank) {
				return
			}
		}
	})
	each(pgpForm, 0, func(from, to int, v string) { read(from, to, v, casework.PGP) })
	if strings.Contains(t, ":") || strings.Contains(t, "-") {
		each(colonForm, 0, func(from, to int, v string) { read(from, to, v, casework.MAC, casework.IP) })
	}
	if strings.Contains(strings.ToLower(t), "imei") {
		each(imeiForm, 1, func(from, to int, v string) {
			if !read(from, to, v, casework.IMEI) {
				bar(from, to)
			}
		})
	}
	each(telephone, 1, func(from, to int, v string) { read(from, to, v, casework.Phone) })
	handles(t, h, free, take)
	return found, taken
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

// host reads a name that stands without a scheme.
func host(from, to int, v string, web func(int, int, string), take func(int, int, identify.Result, string)) {
	name, rest, hasPath := strings.Cut(v, "/")
	name, _, hasPort := strings.Cut(name, ":")
	lower := strings.ToLower(name)
	if strings.HasSuffix(lower, ".onion") {
		web(from, to, v)
		return
	}
	suffix, icann := publicsuffix.PublicSuffix(lower)
	if !icann || suffix == lower || name != lower && name != strings.ToUpper(name) && !hasPath {
		return
	}
	if hasPath && rest != "" || hasPort || strings.HasPrefix(lower, "www.") && hasPath {
		web(from, to, v)
		return
	}
	r, err := identify.Canonical(name, identify.Hint{Kind: casework.Domain})
	if err != nil {
		return
	}
	r.Confidence = 0.8
	if strings.Count(lower, ".") == 1 && sentenceDomains[suffix] {
		r.Confidence = 0.4
	}
	take(from, to, r, "plain")
}

// handles finds names on platforms: the platform stands before the name, or the
// source says which it is.
func handles(t string, h identify.Hint, free func(from, to int) bool, take func(int, int, identify.Result, string)) {
	put := func(from, to int, platform, name string, confidence float64) {
		name = strings.TrimRight(name, ".-_!")
		to = min(to, from+len(name))
		if !free(from, to) {
			return
		}
		r, err := identify.Canonical(name, identify.Hint{Kind: casework.Handle, Platform: platform})
		if err != nil {
			return
		}
		r.Confidence = confidence
		take(from, to, r, "plain")
	}
	for _, m := range prefixed.FindAllStringSubmatchIndex(t, -1) {
		name := t[m[4]:m[5]]
		if platform := identify.Platform(strings.ToLower(t[m[2]:m[3]])); platform != "" && !chars.AllDigits(strings.Trim(name, "+")) {
			put(m[4], m[5], platform, name, 0.9)
		}
	}
	for _, m := range platformed.FindAllStringSubmatchIndex(t, -1) {
		platform, between, name := strings.ToLower(t[m[2]:m[3]]), t[m[4]:m[5]], t[m[6]:m[7]]
		platform, _, _ = strings.Cut(platform, " ")
		confidence := 0.85
		switch {
		case between == " @" || strings.HasPrefix(name, "@"):
			confidence = 0.95
		case between == " " && !strings.ContainsAny(name, "0123456789_"), between == "/" || between == " - " || between == "-", ordinary[strings.ToLower(name)]:
			confidence = 0.3 // a word of the sentence, perhaps
		case between == " ":
			confidence = 0.6
		}
		if strings.Trim(name, "0123456789.-") == "" || cues[strings.ToLower(name)] != noCue || sayings[strings.ToLower(name)].role != noRole || identify.Platform(strings.ToLower(name)) != "" || confidence < 0.5 && len(name) < 5 {
			continue
		}
		put(m[6], m[7], platform, name, confidence)
	}
	if !strings.Contains(t, "@") {
		return
	}
	for _, m := range atName.FindAllStringSubmatchIndex(t, -1) {
		from, to := m[2], m[3]
		platform := lastPlatform(t[max(0, from-40):from])
		confidence := 0.9
		if platform == "" {
			platform, confidence = h.Platform, 0.7
		}
		if platform != "" {
			put(from, to, platform, t[from:to], confidence)
		}
	}
}

// ordinary are words that follow a platform's name in sentences.
var ordinary = map[string]bool{"only": true, "message": true, "messages": true, "or": true, "and": true, "me": true, "for": true, "calls": true, "too": true, "also": true, "available": true, "please": true, "chat": true, "account": true, "number": true, "channel": true, "group": true}

// lastPlatform gives the platform that was named last in a text.
func lastPlatform(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && r != '.' })
	for i := len(words) - 1; i >= max(0, len(words)-4); i-- {
		if w := strings.Trim(words[i], "."); len(w) > 1 && identify.Platform(w) != "" && w != "of" && w != "line" && w != "session" && w != "wire" {
			return identify.Platform(w)
		}
	}
	return ""
}
