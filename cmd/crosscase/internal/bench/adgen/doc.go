// Package adgen writes fictional advert texts in which telephone numbers are
// hidden the ways advertisers hide them, and texts in which none stands although
// digits do. Extraction is measured on them: each text says which numbers a careful
// reader finds in it, and in which style they were written.
//
// The styles come from what is published about adverts and from how people read
// numbers aloud in five languages, and not from what the extractor can do: whoever
// adds one writes it here first. Numbers are drawn from ranges that regulators keep
// for fiction, and nothing else. The same seed gives the same texts.
package adgen
