// Package warc reads archives of web pages: WARC 1.0 and 1.1 (ISO 28500), plain or with
// each record compressed, as they stand in WACZ too. The page of a response is read as
// what it is; its address, when it was captured and its digest are kept beside what stands
// in it. Requests, metadata and revisits are passed over.
//
// gowarc (nlnwa) validates and writes archives and keeps blocks on disk; what is needed
// here is to walk over records of a stream, so that it is done with net/http's reader of
// responses.
package warc

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"path"
	"strconv"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "warc",
	Title:      "archives of web pages (WARC; WACZ holds them)",
	Source:     "ISO 28500:2017",
	MediaTypes: []string{"application/warc"},
	Binary:     true,
	Container:  true,
	Archive:    true,
	Tell: func(h *reading.Head) (string, bool) {
		return "begins with a record of an archive of web pages", bytes.HasPrefix(h.Raw, []byte("WARC/1.")) || compressed(h.Raw)
	},
	Read: read,
}

// compressed reports whether a head is that of an archive whose records are compressed.
func compressed(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		return false
	}
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return false
	}
	begin := make([]byte, 7)
	if _, err := io.ReadFull(z, begin); err != nil {
		return false
	}
	return string(begin) == "WARC/1."
}

var (
	errRecord = errors.New("not a record of an archive of web pages; what stands behind it was not read")
	errBlock  = errors.New("the response cannot be read")
)

// maxHeader bounds the headers of one record.
const maxHeader = 1 << 20

func read(in *reading.Input, out *reading.Sink) error {
	r := bufio.NewReaderSize(in, 64<<10)
	var body io.Reader = r
	if bytes.HasPrefix(in.Head.Raw, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(r) // goes on from member to member
		if err != nil {
			return out.Broken("record 1", errRecord)
		}
		body = z
	}
	lines := bufio.NewReaderSize(body, 64<<10)
	for n := 1; ; n++ {
		more, err := record(lines, out, n)
		if err != nil || !more {
			return err
		}
	}
}

// record reads one record; more is false behind the last.
func record(r *bufio.Reader, out *reading.Sink, n int) (more bool, err error) {
	name := fmt.Sprintf("record %d", n)
	for { // two empty lines end a record
		c, err := r.Peek(1)
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, out.Broken(name, errRecord)
		}
		if c[0] != '\r' && c[0] != '\n' {
			break
		}
		if _, err := r.Discard(1); err != nil {
			return false, err
		}
	}
	limited := &io.LimitedReader{R: r, N: maxHeader}
	headers := textproto.NewReader(bufio.NewReaderSize(oneByte{limited}, 16))
	version, err := headers.ReadLine()
	if err != nil || !strings.HasPrefix(version, "WARC/1.") {
		return false, out.Broken(name, errRecord)
	}
	h, err := headers.ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return false, out.Broken(name, errRecord)
	}
	size, err := strconv.ParseInt(strings.TrimSpace(h.Get("Content-Length")), 10, 64)
	if err != nil || size < 0 {
		return false, out.Broken(name, errRecord)
	}
	block := &io.LimitedReader{R: r, N: size}
	if err := page(out, name, h, block); err != nil {
		return false, err
	}
	if _, err := io.Copy(io.Discard, block); err != nil {
		return false, out.Broken(name, errRecord)
	}
	if block.N > 0 {
		return false, out.Broken(name, errRecord)
	}
	return true, nil
}

// oneByte returns a byte at a time, so that a buffer around it takes nothing of the block
// behind the headers but what it was asked for.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:1]
	}
	return o.r.Read(p)
}

// page reads the page of a record.
func page(out *reading.Sink, name string, h textproto.MIMEHeader, block io.Reader) error {
	kind := h.Get("Warc-Type")
	if kind != "response" && kind != "resource" && kind != "conversion" {
		return nil
	}
	about := &reading.About{}
	about.Captured, _ = reading.ParseTime(h.Get("Warc-Date"))
	about.Seen = about.Captured
	target := strings.Trim(h.Get("Warc-Target-Uri"), "<>")
	inner := out.With(about)
	var context []string
	for _, c := range []struct{ what, value string }{{"on the page ", target}, {"captured with digest ", cmp.Or(h.Get("Warc-Payload-Digest"), h.Get("Warc-Block-Digest"))}} {
		if c.value != "" {
			context = append(context, reading.Printable(c.what+c.value))
		}
	}
	inner = inner.Saying(context...)
	body := block
	if kind == "response" && strings.HasPrefix(h.Get("Content-Type"), "application/http") {
		response, err := http.ReadResponse(bufio.NewReader(block), nil)
		if err != nil {
			return out.Broken(name, errBlock)
		}
		defer response.Body.Close()
		if body, err = decoded(response); err != nil {
			return out.Broken(name, errBlock)
		}
	}
	ext := path.Ext(strings.SplitN(target, "?", 2)[0])
	if len(ext) > 6 || strings.ContainsAny(ext, "/:") {
		ext = ""
	}
	return inner.Nested(reading.Printable(name+ext), body)
}

// decoded undoes the encoding of a response.
func decoded(r *http.Response) (io.Reader, error) {
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "gzip", "x-gzip":
		return gzip.NewReader(r.Body)
	case "", "identity":
		return r.Body, nil
	}
	return nil, errBlock
}
