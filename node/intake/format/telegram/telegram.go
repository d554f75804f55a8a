// Package telegram reads what Telegram Desktop exports of a chat or of a whole account, as
// JSON (result.json) and as pages (messages.html). A message is a record: its text, whose
// pieces are joined, the cards of contacts in it, and where its links lead. Who wrote it,
// in which chat and when is kept beside what stands in it. The numbers by which Telegram
// names accounts are no telephone numbers and are not taken.
package telegram

import (
	"regexp"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/members"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// JSON is the entry of the list of formats for result.json.
var JSON = reading.Format{
	Name:       "telegram",
	Title:      "Telegram's export of a chat or an account (JSON)",
	Source:     "Telegram Desktop, export_output_json.cpp",
	MediaTypes: []string{"application/json"},
	Tell: func(h *reading.Head) (string, bool) {
		if !h.LikeJSON() {
			return "", false
		}
		s := h.Shape()
		chat := s.Has("type", "id", "messages") && chats[s.Texts["type"]]
		account := s.Has("about", "personal_information") || s.Has("about", "chats") || s.Has("about", "contacts") || s.Has("about", "left_chats")
		return "has the members of Telegram's export", chat || account
	},
	Read: readJSON,
}

// chats are the types of chats, as exports name them.
var chats = map[string]bool{
	"personal_chat": true, "private_group": true, "private_supergroup": true, "public_supergroup": true, "private_channel": true, "public_channel": true,
	"bot_chat": true, "saved_messages": true,
}

// lists are the containers whose elements are records.
var lists = regexp.MustCompile(`^(?:|messages|(?:chats|left_chats|contacts|frequent_contacts|sessions|web_sessions)(?:/list)?|(?:chats|left_chats)/list/\*(?:/messages)?)$`)

// internal are members that hold Telegram's own numbers, or say again what others say.
var internal = []string{
	"text_entities", "from_id", "actor_id", "id", "reply_to_message_id", "message_id", "user_id", "date_unixtime", "edited_unixtime", "photo", "file", "thumbnail",
	"mime_type", "sticker_emoji", "peer_id", "reactions",
}

func readJSON(in *reading.Input, out *reading.Sink) error {
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, _ bool) bool { return lists.MatchString(pattern) })
	chat := ""
	return in.Each(d, out, func(rec jsonrec.Record, v jsonrec.Value) error {
		if text, ok := v.Str(); ok {
			if strings.HasSuffix(rec.Path, "name") {
				chat = text
			}
			return nil
		}
		if !v.Object() {
			return nil
		}
		s := reading.Statement{Platform: "telegram"}
		switch {
		case strings.Contains(rec.Path, "messages/"):
			s.Context = reading.Context(reading.WrittenBy(v.Get("from").Text()), reading.InChat(chat))
		case rec.Path == "personal_information":
			s.Context = []string{"of the account's holder"}
		case strings.HasPrefix(rec.Path, "contacts"):
			s.Context = []string{"among the contacts"}
		}
		return members.Object(out, rec.Path, v.Without(internal...), s, reading.About{})
	})
}
