package identify

// A Found is an identifier in a text: where it stands and how it was written.
type Found struct {
	Result
	Start, End int    // bytes of the text
	Style      string // how it was written: plain, words, keycaps, ...
}
