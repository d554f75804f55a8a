package text

import (
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

// name takes a name on a platform. A name that goes on behind what was matched, or that
// is not formed like the platform's names, is none: half of a name is another person's.
func (x *finder) name(from, to int, platform, name string, confidence float64) {
	name = strings.TrimRight(name, ".-_!")
	to = min(to, from+len(name))
	if !x.free(from, to) || to < len(x.t) && partOfName(x.t[to:]) || !identify.NameOf(platform, name) {
		return
	}
	r, err := identify.Canonical(name, identify.Hint{Kind: casework.Handle, Platform: platform})
	if err != nil {
		return
	}
	r.Confidence = confidence
	x.take(from, to, r, "plain")
}

// partOfName reports whether a name goes on in what follows it.
func partOfName(rest string) bool {
	c := rest[0]
	if c == '.' || c == '-' {
		return len(rest) > 1 && (rest[1] >= 'a' && rest[1] <= 'z' || rest[1] >= '0' && rest[1] <= '9')
	}
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '@' || c == '#'
}

// names finds names on platforms: the platform stands before the name, or the
// source says which it is.
func (x *finder) names() {
	t := x.t
	for _, m := range prefixed.FindAllStringSubmatchIndex(t, -1) {
		name := t[m[4]:m[5]]
		if platform := identify.Platform(strings.ToLower(t[m[2]:m[3]])); platform != "" && !chars.AllDigits(strings.Trim(name, "+")) {
			confidence := 0.9
			if states[strings.ToLower(strings.TrimRight(name, ".-_!"))] || wordsToo[strings.ToLower(t[m[2]:m[3]])] && !strings.ContainsAny(name, "0123456789_@") {
				confidence = 0.3
			}
			x.name(m[4], m[5], platform, name, confidence)
		}
	}
	for _, m := range platformed.FindAllStringSubmatchIndex(t, -1) {
		platform, between, name := strings.ToLower(t[m[2]:m[3]]), t[m[4]:m[5]], strings.TrimRight(t[m[6]:m[7]], ".-_!")
		platform, _, _ = strings.Cut(platform, " ")
		platform = identify.Platform(platform)
		confidence := 0.85
		switch {
		case between == " @" || strings.HasPrefix(name, "@"):
			confidence = 0.95
		case (between == " " || between == " is ") && !strings.ContainsAny(name, "0123456789_"), between == "/" || between == " - " || between == "-", ordinary[strings.ToLower(name)]:
			confidence = 0.3 // a word of the sentence, perhaps
		case states[strings.ToLower(name)], wordsToo[strings.ToLower(t[m[2]:m[3]])] && !strings.ContainsAny(name, "0123456789_@"):
			confidence = 0.3
		case between == " ":
			confidence = 0.6
		}
		if strings.Trim(name, "0123456789.-") == "" || cues[strings.ToLower(name)] != noCue || sayings[strings.ToLower(name)].role != noRole || identify.Platform(strings.ToLower(name)) != "" || confidence < 0.5 && len(name) < 5 {
			continue
		}
		x.name(m[6], m[7], platform, t[m[6]:m[7]], confidence)
	}
	if !strings.Contains(t, "@") {
		return
	}
	for _, m := range atName.FindAllStringSubmatchIndex(t, -1) {
		from, to := m[2], m[3]
		platform := lastPlatform(t[max(0, from-40):from])
		confidence := 0.9
		if platform == "" {
			platform, confidence = identify.Platform(strings.ToLower(x.hint.Platform)), 0.7
		}
		if platform != "" {
			x.name(from, to, platform, t[from:to], confidence)
		}
	}
}

// states are words that say of an account what it is like, where its name would stand.
var states = wordSet(`yes no none private public null nil unknown hidden available unavailable offline online blocked deleted banned active inactive verified disabled
	never always maybe same soon new old here below above ask later coming ja nein oui non pas si nao tak nie net privat prive privado privato aucun keine keiner ninguno nessuno`)

// wordsToo are names of platforms that are words of every day: what stands behind them is a
// name only if no word can be one.
var wordsToo = wordSet("line session signal wire element discord snap matrix")

// ordinary are words that follow a platform's name in sentences.
var ordinary = map[string]bool{"only": true, "message": true, "messages": true, "or": true, "and": true, "me": true, "for": true, "calls": true, "too": true, "also": true, "available": true, "please": true, "chat": true, "account": true, "number": true, "channel": true, "group": true}

// lastPlatform returns the platform that was named last in a text.
func lastPlatform(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && r != '.' })
	for i := len(words) - 1; i >= max(0, len(words)-4); i-- {
		if w := strings.Trim(words[i], "."); len(w) > 1 && identify.Platform(w) != "" && w != "of" && w != "line" && w != "session" && w != "wire" {
			return identify.Platform(w)
		}
	}
	return ""
}
