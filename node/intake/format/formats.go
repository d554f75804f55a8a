// Package format is the list of the formats that are read. Each is a folder below.
package format

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/format/caseuco"
	"github.com/crosscase/crosscase/node/intake/format/chat"
	"github.com/crosscase/crosscase/node/intake/format/csv"
	"github.com/crosscase/crosscase/node/intake/format/cybertip"
	"github.com/crosscase/crosscase/node/intake/format/document"
	"github.com/crosscase/crosscase/node/intake/format/file"
	"github.com/crosscase/crosscase/node/intake/format/form"
	"github.com/crosscase/crosscase/node/intake/format/gzipfile"
	"github.com/crosscase/crosscase/node/intake/format/html"
	"github.com/crosscase/crosscase/node/intake/format/image"
	"github.com/crosscase/crosscase/node/intake/format/json"
	"github.com/crosscase/crosscase/node/intake/format/jsonl"
	"github.com/crosscase/crosscase/node/intake/format/ldif"
	"github.com/crosscase/crosscase/node/intake/format/list"
	"github.com/crosscase/crosscase/node/intake/format/mail"
	"github.com/crosscase/crosscase/node/intake/format/mbox"
	"github.com/crosscase/crosscase/node/intake/format/misp"
	"github.com/crosscase/crosscase/node/intake/format/outlook"
	"github.com/crosscase/crosscase/node/intake/format/pdf"
	"github.com/crosscase/crosscase/node/intake/format/place"
	"github.com/crosscase/crosscase/node/intake/format/signal"
	"github.com/crosscase/crosscase/node/intake/format/social"
	"github.com/crosscase/crosscase/node/intake/format/stix"
	"github.com/crosscase/crosscase/node/intake/format/tarfile"
	"github.com/crosscase/crosscase/node/intake/format/telegram"
	"github.com/crosscase/crosscase/node/intake/format/text"
	"github.com/crosscase/crosscase/node/intake/format/vcard"
	"github.com/crosscase/crosscase/node/intake/format/vics"
	"github.com/crosscase/crosscase/node/intake/format/warc"
	"github.com/crosscase/crosscase/node/intake/format/workbook"
	"github.com/crosscase/crosscase/node/intake/format/xml"
	"github.com/crosscase/crosscase/node/intake/format/zipfile"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// all lists the formats in the order in which they are asked whether a source is theirs:
// the first that says so reads it. What a format is told by decides its place:
//
//  1. first bytes that are nothing else's (packages of Office before the zip archives that
//     they are, archives, pictures), and whatever is no text;
//  2. members or roots that a specification names (VICS before MISP and STIX, since its
//     files hold members that are called like theirs), before JSON and XML in general;
//  3. lines that a specification names (mbox before mail, which begins with headers too);
//  4. what is told by how its lines are alike: forms, tables, lists;
//  5. any other text.
//
// # To add a format
//
//   - a folder here with its reader, which exports one [reading.Format] named Format;
//   - its line in this list, at its place.
//
// From the list come the help of the commands, 'crosscase intake --formats', and what
// archives and attachments of mail are read as. The tests of this package then demand,
// and say so where one is missing: testdata/<name>/ with a sample that the reader takes
// something from, its golden file, the stated number of records and values in
// samples_test.go, a malformed sample in testdata/<name>/malformed, a title, a source;
// and that no other format before it in the list takes the sample for its own. The fuzz
// target is one for all formats and takes the new one in by itself.
var all = []reading.Format{
	workbook.XLSX, workbook.ODS, document.Format, zipfile.Format, warc.Format, gzipfile.Format, tarfile.Format, image.Format, outlook.Format, pdf.Format, file.Format,
	vics.Format, caseuco.Format, misp.Format, stix.Format, telegram.JSON, social.Format, signal.Format, jsonl.Format, json.Format, cybertip.Format,
	telegram.HTML, html.Format, place.Format, xml.Format,
	vcard.Format, ldif.Format, mbox.Format, mail.Format,
	chat.Format, form.Format, csv.Format, list.Format,
	text.Format,
}

// All returns the formats in the order in which they are asked.
func All() []reading.Format { return all }

// Named returns a format by its name.
func Named(name string) (reading.Format, bool) {
	for _, f := range all {
		if f.Name == name {
			return f, true
		}
	}
	return reading.Format{}, false
}

// Tell recognises the format of a source by its first bytes and says in words what it
// was told by. The name of a file is a hint for formats that ask for it and no more:
// content that lies about itself in its name is read for what it is.
func Tell(h *reading.Head) (f reading.Format, why string, ok bool) {
	for _, f := range all {
		if !f.Binary && len(h.Text()) == 0 {
			continue
		}
		if why, ok := f.Tell(h); ok {
			return f, why, true
		}
	}
	switch text := h.Text(); {
	case len(h.Raw) == 0:
		return reading.Format{}, "there is nothing in it", false
	case text == nil:
		return reading.Format{}, "it is no text and begins like nothing that is known", false
	default:
		return reading.Format{}, "it holds nothing but white space", false
	}
}

// Titles names the formats for a person, in one sentence.
func Titles() string {
	var titles []string
	for _, f := range all {
		titles = append(titles, f.Title)
	}
	return strings.Join(titles, "; ")
}
