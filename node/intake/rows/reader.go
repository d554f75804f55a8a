package rows

import (
	"errors"
	"io"

	"github.com/crosscase/crosscase/node/intake/charset"
)

// Faults of one row; reading goes on behind it.
var (
	ErrTooLong   = errors.New("the row is longer than the limit")
	ErrUnclosed  = errors.New("a quote is opened and never closed")
	ErrTooWide   = errors.New("the row has more columns than the limit")
	ErrZeroBytes = errors.New("the row holds zero bytes")
)

// MaxColumns is the number of fields that a row may have.
const MaxColumns = 4096

// A Row is one record of a delimited file.
type Row struct {
	Line    int      // where the row begins, from 1
	Fields  []string // UTF-8
	Foreign bool     // some field was not UTF-8 and was read as Windows-1252
	Err     error    // the row could not be read; Fields is nil
}

// Empty reports whether no field holds anything.
func (r Row) Empty() bool {
	for _, f := range r.Fields {
		if f != "" {
			return false
		}
	}
	return true
}

// A Reader returns the rows of a delimited file.
type Reader struct {
	src   io.Reader
	comma byte // 0: a whole line is the only field, and quotes mean nothing
	limit int

	buf     []byte
	r, w    int   // unread part of buf
	base    int64 // offset of buf[0] in the file
	err     error // of src
	line    int   // lines before buf[r]
	oneLine int64 // up to this offset a quoted field may not span lines

	text []byte // fields of the row being read
	ends []int
}

// NewReader reads rows of at most limit bytes. A comma of 0 makes each line one
// field as it stands.
func NewReader(src io.Reader, comma byte, limit int) *Reader {
	return &Reader{src: src, comma: comma, limit: max(limit, 16), buf: make([]byte, 64<<10)}
}

// Next returns the next row, with io.EOF behind the last one. A row with Err set
// is one that could not be read. Any other error is the source's own.
func (d *Reader) Next() (Row, error) {
	if _, ok := d.at(0); !ok {
		return Row{}, d.err
	}
	line := d.line + 1
	n, fault := d.parse()
	if fault == ErrUnclosed {
		d.oneLine = max(d.oneLine, d.base+int64(d.r+n))
		n, fault = d.parse() // with the quote taken as confined to its line
		if fault == ErrTooLong {
			d.skipLine(n)
			return Row{Line: line, Err: ErrTooLong}, nil
		}
		d.advance(n)
		return Row{Line: line, Err: ErrUnclosed}, nil
	}
	if fault == ErrTooLong {
		d.skipLine(n)
		return Row{Line: line, Err: ErrTooLong}, nil
	}
	d.advance(n)
	if fault != nil {
		return Row{Line: line, Err: fault}, nil
	}
	row := Row{Line: line, Fields: make([]string, len(d.ends))}
	from := 0
	for i, end := range d.ends {
		text, ok := charset.Field(d.text[from:end])
		row.Fields[i] = text
		row.Foreign = row.Foreign || !ok
		from = end
	}
	return row, nil
}

// parse splits the row at the front of the buffer and returns its length in bytes
// with its line end, without consuming it.
func (d *Reader) parse() (n int, fault error) {
	d.text, d.ends = d.text[:0], d.ends[:0]
	fieldStart := true
	for {
		c, ok := d.at(n)
		switch {
		case n > d.limit:
			return n, ErrTooLong
		case !ok || c == '\n' || c == '\r':
			d.ends = append(d.ends, len(d.text))
			return n + d.lineEnd(n), fault
		case c == '"' && fieldStart && d.comma != 0:
			after, closed, err := d.quoted(n + 1)
			if err != nil {
				return after, err
			}
			n = after
			if !closed {
				fault = ErrUnclosed
			}
		case c == d.comma && d.comma != 0:
			if len(d.ends) >= MaxColumns-1 {
				fault = ErrTooWide
			} else {
				d.ends = append(d.ends, len(d.text))
			}
			n++
			fieldStart = true
			continue
		default:
			if c == 0 {
				fault = ErrZeroBytes
			}
			d.text = append(d.text, c)
			n++
		}
		fieldStart = false
	}
}

// quoted reads a quoted field from behind its opening quote. A quote confined
// to its line that does not close there returns closed=false.
func (d *Reader) quoted(n int) (after int, closed bool, err error) {
	confined := d.base+int64(d.r) < d.oneLine
	for {
		c, ok := d.at(n)
		switch {
		case n > d.limit && confined:
			return n, false, ErrTooLong
		case n > d.limit || !ok && !confined:
			return n, false, ErrUnclosed
		case !ok || confined && (c == '\n' || c == '\r'):
			return n, false, nil
		case c != '"':
			d.text = append(d.text, c)
			n++
			continue
		}
		next, more := d.at(n + 1)
		switch {
		case !more || next == d.comma || next == '\n' || next == '\r':
			return n + 1, true, nil
		case next == '"':
			n++ // a doubled quote stands for one
		}
		d.text = append(d.text, '"')
		n++
	}
}

// lineEnd returns the length of the line end at n.
func (d *Reader) lineEnd(n int) int {
	c, ok := d.at(n)
	if !ok {
		return 0
	}
	if next, more := d.at(n + 1); c == '\r' && more && next == '\n' {
		return 2
	}
	return 1
}

// at returns byte n of the unread part, reading on where needed.
func (d *Reader) at(n int) (byte, bool) {
	for d.r+n >= d.w {
		if d.err != nil {
			return 0, false
		}
		d.fill()
	}
	return d.buf[d.r+n], true
}

func (d *Reader) fill() {
	if d.r > 0 && d.w == len(d.buf) {
		copy(d.buf, d.buf[d.r:d.w])
		d.base += int64(d.r)
		d.w -= d.r
		d.r = 0
	}
	if d.w == len(d.buf) {
		d.buf = append(d.buf, make([]byte, len(d.buf))...)
	}
	for range 100 {
		n, err := d.src.Read(d.buf[d.w:])
		d.w += n
		if err != nil {
			d.err = err
		}
		if n > 0 || err != nil {
			return
		}
	}
	d.err = io.ErrNoProgress
}

// advance consumes n bytes and counts their lines.
func (d *Reader) advance(n int) {
	for i := range n {
		c := d.buf[d.r+i]
		if c == '\n' || c == '\r' && (i+1 == n || d.buf[d.r+i+1] != '\n') {
			d.line++
		}
	}
	d.r += n
}

// skipLine consumes what is left of a line from byte n on, however long.
func (d *Reader) skipLine(n int) {
	d.advance(n)
	for {
		c, ok := d.at(0)
		if !ok {
			return
		}
		if c == '\n' || c == '\r' {
			d.advance(d.lineEnd(0))
			return
		}
		d.advance(1)
	}
}
