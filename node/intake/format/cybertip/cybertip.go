// Package cybertip reads reports and file details of NCMEC's CyberTipline in XML. No
// document type is read and no entity expanded but XML's own five, so that a hostile file
// can name no other. What a report says of the company that made it is not taken.
package cybertip

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "cybertip",
	Title:      "NCMEC CyberTipline XML",
	Source:     "NCMEC CyberTipline Reporting API",
	MediaTypes: []string{"application/xml", "text/xml"},
	Tell: func(h *reading.Head) (string, bool) {
		root := markup.Root(h)
		return "is XML whose root is " + root, roots[root]
	},
	Read: read,
}

var roots = map[string]bool{"report": true, "fileDetails": true, "reports": true, "cyberTipReport": true, "reportResponse": true}

// read reads reports and file details of NCMEC's CyberTipline.
//
// No entity is expanded but XML's own five, no document type is read, nothing
// outside of the file is touched. What a report says of the company that made it
// (the reporter's own address) is not taken.
func read(in *reading.Input, out *reading.Sink) error {
	d := markup.NewXML(in)
	r := &tipReader{out: out, limits: in.Limits}
	for {
		tok, err := d.RawToken()
		if err == io.EOF && len(r.stack) == 0 {
			return nil
		}
		if failed := d.Failed(); failed != nil {
			return failed
		}
		if err != nil {
			return r.fault(err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return r.fault(markup.ErrDoctype)
		case xml.StartElement:
			if len(r.stack) >= in.Limits.Depth {
				return r.fault(markup.ErrXMLDepth)
			}
			r.open(t)
		case xml.CharData:
			if n := len(r.stack); n > 0 && len(r.stack[n-1].text)+len(t) <= in.Limits.Record {
				r.stack[n-1].text = append(r.stack[n-1].text, t...)
			}
		case xml.EndElement:
			if n := len(r.stack); n == 0 || r.stack[n-1].name != t.Name.Local {
				return r.fault(markup.ErrXML)
			}
			if err := r.close(); err != nil {
				return err
			}
		}
	}
}

type tipReader struct {
	out    *reading.Sink
	limits reading.Limits
	stack  []tipElement
	found  bool // something was stated since the record began
}

// A tipElement is an element that is open.
type tipElement struct {
	name     string
	index    int // among the children of its parent
	children map[string]int
	attrs    map[string]string
	text     []byte
	fields   map[string]string   // texts of children that were read
	held     []reading.Statement // handles that wait for their platform
}

// fault reports what ends the reading of the file.
func (r *tipReader) fault(err error) error {
	return r.out.Broken(cmp.Or(r.path(), "the document"), markup.Fault(err))
}

func (r *tipReader) open(t xml.StartElement) {
	e := tipElement{name: t.Name.Local, attrs: map[string]string{}, fields: map[string]string{}, children: map[string]int{}}
	for _, a := range t.Attr {
		e.attrs[a.Name.Local] = a.Value
	}
	if n := len(r.stack); n > 0 {
		e.index = r.stack[n-1].children[e.name]
		r.stack[n-1].children[e.name]++
	}
	r.stack = append(r.stack, e)
}

// path names the innermost open element: "report/personOrUserReported/phone[2]".
func (r *tipReader) path() string {
	parts := make([]string, len(r.stack))
	for i, e := range r.stack {
		parts[i] = reading.Printable(e.name)
		if e.index > 0 {
			parts[i] = fmt.Sprintf("%s[%d]", parts[i], e.index+1)
		}
	}
	return strings.Join(parts, "/")
}

// inside returns the innermost open element of a name.
func (r *tipReader) inside(name string) *tipElement {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if r.stack[i].name == name {
			return &r.stack[i]
		}
	}
	return nil
}

// about returns what holds where the reader stands.
func (r *tipReader) about() *reading.About {
	a := &reading.About{}
	switch {
	case r.inside("victim") != nil:
		a.Category = casework.Victim
	}
	for _, e := range r.stack {
		for _, name := range []string{"incidentDateTime", "dateTime"} {
			a.SetSeen(e.fields[name])
		}
	}
	return a
}

// close reads the element that ends.
func (r *tipReader) close() error {
	n := len(r.stack) - 1
	e := &r.stack[n]
	text := strings.TrimSpace(string(e.text))
	if n > 0 {
		if _, ok := r.stack[n-1].fields[e.name]; !ok && len(e.text) < 4096 {
			r.stack[n-1].fields[e.name] = text
		}
	}
	if r.inside("reporter") == nil {
		if err := r.leaf(e, text); err != nil {
			return err
		}
	}
	if n > 0 && e.name == "incidentSummary" {
		r.stack[n-1].fields["incidentDateTime"] = e.fields["incidentDateTime"]
	}
	isRecord := e.name == "fileDetails" || e.name == "report" || n == 0
	if isRecord {
		if err := r.platforms(e); err != nil {
			return err
		}
	}
	r.stack = r.stack[:n]
	if !isRecord || n == 0 && (e.name == "reports") {
		return nil
	}
	found := r.found
	r.found = false
	if !found {
		return r.out.Ignored()
	}
	return r.out.Record()
}

// leaf states what one element holds.
func (r *tipReader) leaf(e *tipElement, text string) error {
	s := reading.Statement{Record: r.path(), Value: text}
	switch e.name {
	case "phone", "phoneNumber":
		s.Kind = casework.Phone
		if code := e.attrs["countryCallingCode"]; code != "" && !strings.HasPrefix(text, "+") {
			s.Value = "+" + strings.TrimLeft(strings.TrimSpace(code), "+0") + " " + text // the zero may be a part of the number
		}
	case "email", "emailAddress":
		s.Kind = casework.Email
	case "url", "profileUrl", "locationOfFile":
		s.Kind = casework.URL
		s.Optional = e.name == "locationOfFile"
	case "screenName":
		s.Kind, s.Optional = casework.Handle, true
		return r.wait(s)
	case "ipCaptureEvent":
		s.Kind, s.Value = casework.IP, tipAddress(e.fields)
	case "originalFileHash":
		n, ok := reading.KindOf(e.attrs["hashType"])
		if !ok {
			return nil
		}
		s.Kind = n.Kind
		return r.wait(s) // whether the file was viewed may stand behind it
	case "deviceId":
		n, ok := reading.KindOf(e.fields["idType"])
		if !ok {
			return nil
		}
		s.Kind, s.Value = n.Kind, e.fields["idValue"]
	case "additionalInfo", "content", "profileBio", "bio", "userBio", "comments", "chatText", "messageText":
		s.Prose = true
	case "personOrUserReported", "victim", "intendedRecipient", "associatedAccount":
		return r.platforms(e)
	default:
		return nil
	}
	if s.Value == "" {
		return nil
	}
	r.found = true
	s.About = r.about()
	if at, ok := reading.ParseTime(e.fields["dateTime"]); ok {
		s.About.Seen = at // its own, not the incident's
	}
	return r.out.Value(s)
}

// tipAddress joins an address with its port and its time.
func tipAddress(fields map[string]string) string {
	addr := fields["ipAddress"]
	if addr == "" {
		return ""
	}
	if port := fields["port"]; port != "" && port != "0" {
		if strings.Contains(addr, ":") {
			addr = "[" + strings.Trim(addr, "[]") + "]"
		}
		addr += ":" + port
	}
	if at, ok := reading.ParseTime(fields["dateTime"]); ok {
		addr += "@" + at.Format("2006-01-02T15:04:05Z")
	}
	return addr
}

// fileTags keeps what the company says of a file. Whether its people looked at
// it decides in some countries what an officer may open; unsaid means no.
func fileTags(file *tipElement) []string {
	viewed := "fileViewedByEsp=false (not stated)"
	if v, ok := file.fields["fileViewedByEsp"]; ok {
		viewed = "fileViewedByEsp=false"
		if v == "true" || v == "1" {
			viewed = "fileViewedByEsp=true"
		}
	}
	tags := []string{viewed}
	if c := file.fields["industryClassification"]; c != "" {
		tags = append(tags, reading.Printable("industry classification "+c))
	}
	return tags
}

// wait keeps a handle until its person's element ends, or a hash until its
// file's: what is said of them may stand behind them.
func (r *tipReader) wait(s reading.Statement) error {
	if s.Value == "" {
		return nil
	}
	s.About = r.about()
	for i := len(r.stack) - 1; i >= 0; i-- {
		switch r.stack[i].name {
		case "personOrUserReported", "victim", "intendedRecipient", "associatedAccount", "fileDetails":
			r.stack[i].held = append(r.stack[i].held, s)
			return nil
		}
	}
	return nil
}

// platforms states the handles and hashes that waited in an element.
func (r *tipReader) platforms(e *tipElement) error {
	platform := reading.PlainName(cmp.Or(e.fields["platform"], e.fields["espService"]))
	if platform == "" && len(r.stack) > 0 {
		platform = reading.PlainName(r.stack[0].fields["platform"])
	}
	for _, s := range e.held {
		if e.name == "fileDetails" {
			s.Context = fileTags(e)
		} else {
			s.Platform, s.Optional = platform, platform == ""
		}
		r.found = true
		if err := r.out.Value(s); err != nil {
			return err
		}
	}
	e.held = nil
	return nil
}
