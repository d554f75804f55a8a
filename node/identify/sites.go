package identify

import (
	"regexp"
	"strings"
)

// A site is a platform whose pages show persons: which of its paths do, and how its names
// are formed. A path that is not exactly one of those is a page and nobody's name.
type site struct {
	platform string
	paths    []string        // shapes of a path, with NAME in the place of the name
	reserved map[string]bool // names that belong to the site
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// sites maps the hosts of platforms, without "www." and what else stands in front for
// languages and devices.
var sites = func() map[string]site {
	telegram := site{"telegram", []string{"NAME", "s/NAME"}, words(`joinchat addstickers addemoji addlist addtheme share proxy socks login iv
		setlanguage bg boost invoice confirmphone contact giftcode message nft stars premium blog faq apps dl url msg_url`)}
	instagram := site{"instagram", []string{"NAME"}, words("p reel reels stories explore tv accounts direct about legal developer web emails challenge graphql api ar share help press privacy terms download oauth guides topics directory")}
	x := site{"x", []string{"NAME"}, words("home explore i intent search share hashtag login logout signup settings messages notifications compose tos privacy about jobs download account who_to_follow widgets personalization lists bookmarks oauth")}
	facebook := site{"facebook", []string{"NAME"}, words(`people messages photo photos groups pages events marketplace watch reel reels share sharer login help gaming friends business policies
		privacy hashtag notes media video videos stories dialog plugins ads settings bookmarks search public directory home pg l permalink story profile fundraisers donate live games
		community legal terms careers about company recover checkpoint saved memories salegroups groupsfeed posts stories.php`)}
	snapchat := site{"snapchat", []string{"add/NAME", "@NAME"}, nil}
	onlyfans := site{"onlyfans", []string{"NAME"}, words("my help terms privacy posts login about contact dmca antitrafficking faq how-it-works blog store usc cookies chats bookmarks")}
	reddit := site{"reddit", []string{"user/NAME", "u/NAME"}, nil}
	vk := site{"vk", []string{"NAME"}, words("feed im friends groups video videos audio audios photos albums search apps app market login about jobs help support ads dev away.php share.php write clips docs fave settings blog press terms privacy")}
	github := site{"github", []string{"NAME"}, words("features topics collections trending events about pricing login join settings explore marketplace sponsors orgs security enterprise customer-stories readme site contact notifications issues pulls search apps team new organizations codespaces")}
	twitch := site{"twitch", []string{"NAME"}, words("directory videos p jobs turbo downloads login signup settings subscriptions wallet prime store search friends drops")}
	threads := site{"threads", []string{"@NAME"}, nil}
	return map[string]site{
		"t.me": telegram, "telegram.me": telegram, "telegram.dog": telegram,
		"instagram.com": instagram, "instagr.am": instagram,
		"x.com": x, "twitter.com": x,
		"facebook.com": facebook, "fb.com": facebook, "m.me": {"facebook", []string{"NAME"}, facebook.reserved},
		"tiktok.com": {"tiktok", []string{"@NAME"}, nil}, "snapchat.com": snapchat,
		"onlyfans.com": onlyfans, "fansly.com": {"fansly", []string{"NAME", "NAME/posts"}, words("home login explore post help terms privacy")},
		"reddit.com": reddit, "vk.com": vk, "vk.ru": vk, "kik.me": {"kik", []string{"NAME"}, nil}, "github.com": github, "twitch.tv": twitch,
		"cash.app": {"cashapp", []string{"$NAME"}, nil}, "paypal.me": {"paypal", []string{"NAME"}, nil},
		"paypal.com": {"paypal", []string{"paypalme/NAME"}, nil}, "venmo.com": {"venmo", []string{"u/NAME"}, nil},
		"threads.net": threads, "threads.com": threads, "linkedin.com": {"linkedin", []string{"in/NAME"}, nil},
		"threema.id": {"threema", []string{"NAME"}, nil}, "line.me": {"line", []string{"ti/p/~NAME", "R/ti/p/~NAME"}, nil},
		"youtube.com": {"youtube", []string{"@NAME"}, nil}, "discord.com": {"discord", []string{"users/NAME"}, nil},
		"pinterest.com": {"pinterest", []string{"NAME"}, words("pin search ideas business login settings today explore categories about")},
	}
}()

// grammars are how the names of a platform are formed, in lower case; a platform without
// one takes whatever names have in common.
var grammars = map[string]*regexp.Regexp{
	"telegram":  regexp.MustCompile(`^[a-z][a-z0-9_]{3,31}$`),
	"instagram": regexp.MustCompile(`^[a-z0-9_](?:[a-z0-9_.]{0,28}[a-z0-9_])?$`),
	"x":         regexp.MustCompile(`^[a-z0-9_]{1,15}$`),
	"facebook":  regexp.MustCompile(`^(?:[a-z0-9.]*[a-z][a-z0-9.]{2,49}|\d{5,20})$`),
	"tiktok":    regexp.MustCompile(`^[a-z0-9_.]{2,24}$`),
	"snapchat":  regexp.MustCompile(`^[a-z][a-z0-9_.\-]{1,13}[a-z0-9]$`),
	"onlyfans":  regexp.MustCompile(`^[a-z0-9_.\-]*[a-z][a-z0-9_.\-]*$`),
	"reddit":    regexp.MustCompile(`^[a-z0-9_\-]{3,20}$`),
	"vk":        regexp.MustCompile(`^[a-z0-9_.]{2,32}$`),
	"kik":       regexp.MustCompile(`^[a-z0-9_.]{2,20}$`),
	"github":    regexp.MustCompile(`^[a-z0-9](?:[a-z0-9\-]{0,37}[a-z0-9])?$`),
	"twitch":    regexp.MustCompile(`^[a-z0-9][a-z0-9_]{2,24}$`),
	"cashapp":   regexp.MustCompile(`^[a-z0-9_]{1,20}$`),
	"paypal":    regexp.MustCompile(`^[a-z0-9]{1,20}$`),
	"venmo":     regexp.MustCompile(`^[a-z0-9_\-]{5,30}$`),
	"threads":   regexp.MustCompile(`^[a-z0-9_.]{1,30}$`),
	"youtube":   regexp.MustCompile(`^[\p{L}\p{N}_.\-·]{3,30}$`),
	"discord":   regexp.MustCompile(`^(?:[a-z0-9_.]{2,32}|.{2,32}#\d{4}|\d{17,20})$`),
	"session":   regexp.MustCompile(`^05[0-9a-f]{64}$`),
	"threema":   regexp.MustCompile(`^[a-z0-9*]{8}$`),
	"skype":     regexp.MustCompile(`^(?:live:)?[a-z.][a-z0-9_.,:\-]{5,49}$`),
	"wickr":     regexp.MustCompile(`^[a-z0-9_.\-]{3,32}$`),
	"line":      regexp.MustCompile(`^[a-z0-9._\-]{4,20}$`),
	"wechat":    regexp.MustCompile(`^[a-z][a-z0-9_\-]{5,19}$`),
	"viber":     regexp.MustCompile(`^[a-z0-9_.]{3,32}$`),
	"signal":    regexp.MustCompile(`^[a-z_][a-z0-9_]{2,31}\.\d{2,9}$`),
	"icq":       regexp.MustCompile(`^(?:\d{5,10}|[a-z0-9_.]{3,32})$`),
}

// vkPages are pages of VKontakte that are no person's, by their form.
var vkPages = regexp.MustCompile(`^(?:wall|photo|video|club|public|event|topic|album|doc|clip|app|market|story|audio|page|poll|note|board)-?\d`)

// NameOf reports whether a name is formed like those of a platform.
func NameOf(platform, name string) bool {
	name = strings.ToLower(strings.TrimLeft(name, "@"))
	if g, ok := grammars[platform]; ok {
		return g.MatchString(name) && !(platform == "vk" && vkPages.MatchString(name))
	}
	return len(name) >= 2 && len(name) <= 64
}

// person returns the name that a path of a site is the page of.
func (s site) person(path string) (string, bool) {
	path = strings.Trim(path, "/")
	for _, shape := range s.paths {
		before, after, _ := strings.Cut(shape, "NAME")
		if before != "" && (len(path) < len(before) || !strings.EqualFold(path[:len(before)], before)) {
			continue
		}
		name := path[len(before):]
		if after != "" && !strings.HasSuffix(name, after) {
			continue
		}
		name = strings.TrimSuffix(name, after)
		if before == "" {
			name = strings.TrimLeft(name, "@")
		}
		bare := strings.TrimSuffix(strings.ToLower(name), ".php")
		if name == "" || strings.Contains(name, "/") || s.reserved[bare] || bare != strings.ToLower(name) || !NameOf(s.platform, name) {
			continue
		}
		return name, true
	}
	return "", false
}

// siteOf returns the site of a host.
func siteOf(host string) (site, bool) {
	for _, prefix := range []string{"www.", "m.", "mobile.", "old.", "web."} {
		host = strings.TrimPrefix(host, prefix)
	}
	if s, ok := sites[host]; ok {
		return s, true
	}
	// a language in front: nl-nl.facebook.com, de.linkedin.com
	if first, rest, ok := strings.Cut(host, "."); ok && (len(first) == 2 || len(first) == 5 && first[2] == '-') {
		if s, ok := sites[rest]; ok && (s.platform == "facebook" || s.platform == "linkedin" || s.platform == "pinterest") {
			return s, true
		}
	}
	return site{}, false
}
