// Package reading holds what the readers of formats are made of: what a format is
// ([Format]), what a reader gets ([Input]) and what it tells ([Statement], [About],
// by way of a [Sink]), with the words by which sources name kinds of identifiers
// and say under which terms a value may be used.
//
//	Input --Format.Read--> Sink.Value, Problem, Record, Ignored, Note, Nested
//
// A reader states values as its source writes them. It does not bring them into
// canonical form, does not decide what may be matched, and opens no other file: what
// stands inside its source (an attachment, a file of an archive) it hands to
// [Sink.Nested], which recognises it like any other source.
//
// A record is named by its line ("line 7") or by its path in the document
// ("objects/3"). Names of records, problems and notes are shown to people and kept in
// logs of the import: no value and no person's name stands in them.
package reading
