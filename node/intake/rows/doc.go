// Package rows reads delimited text, one row at a time, out of files that keep
// to no rule: RFC 4180 where they follow it, and a stated reading where not.
//
//   - Lines end in CR LF, LF or a lone CR, mixed as they come.
//   - A quote opens only at the start of a field; it closes where a delimiter,
//     a line end or the end of the file follows. Other quotes are text.
//   - A quote that never closes costs its own row: the row is reported, and
//     reading goes on with the line after the one where it began.
//   - A row longer than the limit is reported and skipped.
//
// Memory is bounded by the limit for a row, and time by the size of the file: an
// author who opens a quote in every line makes the reader look ahead once, not
// once a line.
package rows
