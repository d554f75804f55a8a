package identify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// platforms maps the ways in which people name a platform to its name here.
var platforms = map[string]string{
	"telegram": "telegram", "tg": "telegram", "tele": "telegram", "telegramm": "telegram", "t.me": "telegram",
	"instagram": "instagram", "insta": "instagram", "ig": "instagram",
	"snapchat": "snapchat", "snap": "snapchat", "sc": "snapchat",
	"twitter": "x", "x": "x", "x.com": "x",
	"tiktok": "tiktok", "tt": "tiktok",
	"facebook": "facebook", "fb": "facebook", "messenger": "facebook",
	"kik": "kik", "wickr": "wickr", "wire": "wire", "threema": "threema", "session": "session", "skype": "skype",
	"discord": "discord", "onlyfans": "onlyfans", "of": "onlyfans", "fansly": "fansly", "reddit": "reddit",
	"vk": "vk", "vkontakte": "vk", "wechat": "wechat", "weixin": "wechat", "line": "line", "viber": "viber",
	"youtube": "youtube", "github": "github", "twitch": "twitch", "cashapp": "cashapp", "paypal": "paypal",
	"venmo": "venmo", "pinterest": "pinterest", "linkedin": "linkedin", "threads": "threads", "mastodon": "mastodon",
	"icq": "icq", "jabber": "jabber", "xmpp": "jabber", "matrix": "matrix", "signal": "signal",
}

// profileHosts maps hosts to the platform whose profiles they show, with the
// path that stands before the name.
var profileHosts = map[string]struct{ platform, before string }{
	"t.me": {"telegram", ""}, "telegram.me": {"telegram", ""}, "telegram.dog": {"telegram", ""},
	"instagram.com": {"instagram", ""}, "instagr.am": {"instagram", ""},
	"snapchat.com": {"snapchat", "add/"}, "twitter.com": {"x", ""}, "x.com": {"x", ""}, "mobile.twitter.com": {"x", ""},
	"tiktok.com": {"tiktok", ""}, "facebook.com": {"facebook", ""}, "m.facebook.com": {"facebook", ""}, "fb.com": {"facebook", ""},
	"m.me": {"facebook", ""}, "onlyfans.com": {"onlyfans", ""}, "fansly.com": {"fansly", ""},
	"reddit.com": {"reddit", "user/"}, "vk.com": {"vk", ""}, "kik.me": {"kik", ""}, "github.com": {"github", ""},
	"twitch.tv": {"twitch", ""}, "cash.app": {"cashapp", ""}, "paypal.me": {"paypal", ""}, "venmo.com": {"venmo", ""},
	"threads.net": {"threads", ""}, "linkedin.com": {"linkedin", "in/"},
}

// notProfiles are first path segments that belong to the site and to nobody.
var notProfiles = map[string]bool{
	"p": true, "reel": true, "reels": true, "stories": true, "explore": true, "share": true, "sharer": true, "joinchat": true,
	"s": true, "c": true, "i": true, "intent": true, "home": true, "search": true, "hashtag": true, "login": true, "watch": true,
	"profile.php": true, "groups": true, "pages": true, "events": true, "addstickers": true, "proxy": true, "accounts": true,
	"add": true, "user": true, "r": true, "about": true, "help": true, "settings": true, "tv": true, "marketplace": true,
}

// readHandle reads a name on a platform, from a profile's address, from
// "platform:name", or with the hinted platform.
func readHandle(s string, h Hint) (form, error) {
	if platform, name, ok := profile(s); ok {
		return handleForm(platform, name)
	}
	if before, after, ok := strings.Cut(s, ":"); ok && !strings.HasPrefix(after, "//") {
		if platform := platforms[strings.ToLower(strings.TrimSpace(before))]; platform != "" {
			return handleForm(platform, after)
		}
		if h.Platform == "" {
			platform := strings.ToLower(strings.TrimSpace(before))
			if dnsLabel(platform) {
				return handleForm(platform, after)
			}
		}
	}
	platform := strings.ToLower(strings.TrimSpace(h.Platform))
	if platform == "" {
		return form{}, fmt.Errorf("a name without its platform: %w", ErrPlatformNeeded)
	}
	if known := platforms[platform]; known != "" {
		platform = known
	}
	if !dnsLabel(platform) {
		return form{}, fmt.Errorf("platform is not a plain name: %w", ErrPlatformNeeded)
	}
	f, err := handleForm(platform, s)
	if err == nil {
		f.assumed = append(f.assumed, "platform "+platform)
	}
	return f, err
}

func handleForm(platform, name string) (form, error) {
	name = norm.NFKC.String(strings.ToLower(strings.TrimSpace(name)))
	name = strings.TrimSuffix(strings.TrimLeft(name, "@ $"), "/")
	if platform == "reddit" {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "/"), "u/")
	}
	if n := utf8.RuneCountInString(name); n < 2 || n > 64 {
		return form{}, fmt.Errorf("no name has this length: %w", ErrNotIdentifier)
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("._-@#+:", r) {
			return form{}, fmt.Errorf("name has a character that names do not have: %w", ErrNotIdentifier)
		}
	}
	return form{value: platform + ":" + name, confidence: 0.95}, nil
}

// profile takes a platform and a name out of a profile's address.
func profile(s string) (platform, name string, ok bool) {
	if rest, is := cutPrefixFold(s, "tg://resolve?domain="); is {
		name, _, _ = strings.Cut(rest, "&")
		return "telegram", name, name != ""
	}
	if !strings.Contains(s, "/") || strings.ContainsAny(s, " ") {
		return "", "", false
	}
	u, err := parseWeb(s)
	if err != nil {
		return "", "", false
	}
	site, ok := profileHosts[strings.TrimPrefix(u.host, "www.")]
	if !ok {
		return "", "", false
	}
	path := unescape(strings.Trim(u.path, "/"))
	path = strings.TrimPrefix(path, site.before)
	name, _, _ = strings.Cut(path, "/")
	name = strings.TrimLeft(name, "@$")
	if name == "" || notProfiles[strings.ToLower(name)] || strings.HasPrefix(name, "+") {
		return "", "", false
	}
	return site.platform, name, true
}

// Platform returns the name of a platform by one that people use for it, "" for one
// that is not known.
func Platform(name string) string { return platforms[name] }
