// Package sqlite keeps an agency's own cases, encrypted at rest, and what
// matching and disclosure have to remember. It is one SQLite database under
// Adiantum disk encryption, opened by one process at a time.
//
// Adiantum hides and does not authenticate. So every value that is about a person,
// a case or an officer is sealed again, in its field, with XChaCha20-Poly1305
// under a key derived from the store key and bound to its place; a field that was
// moved or changed does not open ([ErrCorrupt]). Exact look-ups go by an HMAC of
// the value under a key of its own. What lies in the clear inside the encryption
// is row numbers, kinds, flags, times, look-up keys and tags.
//
// It is built for items that come in by the million and later a few at a time.
// What would touch a page of its own for each is kept in sorted runs instead of an
// index: tags, and the look-up keys of items. What was asked and published is kept in
// ranges of numbers. What the records of a source have in common is stored once.
//
// Whoever steals the folder sees sizes and times. Whoever also has the store key
// sees everything. That is more than the values: it is, too, what the match key of the
// running epoch makes of them, which recognises them among the tags that peers have, as
// the match key itself does that lies beside the store. It is erased with its item, and
// with the epoch.
//
// A transaction is whole or was not: a process that dies, or a disk that is full
// ([ErrFull]), leaves the state before it. No error holds a value.
package sqlite
