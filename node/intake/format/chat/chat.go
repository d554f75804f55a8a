// Package chat reads chats that a program exports as text, a message a line with its time
// and its sender in front, as WhatsApp does in every language of a phone:
//
//	03/01/2026, 10:15 - +44 7700 900145: text
//	[3/1/26, 10:15:01 a. m.] Name: text
//	2026. 1. 3. 오전 10:15, 이름 : text
//
// Lines without a time go on with the message before. A sender that is a number is a
// party; any other is kept as context. Which of two numbers of a date is the day is told
// by the other dates; where none tells it, times are not taken.
package chat

import (
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "chat",
	Title:      "chats exported as text (WhatsApp), in any language",
	Source:     "WhatsApp's _chat.txt of iOS and its exports of Android, as public reports of readers of them show them",
	MediaTypes: []string{"text/plain"},
	Tell:       tell,
	Read:       read,
}

// minMessages is how many of the first lines are messages, so that a text is a chat.
const minMessages = 2

func tell(h *reading.Head) (string, bool) {
	lines := h.SampleLines()
	if len(lines) == 0 {
		return "", false
	}
	if _, ok := headOf(lines[0]); !ok {
		return "", false
	}
	n, named := 0, 0
	for _, l := range lines {
		if m, ok := headOf(l); ok {
			n++
			if m.sender != "" {
				named++
			}
		}
	}
	return "each message begins with its time", named > 0 && (n >= minMessages || len(lines) <= minMessages)
}

// maxMessage bounds the lines of one message.
const maxMessage = 64 << 10

func read(in *reading.Input, out *reading.Sink) error {
	c := &conversation{out: out, order: orderOf(in.Head.SampleLines())}
	if err := in.LinesOrGap(out, c.line, c.end); err != nil {
		return err
	}
	if err := c.end(); err != nil {
		return err
	}
	if c.untold {
		return out.Note("which number of a date is the day cannot be told: times were not taken")
	}
	if c.timed {
		return out.Note("times are those of the phone's clock; its time zone is not stated")
	}
	return nil
}

// A conversation gathers the lines of a message.
type conversation struct {
	out   *reading.Sink
	order order
	open  bool
	head  head
	text  strings.Builder
	first reading.Line

	timed, untold bool
}

func (c *conversation) line(l reading.Line) error {
	h, ok := headOf(l.Text)
	if !ok && c.open && c.text.Len()+len(l.Text) < maxMessage {
		c.text.WriteByte('\n')
		c.text.WriteString(l.Text)
		c.first.Foreign = c.first.Foreign || l.Foreign
		return nil
	}
	if err := c.end(); err != nil {
		return err
	}
	c.open, c.head, c.first = true, h, l
	if !ok {
		c.head.text = l.Text
	}
	c.text.WriteString(c.head.text)
	return nil
}

// end states the message that was gathered.
func (c *conversation) end() error {
	if !c.open {
		return nil
	}
	text := c.text.String()
	c.text.Reset()
	c.open = false
	a := &reading.About{}
	if c.head.date != "" {
		at, ok := c.order.time(c.head)
		c.timed, c.untold = c.timed || ok, c.untold || !ok
		a.Seen = at
	}
	s := reading.Statement{Record: c.first.Record, About: a, Context: reading.Context(reading.WrittenBy(c.head.sender))}
	if c.first.Foreign {
		s.Assumed = []string{reading.ForeignEncoding}
	}
	if identify.PhoneLike(c.head.sender) {
		party := s
		party.Kind, party.Value, party.Optional, party.Context = casework.Phone, c.head.sender, true, []string{"a party of the chat"}
		if err := c.out.Value(party); err != nil {
			return err
		}
	}
	if strings.TrimSpace(text) == "" {
		return c.out.Record()
	}
	s.Prose, s.Value, s.Line = true, text, c.first.Number
	if err := c.out.Value(s); err != nil {
		return err
	}
	return c.out.Record()
}
