// Package mbox reads the messages of an mbox (RFC 4155). A message begins with a line of
// "From ", an address and a date behind an empty line; a paragraph that begins with the
// word From is none. The separators of emersion/go-mbox are any line with that word in
// front, which cuts messages that people write, so that they are told here.
package mbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"

	"github.com/crosscase/crosscase/node/intake/format/mail"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "mbox",
	Title:      "mailboxes in mbox form",
	Source:     "RFC 4155",
	MediaTypes: []string{"application/mbox"},
	Container:  true,
	Binary:     true,
	Tell: func(h *reading.Head) (string, bool) {
		return "begins with the line of an mbox", bytes.HasPrefix(h.Raw, []byte("From ")) && bytes.Contains(h.Raw, []byte("\nFrom:"))
	},
	Read: read,
}

func read(in *reading.Input, out *reading.Sink) error {
	box := &mailbox{r: bufio.NewReaderSize(in, 64<<10), blank: true, end: true}
	for n := 1; ; n++ {
		if !box.next() {
			return box.err()
		}
		if err := mail.Message(box, out, fmt.Sprintf("message %d", n), in.Limits); err != nil {
			return err
		}
	}
}

// maxSeparator is how much of a line is looked at to tell a separator.
const maxSeparator = 512

// separator is the line before a message: a sender and the date that asctime writes, in
// the variants of the programs that write mailboxes.
var separator = regexp.MustCompile(`^From (?:\S+|".*"\S*|-) +(?:[A-Za-z]{3},? +)?(?:[A-Za-z]{3} +\d{1,2}|\d{1,2} +[A-Za-z]{3})\b.*\d{1,2}:\d{2}`)

// A mailbox returns one message after the other as a reader.
type mailbox struct {
	r       *bufio.Reader
	blank   bool // the last line was empty, or there was none
	partial bool // the last piece did not end its line
	end     bool // a separator is next
	fault   error
	rest    []byte
}

// next passes over what is left of a message and the separator of the next.
func (m *mailbox) next() bool {
	if _, err := io.Copy(io.Discard, m); err != nil || m.fault != nil && !m.end {
		return false
	}
	for {
		line, err := m.r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && len(line) == 0 {
			m.fault = err
			return false
		}
		m.end, m.blank, m.partial = false, false, false
		return true
	}
}

func (m *mailbox) err() error {
	if m.fault == io.EOF || m.fault == nil {
		return nil
	}
	return m.fault
}

func (m *mailbox) Read(p []byte) (int, error) {
	for len(m.rest) == 0 {
		if m.end {
			return 0, io.EOF
		}
		if m.fault != nil {
			return 0, m.fault
		}
		if m.blank && !m.partial && m.separated() {
			m.end = true
			continue
		}
		line, err := m.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			m.fault = err
		}
		m.blank = !m.partial && len(bytes.TrimRight(line, "\r\n")) == 0
		m.partial = err == bufio.ErrBufferFull
		m.rest = append(m.rest[:0], line...)
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// separated reports whether the next line is a separator.
func (m *mailbox) separated() bool {
	if head, _ := m.r.Peek(5); string(head) != "From " {
		return false
	}
	line, _ := m.r.Peek(maxSeparator)
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return separator.Match(line)
}
