// Package vics reads the Project VIC data model: hashes of media with the category that
// was given to them and the country's model that it was given under. Only hashes are
// taken.
package vics

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:   "vics",
	Title:  "Project VIC (VICS) 1.x and 2.0",
	Source: "Project VIC data model, OData JSON",
	Tell:   tell,
	Read:   read,
}

func tell(h *reading.Head) (string, bool) {
	if !h.LikeJSON() {
		return "", false
	}
	s := h.Shape()
	context := s.Texts["odata.metadata"] + s.Texts["@odata.context"]
	return "names the VICS data model", strings.Contains(context, "ProjectVic") || strings.Contains(context, "VICS") ||
		s.Has("value") && context != "" || s.Has("MediaID", "MD5") || s.Has("MediaID", "Category")
}

// read reads files of media or of cases that hold media. Only hashes are taken: the examiner's own number and
// address stand in each case and are nobody's lead.
//
// Exporters differ from the model and from each other, and one of them writes
// invalid JSON: each media record is read by itself, and a broken one is reported
// and passed over. Categories differ by country, so that a category is kept with
// the model that it was stated under.
func read(in *reading.Input, out *reading.Sink) error {
	s := in.Head.Shape()
	single := s.Names["MediaID"] && !s.Array
	r := &vicsReader{out: out, seen: map[string]bool{}}
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, array bool) bool {
		if single {
			return false
		}
		switch pattern {
		case "", "value", "value/*/Media", "Media", "Cases", "Cases/*/Media":
			return array || pattern == ""
		case "value/*":
			return !array && r.cases
		case "Cases/*":
			return !array
		case "*":
			return s.Array && !s.Names["MediaID"]
		case "*/Media":
			return array
		}
		return false
	})
	if err := in.Each(d, out, r.record); err != nil {
		return err
	}
	if r.repeated > 0 {
		return out.Note(fmt.Sprintf("%d media records carry a MediaID that another one has; each was read", r.repeated))
	}
	return nil
}

var errNoHash = errors.New("a media record without a hash")

type vicsReader struct {
	out      *reading.Sink
	cases    bool   // the value holds cases, by its context
	model    string // "1.3", "2.0 US"
	tool     string
	version  string
	caseRef  string
	seen     map[string]bool // media ids of the case
	repeated int
}

// record takes a member of the file, of a case, or a media record.
func (r *vicsReader) record(rec jsonrec.Record, v jsonrec.Value) error {
	name := rec.Path[strings.LastIndexByte(rec.Path, '/')+1:]
	switch {
	case name == "odata.metadata" || name == "@odata.context":
		r.context(v.Text())
		return nil
	case name == "SourceApplicationName":
		r.tool = reading.Printable(v.Text())
		return nil
	case name == "SourceApplicationVersion":
		r.version = reading.Printable(v.Text())
		return nil
	case name == "CaseNumber":
		if r.caseRef != v.Text() {
			clear(r.seen)
		}
		r.caseRef = v.Text()
		return nil
	case !v.Object():
		return nil
	case v.Has("Media"): // a case that was not gone into
		return r.wholeCase(rec.Path, v)
	}
	return r.media(rec.Path, v)
}

// context reads the model's version and what the file holds:
// ".../DataModels/1.3.xml#Cases", ".../2.0.xml/US/$metadata#Media".
func (r *vicsReader) context(text string) {
	model, holds, _ := strings.Cut(text, "#")
	r.cases = strings.HasPrefix(holds, "Cases")
	if at := strings.LastIndex(model, "DataModels/"); at >= 0 {
		model = model[at+len("DataModels/"):]
	}
	version, country, _ := strings.Cut(model, ".xml")
	country = strings.Trim(strings.TrimSuffix(country, "$metadata"), "/")
	if len(version) <= 8 && len(country) <= 8 {
		r.model = reading.Printable(strings.TrimSpace(version + " " + country))
	}
}

func (r *vicsReader) wholeCase(path string, v jsonrec.Value) error {
	r.tool, r.version = reading.Printable(v.Get("SourceApplicationName").Text()), reading.Printable(v.Get("SourceApplicationVersion").Text())
	r.caseRef = v.Get("CaseNumber").Text()
	clear(r.seen)
	for i, m := range v.Get("Media").Each() {
		if err := r.media(fmt.Sprintf("%s/Media/%d", path, i), m); err != nil {
			return err
		}
	}
	return nil
}

// media states the hashes of one media record.
func (r *vicsReader) media(record string, v jsonrec.Value) error {
	a := reading.About{CaseRef: r.caseRef, Tool: strings.TrimSpace(r.tool + " " + r.version)}
	if id := v.Get("MediaID").Text(); id != "" {
		if r.seen[id] {
			r.repeated++
		}
		if len(r.seen) < 200_000 {
			r.seen[id] = true
		}
	}
	if err := r.out.Problems(record, a.SetSeen(v.Get("DateUpdated").Text())); err != nil {
		return err
	}
	s := reading.Statement{Record: record, About: &a, Context: r.tags(v)}
	given := map[string]bool{}
	n := 0
	state := func(kind casework.Kind, value string) error {
		value = vicsHash(kind, strings.TrimSpace(value))
		key := string(kind) + strings.ToLower(value)
		if value == "" || given[key] {
			return nil
		}
		given[key] = true
		n++
		one := s
		one.Kind, one.Value = kind, value
		return r.out.Value(one)
	}
	for _, h := range []struct {
		member string
		kind   casework.Kind
	}{{"MD5", casework.MD5}, {"SHA1", casework.SHA1}, {"SHA256", casework.SHA256}, {"PhotoDNA", casework.PhotoDNA}, {"PDQ", casework.PDQ}} {
		if err := state(h.kind, v.Get(h.member).Text()); err != nil {
			return err
		}
	}
	for _, alt := range v.Get("AlternativeHashes").Each() {
		named, ok := reading.KindOf(alt.Get("HashName").Text())
		if !ok {
			continue
		}
		if err := state(named.Kind, alt.Get("HashValue").Text()); err != nil {
			return err
		}
	}
	for _, f := range v.Get("MediaFiles").Each() {
		if err := state(casework.MD5, f.Get("MD5").Text()); err != nil {
			return err
		}
	}
	if n == 0 {
		if err := r.out.Problem(record, errNoHash); err != nil {
			return err
		}
	}
	return r.out.Record()
}

// tags keeps what the record says of the picture: the category with its scheme,
// the series, whether those in it are identified.
func (r *vicsReader) tags(v jsonrec.Value) []string {
	var tags []string
	if c := v.Get("Category"); c.Exists() && c.Text() != "" {
		tags = append(tags, reading.Printable("vics category "+c.Text()+" ("+cmp.Or(r.model, "model not stated")+")"))
	}
	if series := v.Get("Series").Text(); series != "" {
		tags = append(tags, reading.Printable("series "+series))
	}
	for _, name := range []string{"VictimIdentified", "OffenderIdentified", "IsDistributed"} {
		if v.Get(name).True() {
			tags = append(tags, name)
		}
	}
	return tags
}

// vicsHash makes hexadecimal of a digest in base64.
func vicsHash(kind casework.Kind, value string) string {
	sizes := map[casework.Kind]int{casework.MD5: 16, casework.SHA1: 20, casework.SHA256: 32, casework.PDQ: 32}
	raw, err := base64.StdEncoding.DecodeString(value)
	if size, ok := sizes[kind]; ok && err == nil && len(raw) == size && len(value) != 2*size {
		return hex.EncodeToString(raw)
	}
	return value
}
