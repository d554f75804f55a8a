package misp

import (
	"cmp"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// An object is what a MISP object says about its attributes.
type object struct{ name, platform, chain, dist string }

// objectOf reads what the attributes of an object say of each other.
func objectOf(name string, attributes []jsonrec.Value) object {
	o := object{name: name, platform: platformOf(name)}
	for _, a := range attributes {
		value := a.Get("value").Text()
		switch a.Get("object_relation").Text() {
		case "symbol", "currency":
			o.chain = value
		case "account-type", "platform", "app-used":
			o.platform = cmp.Or(o.platform, value)
		case "type":
			if messages[name] { // of a microblog: the service
				o.platform = cmp.Or(o.platform, value)
			}
		}
	}
	return o
}

// platformOf returns the platform of an object such as telegram-account or twitter-post.
func platformOf(name string) string {
	for _, ending := range []string{"-account", "-post", "-user", "-channel", "-page", "-group", "-list"} {
		if platform, ok := strings.CutSuffix(name, ending); ok {
			return identify.Platform(platform)
		}
	}
	return ""
}

// messages are objects that hold what people wrote.
var messages = map[string]bool{
	"instant-message": true, "instant-message-group": true, "microblog": true, "twitter-post": true, "facebook-post": true, "reddit-post": true, "reddit-comment": true,
	"reddit-subreddit": true, "blog": true, "news-agency": true, "youtube-comment": true, "youtube-video": true, "parler-comment": true, "parler-post": true, "gitlab-user": true,
	"forged-document": true, "phishing": true, "sms": true, "email": true, "telegram-bot": true, "publication": true, "annotation": true, "chat": true,
}

// texts are relations of attributes in which people write.
var texts = map[string]bool{
	"body": true, "post": true, "post-title": true, "text": true, "message": true, "description": true, "content": true, "subject": true,
	"comment": true, "email-body": true, "title": true, "biography": true, "bio": true, "video-description": true, "reddit-comment": true,
}

// names are relations of attributes that hold the name of an account; those that hold a
// name for display are not among them.
var names = map[string]bool{
	"name": true, "account-name": true, "username": true, "user-name": true, "screen-name": true, "from-user": true, "to-user": true, "user": true,
	"username-quoted": true, "in-reply-to-display-name": false, "account-id": true, "user-id": true, "id": true,
}

// account reads an attribute whose meaning its object returns: the name of an account on a
// platform, or a text.
func (o object) account(typ, relation, value string) (reading.Observed, bool) {
	if typ != "text" && typ != "other" && typ != "comment" {
		return reading.Observed{}, false
	}
	if texts[relation] && (messages[o.name] || o.platform != "") {
		return reading.Observed{Value: value, Prose: true}, true
	}
	if o.platform == "" || !names[relation] {
		return reading.Observed{}, false
	}
	platform := cmp.Or(identify.Platform(strings.ToLower(o.platform)), o.platform)
	if !identify.NameOf(platform, value) || strings.HasSuffix(relation, "id") && platform != "facebook" && platform != "discord" {
		return reading.Observed{}, false
	}
	return reading.Observed{Naming: reading.Naming{Kind: casework.Handle, Platform: platform}, Value: value}, true
}
