// Package oversight turns what an oversight body reads into what a lawyer asks: which
// questions were asked, by whom, why and on what basis; which reasons look like none;
// and the figures of a year.
//
//	audit.Verify --every entry that holds, with its opened detail--> Question, Lint, Year
//
// It computes and does no I/O but to the writer that it is given. What may name a person
// (the case's reference and the officer's free text) is shown only where the caller says
// so: [Describe].
//
// What an agency seals is its own word. A reason that passes the lint may be a lie, and
// one that does not may be true: the remarks say where to ask.
package oversight
