package jsonrec

import "io"

// A window is the unread part of the source, as far as it was needed.
type window struct {
	src  io.Reader
	buf  []byte
	r, w int
	err  error
}

func newWindow(src io.Reader) window { return window{src: src, buf: make([]byte, 64<<10)} }

// at returns unread byte n, reading on where needed.
func (d *window) at(n int) (byte, bool) {
	for d.r+n >= d.w {
		if d.err != nil {
			return 0, false
		}
		d.fill()
	}
	return d.buf[d.r+n], true
}

func (d *window) fill() {
	if d.r > 0 && d.w == len(d.buf) {
		// a new buffer, so that a record given out stays as it was
		fresh := make([]byte, max(64<<10, 2*(d.w-d.r)))
		d.w = copy(fresh, d.buf[d.r:d.w])
		d.r, d.buf = 0, fresh
	} else if d.w == len(d.buf) {
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

// failed reports whether the source itself failed, other than by ending.
func (d *window) failed() bool { return d.err != nil && d.err != io.EOF }

func (d *window) front(n int) []byte { return d.buf[d.r : d.r+n : d.r+n] }

func (d *window) consume(n int) { d.r += n }

// peek skips white space and returns the byte behind it.
func (d *window) peek() (byte, bool) {
	for {
		c, ok := d.at(0)
		if !ok || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, ok
		}
		d.r++
	}
}

// scan returns the length of the value at the front of the window. It holds the
// value to what tells records apart: brackets in pairs, strings closed, nothing
// but JSON's own characters between them. The grammar itself is Parse's.
func (d *window) scan(limit, depth int) (int, error) {
	open := make([]byte, 0, 16)
	for n := 0; ; n++ {
		c, ok := d.at(n)
		if !ok && n > 0 && len(open) == 0 {
			return n, nil // a number or a literal at the end
		}
		switch {
		case !ok:
			return n, ErrTruncated
		case n >= limit:
			return n, ErrTooLong
		}
		switch c {
		case '{', '[':
			if len(open) >= depth {
				return n, ErrDepth
			}
			open = append(open, c+2) // both brackets close two code points on
		case '}', ']':
			if len(open) == 0 {
				return end(n)
			}
			if open[len(open)-1] != c {
				return n, ErrSyntax
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return n + 1, nil
			}
		case '"':
			if n > 0 && len(open) == 0 {
				return n, ErrSyntax
			}
			after, err := d.quoted(n, limit)
			if err != nil {
				return after, err
			}
			if len(open) == 0 {
				return after, nil
			}
			n = after - 1
		case ',', ' ', '\t', '\r', '\n':
			if len(open) == 0 {
				return end(n)
			}
		case ':':
			if len(open) == 0 {
				return n, ErrSyntax
			}
		default:
			if !plain(c) {
				return n, ErrSyntax
			}
		}
	}
}

func end(n int) (int, error) {
	if n == 0 {
		return 0, ErrSyntax
	}
	return n, nil
}

// quoted returns the place behind the string that opens at n.
func (d *window) quoted(n, limit int) (int, error) {
	for n++; ; n++ {
		c, ok := d.at(n)
		switch {
		case !ok:
			return n, ErrTruncated
		case n >= limit:
			return n, ErrTooLong
		case c == '"':
			return n + 1, nil
		case c < 0x20:
			return n, ErrSyntax
		case c == '\\':
			n++
		}
	}
}

// plain reports whether c may stand in a number or a literal.
func plain(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// skip passes over the value at the front without holding it.
func (d *window) skip() error {
	depth, inString := 0, false
	for {
		c, ok := d.at(0)
		if !ok {
			return ErrTruncated
		}
		if !inString && depth == 0 && (c == ',' || c == '}' || c == ']') {
			return nil
		}
		d.r++
		switch {
		case inString && c == '\\':
			if _, ok := d.at(0); ok {
				d.r++
			}
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if !inString && depth == 0 && (c == '"' || c == '}' || c == ']') {
			return nil
		}
	}
}
