package identify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
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

// readHandle reads a name on a platform, from "platform:name" or with the hinted
// platform. Addresses of profiles are read before, by link.
func readHandle(s string, h Hint) (form, error) {
	if strings.Contains(s, "://") || strings.HasPrefix(s, "//") {
		return form{}, fmt.Errorf("an address that is no person's page: %w", ErrNotIdentifier)
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
	name = norm.NFKC.String(strings.ToLower(strings.TrimSpace(strings.Map(visible, name))))
	name = strings.TrimSuffix(strings.TrimLeft(name, "@ $"), "/")
	if platform == "reddit" {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "/"), "u/")
	}
	if n := utf8.RuneCountInString(name); n < 2 || n > 80 {
		return form{}, fmt.Errorf("no name has this length: %w", ErrNotIdentifier)
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("._-@#+:", r) {
			return form{}, fmt.Errorf("name has a character that names do not have: %w", ErrNotIdentifier)
		}
	}
	return form{value: platform + ":" + name, confidence: 0.95}, nil
}

// visible drops what no reader sees.
func visible(r rune) rune {
	if chars.Invisible(r) {
		return -1
	}
	return r
}

// Platform returns the name of a platform by one that people use for it, "" for one
// that is not known.
func Platform(name string) string { return platforms[name] }
