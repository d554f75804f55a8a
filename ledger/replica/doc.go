// Package replica keeps an agency's copy of the ledger in step with the others, by
// raft, and certifies what it holds.
//
//	author               leader                      every replica
//	entry --submit-->    checks, stamps the time
//	                     raft log -----------------> state.Apply; leaf into tiles
//	                     checkpoint --cosign-------> own root equal? never less signed?
//	                                                 make it durable, then sign
//	                     <--log signature, cosignature
//	                     majority: raft log -------> verify; tiles for it on disk
//	<--receipt: proof against the certified checkpoint
//
// The raft log carries two commands: an entry with its append time, and a certified
// checkpoint. Only entries become leaves. The leader certifies when something was
// committed, at most every Cadence, and every Refresh when nothing was, so that
// receipts stay fresh.
//
// Raft trusts its members; this package does not. A stream is taken from members
// only, under the identity that the connection proved. A submitted entry must be
// signed by the member that sends it. A cosignature is given to the present leader
// only, over a root that the replica computed from the leaves that it stored
// itself, and never for less than it signed before. A leader can delay, drop and
// reorder entries, and stamp a time within the agreed skew; it cannot forge one,
// and a leader that shows two histories needs voters that sign both. A replica that
// sees another root than its own for a size keeps both notes under evidence/ and
// stops ([ErrAlarm]): from then on nothing is asked or answered through it.
//
// What is acknowledged (a receipt was given) is in the logs of a majority and in a
// checkpoint that a majority signed. What raft committed and nobody certified yet
// is certified when a majority is back. A disk that is full, or a log that is
// behind what was signed ([ErrBehind]), stops the replica rather than let it guess.
package replica
