// Package match finds out which identifiers two agencies both hold, without
// either showing the other any: publishing tags, asking, answering, and hits on
// tags that come later. DESIGN.md beside it says why it is as it is.
//
//	publisher B                                     asker A
//	tags of its items under a key for A  --tags-->  kept; those asked before hit at once
//
//	asker A                                         answerer B
//	blinded elements, committed to in the
//	ledger; a receipt for it             --query--> receipt, fresh, names A, B, the epoch? parts as committed?
//	                                                Answer entry; then evaluates
//	proof checked, unblinded, tag under
//	B's key for A, looked up             <--------  evaluated elements, one proof a part
//
// Every message rests on an entry that is in the ledger first; without a quorum
// of voters nothing is published, asked or answered.
//
// # What a dishonest peer can learn or break
//
// An asker learns outputs for what it committed to in the ledger and nothing else:
// the hash of each part is checked against the commitment before any of it is
// evaluated; a part is evaluated once, and a cut brings the same bytes again. A
// receipt of another asker, batch, peer or epoch, an old one, and one that the own
// ledger contradicts are refused, each with its code. What it asks counts against
// the quotas of the agreement, and the answerer's own.
//
// An answerer sees uniformly random elements. One that evaluates under another key
// than its record's is found out by the proof, before an output exists. One that
// withholds answers is known by its missing entries.
//
// A publisher can list tags of guesses; a hit on one shows only at the asker, who
// sends nothing upon it. What it sends is kept only whole and as committed.
//
// All that a peer sends is bounded by [wire]; memory is a few parts for each peer,
// and evaluation has one budget of processor time for all.
package match
