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
// A replica that starts recomputes every hash from the leaves in its tiles and
// replays them, so that it knows its members before raft has a quorum; what it
// accepts next is decided by raft's own replay, which it compares with the tiles
// leaf by leaf. A root that the leader did not sign is refused and stops nobody; one
// that it signed is kept as its confession. Who vouches for whom ends at the member:
// inside a member's raft stream its claims of term and vote are not proved, so a
// member that wants to can keep the others from agreeing, though not make them err.
//
// What is acknowledged (a receipt was given) is in the logs of a majority and in a
// checkpoint that a majority signed. What raft committed and nobody certified yet
// is certified when a majority is back. A disk that is full, or a log that is
// behind what was signed ([ErrBehind]), stops the replica rather than let it guess.
package replica
