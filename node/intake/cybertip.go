package intake

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/crosscase/crosscase/policy/casework"
)

func init() { readers[CyberTip] = readCyberTip }

var (
	errDoctype  = errors.New("a document type definition; such a file is not read further, since entities can name other files")
	errXMLDepth = errors.New("elements nested deeper than the limit")
	errXMLToken = errors.New("a piece of text or a tag longer than the limit")
	errXML      = errors.New("not well-formed XML")
)

// readCyberTip reads reports and file details of NCMEC's CyberTipline.
//
// No entity is expanded but XML's own five, no document type is read, nothing
// outside of the file is touched. What a report says of the company that made it
// (the reporter's own address) is not taken.
func readCyberTip(in *input, p *pipe) error {
	guard := &xmlGuard{r: in, limit: in.limits.Record}
	d := xml.NewDecoder(guard)
	d.CharsetReader = xmlCharset
	r := &tipReader{p: p, limits: in.limits}
	for {
		tok, err := d.RawToken()
		if err == io.EOF && len(r.stack) == 0 {
			return nil
		}
		if guard.failed != nil {
			return guard.failed
		}
		if err != nil {
			return r.fault(err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return r.fault(errDoctype)
		case xml.StartElement:
			if len(r.stack) >= in.limits.Depth {
				return r.fault(errXMLDepth)
			}
			r.open(t)
		case xml.CharData:
			if n := len(r.stack); n > 0 && len(r.stack[n-1].text)+len(t) <= in.limits.Record {
				r.stack[n-1].text = append(r.stack[n-1].text, t...)
			}
		case xml.EndElement:
			if n := len(r.stack); n == 0 || r.stack[n-1].name != t.Name.Local {
				return r.fault(errXML)
			}
			if err := r.close(); err != nil {
				return err
			}
		}
	}
}

type tipReader struct {
	p      *pipe
	limits Limits
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
	fields   map[string]string // texts of children that were read
	held     []statement       // handles that wait for their platform
}

// fault reports what ends the reading of the file.
func (r *tipReader) fault(err error) error {
	switch {
	case errors.Is(err, errDoctype), errors.Is(err, errXMLDepth), errors.Is(err, errXMLToken), errors.Is(err, errXML):
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		err = errors.New("the document ends too early")
	case errors.Is(err, errCharset):
		err = errCharset
	default:
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			err = fmt.Errorf("%w in line %d", errXML, syntax.Line)
		} else {
			err = errXML
		}
	}
	return r.p.broken(or(r.path(), "the document"), err)
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
		parts[i] = printable(e.name)
		if e.index > 0 {
			parts[i] = fmt.Sprintf("%s[%d]", parts[i], e.index+1)
		}
	}
	return strings.Join(parts, "/")
}

// inside gives the innermost open element of a name.
func (r *tipReader) inside(name string) *tipElement {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if r.stack[i].name == name {
			return &r.stack[i]
		}
	}
	return nil
}

// about gives what holds where the reader stands.
func (r *tipReader) about() *about {
	a := &about{}
	switch {
	case r.inside("victim") != nil:
		a.category = casework.Victim
	}
	for _, e := range r.stack {
		for _, name := range []string{"incidentDateTime", "dateTime"} {
			a.setSeen(e.fields[name])
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
		return r.p.ignored()
	}
	return r.p.record()
}

// leaf states what one element holds.
func (r *tipReader) leaf(e *tipElement, text string) error {
	s := statement{record: r.path(), value: text}
	switch e.name {
	case "phone", "phoneNumber":
		s.kind = casework.Phone
		if code := e.attrs["countryCallingCode"]; code != "" && !strings.HasPrefix(text, "+") {
			s.value = code + " " + strings.TrimLeft(text, "0 ")
		}
	case "email", "emailAddress":
		s.kind = casework.Email
	case "url", "profileUrl", "locationOfFile":
		s.kind = casework.URL
		s.optional = e.name == "locationOfFile"
	case "screenName":
		s.kind, s.optional = casework.Handle, true
		return r.wait(s)
	case "ipCaptureEvent":
		s.kind, s.value = casework.IP, tipAddress(e.fields)
	case "originalFileHash":
		n, ok := kindOf(e.attrs["hashType"])
		if !ok {
			return nil
		}
		s.kind = n.kind
		return r.wait(s) // whether the file was viewed may stand behind it
	case "deviceId":
		n, ok := kindOf(e.fields["idType"])
		if !ok {
			return nil
		}
		s.kind, s.value = n.kind, e.fields["idValue"]
	case "additionalInfo", "content":
		s.prose = true
	case "personOrUserReported", "victim", "intendedRecipient", "associatedAccount":
		return r.platforms(e)
	default:
		return nil
	}
	if s.value == "" {
		return nil
	}
	r.found = true
	s.about = r.about()
	if at, ok := timeOf(e.fields["dateTime"]); ok {
		s.about.seen = at // its own, not the incident's
	}
	return r.p.value(s)
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
	if at, ok := timeOf(fields["dateTime"]); ok {
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
		tags = append(tags, printable("industry classification "+c))
	}
	return tags
}

// wait keeps a handle until its person's element ends, or a hash until its
// file's: what is said of them may stand behind them.
func (r *tipReader) wait(s statement) error {
	if s.value == "" {
		return nil
	}
	s.about = r.about()
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
	platform := plainName(or(e.fields["platform"], e.fields["espService"]))
	if platform == "" && len(r.stack) > 0 {
		platform = plainName(r.stack[0].fields["platform"])
	}
	for _, s := range e.held {
		if e.name == "fileDetails" {
			s.tags = fileTags(e)
		} else {
			s.platform, s.optional = platform, platform == ""
		}
		r.found = true
		if err := r.p.value(s); err != nil {
			return err
		}
	}
	e.held = nil
	return nil
}

var errCharset = errors.New("an encoding that is not read")

// xmlCharset reads the encodings that a declaration may name. Those with a
// byte-order mark were decoded before.
func xmlCharset(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-32":
		return r, nil
	case "iso-8859-1", "latin1", "iso-8859-15", "windows-1252", "cp1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	}
	return nil, errCharset
}

// An xmlGuard refuses text and tags longer than the limit before the decoder
// holds them.
type xmlGuard struct {
	r      io.Reader
	limit  int
	run    int   // bytes since the last angle bracket
	failed error // of the source
}

func (g *xmlGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if err != nil && err != io.EOF {
		g.failed = err
	}
	for i, c := range p[:n] {
		if c == '<' || c == '>' {
			g.run = 0
			continue
		}
		if g.run++; g.run > g.limit {
			return i, errXMLToken
		}
	}
	return n, err
}
