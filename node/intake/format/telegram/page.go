package telegram

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// HTML is the entry of the list of formats for messages.html.
var HTML = reading.Format{
	Name:       "telegram-html",
	Title:      "Telegram's export of a chat (pages)",
	Source:     "Telegram Desktop, export_output_html.cpp",
	MediaTypes: []string{"text/html"},
	Tell: func(h *reading.Head) (string, bool) {
		text := h.Text()
		return "is a page of Telegram's export", len(text) > 0 && text[0] == '<' &&
			bytes.Contains(text, []byte(`class="page_wrap`)) && bytes.Contains(text, []byte(`class="message `))
	},
	Read: readPage,
}

// maxToken bounds one token of a page, and maxText the text of one message.
const (
	maxToken = 1 << 20
	maxText  = 1 << 20
)

func readPage(in *reading.Input, out *reading.Sink) error {
	z := html.NewTokenizer(in)
	z.SetMaxBuf(maxToken)
	p := &page{out: out}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := p.end(); err != nil {
				return err
			}
			if err := z.Err(); err != io.EOF && err != html.ErrBufferExceeded {
				return err
			} else if err != io.EOF {
				return out.Broken("the rest of the page", errToken)
			}
			if p.n == 0 {
				return out.Broken("the page", errNoMessage)
			}
			return nil
		case html.StartTagToken:
			if err := p.start(z.Token()); err != nil {
				return err
			}
		case html.EndTagToken:
			p.close(z.Token())
		case html.TextToken:
			p.write(string(z.Text()))
		}
	}
}

var (
	errToken     = fmt.Errorf("a piece of text or a tag longer than %d bytes", maxToken)
	errNoMessage = errors.New("no message of a chat is in it")
)

// A page gathers one message after the other.
type page struct {
	out  *reading.Sink
	n    int // of messages
	open bool
	in   part
	deep int // elements that are open in that part

	chat, from, date string
	text             strings.Builder
}

// A part is what of a page the text stands in.
type part uint8

const (
	nowhere part = iota
	title
	sender
	body
)

func (p *page) start(t html.Token) error {
	class, attr := "", map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
	}
	class = " " + attr["class"] + " "
	if t.Data == "br" {
		p.write("\n")
		return nil
	}
	if p.in != nowhere && t.Data != "img" {
		p.deep++
	}
	has := func(name string) bool { return strings.Contains(class, " "+name+" ") }
	switch {
	case t.Data == "a" && p.in == body:
		p.write(" " + attr["href"] + " ")
	case has("message") && strings.HasPrefix(attr["id"], "message"):
		if err := p.end(); err != nil {
			return err
		}
		p.n++
		p.open, p.date = true, ""
	case has("date") && attr["title"] != "":
		p.date = attr["title"]
	case has("from_name") && p.open:
		p.in, p.deep, p.from = sender, 1, ""
	case p.open && (has("text") || has("title") || has("status") || has("details")) && p.in == nowhere && !has("date"):
		p.in, p.deep = body, 1
		p.write("\n")
	case !p.open && has("text") && has("bold"):
		p.in, p.deep, p.chat = title, 1, ""
	}
	return nil
}

func (p *page) close(t html.Token) {
	if p.in == nowhere || t.Data == "br" || t.Data == "img" {
		return
	}
	if p.deep--; p.deep == 0 {
		p.in = nowhere
	}
}

func (p *page) write(text string) {
	switch {
	case p.in == title && len(p.chat) < 200:
		p.chat += text
	case p.in == sender && len(p.from) < 200:
		p.from += text
	case p.in == body && p.text.Len()+len(text) < maxText:
		p.text.WriteString(html.UnescapeString(text))
	}
}

// end states the message that was gathered.
func (p *page) end() error {
	text := strings.TrimSpace(p.text.String())
	p.text.Reset()
	p.in = nowhere
	if !p.open {
		return nil
	}
	p.open = false
	if text == "" {
		return p.out.Ignored()
	}
	a := &reading.About{}
	if at, ok := reading.ParseTime(strings.Replace(p.date, " UTC", "", 1)); ok {
		a.Seen = at
	}
	if err := p.out.Value(reading.Statement{
		Record: fmt.Sprintf("message %d", p.n), Prose: true, Value: text, Platform: "telegram", About: a,
		Context: reading.Context(reading.WrittenBy(p.from), reading.InChat(p.chat)),
	}); err != nil {
		return err
	}
	return p.out.Record()
}
