// Package text finds identifiers in texts that people write: adverts, messages, notes,
// most of them written so that machines do not see the telephone numbers in them.
//
//	text -> plain characters -> addresses, wallets, handles, links (their places are
//	taken) -> prices, dates, measures (so are theirs) -> words for digits, digits ->
//	runs -> the numbers in a run -> region, validity, cue -> confidence
//
// What a writer gains by an unreadable number is that it is not found; what a writer
// gains by planting a number is a candidate of a confidence that the caller sees, and
// below [sharing.LowConfidence] no candidate is matched.
package text
