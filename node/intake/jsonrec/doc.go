// Package jsonrec reads a JSON document of any size record by record. The caller
// says into which containers to go down (a STIX bundle's "objects", the media of
// a VICS file); everything else is given whole, as one [Record], and [Parse]
// makes a small tree of it.
//
//	{"type":"bundle","objects":[{...},{...}]}
//	        type ^      objects/0 ^     ^ objects/1
//
// What a hostile or careless document can do is settled here, for every format:
//
//   - nesting deeper than the limit: that record is refused, with its path;
//   - a record larger than the limit: skipped without being held, and reported;
//   - a broken record: reported, and reading goes on at the next record that
//     looks like its siblings; one bad record in 10,000 costs one;
//   - duplicate names and text that is not UTF-8: two programs may read such a
//     record differently, so this one refuses to read it (RFC 8259 section 4, 8.1);
//   - anything behind the document: reported.
//
// Memory is bounded by the limit for a record. An error holds a path and a
// reason, never a value.
package jsonrec
