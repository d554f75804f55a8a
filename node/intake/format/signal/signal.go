// Package signal reads Signal's export of chats in plain text: JSON, one frame a line
// (account, recipients, chats, messages). A recipient's number is a party; messages are
// searched, with who wrote them, which way they went and when kept beside what stands in
// them. A backup that is encrypted is not read.
package signal

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/members"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "signal",
	Title:      "Signal's export of chats in plain text (JSON, one frame a line)",
	Source:     "signalapp/libsignal Backup.proto, in its JSON form",
	MediaTypes: []string{"application/jsonl"},
	Tell: func(h *reading.Head) (string, bool) {
		if !h.LikeJSON() {
			return "", false
		}
		lines := h.SampleLines()
		for _, l := range lines[:min(len(lines), 20)] {
			v, err := jsonrec.Parse([]byte(l), 100)
			if err != nil {
				return "", false
			}
			if v.Get("chatItem", "chatId").Exists() || v.Get("recipient", "id").Exists() && (v.Get("recipient", "contact").Exists() || v.Get("recipient", "self").Exists()) {
				return "has the frames of Signal's export", true
			}
		}
		return "", false
	},
	Read: read,
}

// maxRecipients is how many recipients are remembered, to say who wrote what.
const maxRecipients = 100_000

func read(in *reading.Input, out *reading.Sink) error {
	r := &frames{out: out, names: map[string]string{}}
	return in.Lines(out, func(l reading.Line) error {
		text := strings.TrimSpace(l.Text)
		if text == "" {
			return nil
		}
		v, err := jsonrec.Parse([]byte(text), in.Limits.Depth)
		if err != nil {
			return out.Broken(l.Record, err)
		}
		return r.frame(l.Record, v)
	})
}

type frames struct {
	out   *reading.Sink
	names map[string]string // of recipients, by their number in the export
}

func (r *frames) frame(record string, v jsonrec.Value) error {
	switch {
	case v.Get("recipient").Exists():
		return r.recipient(record, v.Get("recipient"))
	case v.Get("chatItem").Exists():
		return r.message(record, v.Get("chatItem"))
	case v.Get("account").Exists():
		account := v.Get("account")
		if name := account.Get("username").Text(); name != "" {
			s := reading.Statement{Record: record, Kind: casework.Handle, Platform: "signal", Value: name, Optional: true, Context: []string{"of the account's holder"}}
			if err := r.out.Value(s); err != nil {
				return err
			}
			return r.out.Record()
		}
	}
	return r.out.Ignored()
}

func (r *frames) recipient(record string, v jsonrec.Value) error {
	c := v.Get("contact")
	number := c.Get("e164").Text()
	name := strings.TrimSpace(c.Get("profileGivenName").Text() + " " + c.Get("profileFamilyName").Text())
	if number != "" {
		number = "+" + strings.TrimPrefix(number, "+")
		name = strings.TrimSpace(name + " " + number)
	}
	if len(r.names) < maxRecipients && name != "" {
		r.names[v.Get("id").Text()] = name
	}
	user := c.Get("username").Text()
	if number == "" && user == "" {
		return r.out.Ignored()
	}
	for _, s := range []reading.Statement{
		{Kind: casework.Phone, Value: number}, {Kind: casework.Handle, Platform: "signal", Value: user, Optional: true},
	} {
		s.Record, s.Context = record, []string{"a party of the chats"}
		if err := r.out.Value(s); err != nil {
			return err
		}
	}
	return r.out.Record()
}

// message states one message: its text, the link it quotes, the cards of contacts in it.
func (r *frames) message(record string, v jsonrec.Value) error {
	way := ""
	switch {
	case v.Get("incoming").Exists():
		way = reading.Received
	case v.Get("outgoing").Exists():
		way = reading.Sent
	}
	var a reading.About
	if at, ok := reading.ParseTime(v.Get("dateSent").Text()); ok {
		a.Seen = at
	}
	s := reading.Statement{Context: reading.Context(way, reading.WrittenBy(r.names[v.Get("authorId").Text()]))}
	body := v.Without("chatId", "authorId", "dateSent", "incoming", "outgoing", "directionless", "revisions", "expireStartDate", "expiresInMs")
	return members.Object(r.out, record, body, s, a)
}
