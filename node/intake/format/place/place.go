// Package place reads tracks and maps: KML (OGC 12-007) and GPX 1.1. Places are context and
// are never matched: what is read are the descriptions beside them, in which numbers and
// addresses may stand, with where and when as context. Points that say nothing are counted.
package place

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "places",
	Title:      "maps and tracks (KML, GPX): what is written beside their places, which are never matched",
	Source:     "OGC 12-007, GPX 1.1",
	MediaTypes: []string{"application/vnd.google-earth.kml+xml", "application/gpx+xml"},
	Tell: func(h *reading.Head) (string, bool) {
		root := strings.ToLower(markup.Root(h))
		return "is a map or a track", root == "kml" || root == "gpx"
	},
	Read: read,
}

// places are the elements that stand for one place each.
var places = map[string]bool{"Placemark": true, "wpt": true, "trkpt": true, "rtept": true}

// descriptions are the elements whose text is searched.
var descriptions = map[string]bool{
	"name": true, "description": true, "desc": true, "cmt": true, "snippet": true, "Snippet": true, "address": true, "phoneNumber": true, "value": true, "displayName": true, "text": true, "author": true,
}

func read(in *reading.Input, out *reading.Sink) error {
	d := markup.NewXML(in)
	r := &reader{out: out, limit: in.Limits.Record}
	for {
		tok, err := d.RawToken()
		if err == io.EOF && r.depth == 0 {
			return r.finish()
		}
		if failed := d.Failed(); failed != nil {
			return failed
		}
		if err == nil {
			err = r.token(tok, in.Limits.Depth)
		}
		if r.stopped != nil {
			return r.stopped
		}
		if err != nil {
			return out.Broken(fmt.Sprintf("behind place %d", r.n), markup.Fault(err))
		}
	}
}

type reader struct {
	out     *reading.Sink
	limit   int
	stopped error // of the sink
	depth   int
	n       int // of places
	silent  int // places that say nothing
	point   point
	text    strings.Builder // of the innermost element
	outside strings.Builder // what is written of the whole
}

// A point is a place that is being read.
type point struct {
	open     bool
	at, when string
	words    []string
	size     int
}

func (r *reader) token(tok xml.Token, depth int) error {
	switch t := tok.(type) {
	case xml.Directive:
		return markup.ErrDoctype
	case xml.StartElement:
		if r.depth++; r.depth > depth {
			return markup.ErrXMLDepth
		}
		r.text.Reset()
		switch name := t.Name.Local; {
		case places[name]:
			r.n++
			r.point = point{open: true}
			if lat, lon := markup.Attribute(t, "lat"), markup.Attribute(t, "lon"); lat != "" && lon != "" {
				r.point.at = lat + ", " + lon
			}
		case name == "link" && markup.Attribute(t, "href") != "":
			r.say(markup.Attribute(t, "href"))
		}
	case xml.CharData:
		if r.text.Len()+len(t) <= r.limit {
			r.text.Write(t)
		}
	case xml.EndElement:
		r.depth--
		text := strings.TrimSpace(r.text.String())
		r.text.Reset()
		switch name := t.Name.Local; {
		case places[name]:
			r.stopped = r.end()
		case descriptions[name]:
			r.say(text)
		case name == "coordinates" && r.point.at == "":
			r.point.at = position(text)
		case name == "time" || name == "when" || name == "begin":
			r.point.when = text
		}
	}
	return nil
}

// position returns the first of KML's positions, which have the longitude in front.
func position(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if parts := strings.Split(strings.TrimSpace(first), ","); len(parts) >= 2 {
		return strings.TrimSpace(parts[1]) + ", " + strings.TrimSpace(parts[0])
	}
	return ""
}

func (r *reader) say(text string) {
	switch {
	case text == "":
	case !r.point.open && r.outside.Len()+len(text) <= r.limit:
		r.outside.WriteString(text + "\n")
	case r.point.open && r.point.size+len(text) <= r.limit:
		r.point.words, r.point.size = append(r.point.words, text), r.point.size+len(text)
	}
}

// end states what is written beside a place.
func (r *reader) end() error {
	p := r.point
	r.point = point{}
	if len(p.words) == 0 {
		r.silent++
		return nil
	}
	a := &reading.About{}
	a.Seen, _ = reading.ParseTime(p.when)
	var context []string
	if p.at != "" {
		context = []string{reading.Printable("beside the place " + p.at)}
	}
	if err := r.out.Value(reading.Statement{Record: fmt.Sprintf("place %d", r.n), Prose: true, Value: strings.Join(p.words, "\n"), About: a, Context: context}); err != nil {
		return err
	}
	return r.out.Record()
}

func (r *reader) finish() error {
	if text := strings.TrimSpace(r.outside.String()); text != "" {
		if err := r.out.Value(reading.Statement{Record: "the document", Prose: true, Value: text}); err != nil {
			return err
		}
		if err := r.out.Record(); err != nil {
			return err
		}
	}
	return r.out.Note(fmt.Sprintf("%d places, %d of them with nothing written beside them; places are never matched", r.n, r.silent))
}
