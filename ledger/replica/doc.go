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
// Raft trusts its members; this package does not. Its calls are taken from voters
// only, and only under the name that the connection proved: raft itself believes
// what a call says of its sender. Whether a member has got a vote while this replica
// was away, a voter that it knows can tell it. A submitted entry must be signed by
// the member that sends it, and its author believes that it is logged when it finds
// it in its own copy, not when the leader says so. A cosignature is given to the present leader
// only, over a root that the replica computed from the leaves that it stored
// itself, and never for less than it signed before. A leader can delay, drop and
// reorder entries, and stamp a time within the agreed skew; it cannot forge one,
// and a leader that shows two histories needs voters that sign both. A replica that
// sees another root than its own for a size keeps both notes under evidence/ and
// stops ([ErrAlarm]): from then on nothing is asked or answered through it. Members
// show each other their newest checkpoints, so that two histories meet.
//
// A replica that starts recomputes every hash from the leaves in its tiles and
// replays them, so that it knows its members before raft has a quorum; what it
// accepts next is decided by raft's own replay, which it compares with the tiles
// leaf by leaf. A root that the leader did not sign is refused and stops nobody; one
// that it signed is kept as its confession. A voter's claims of term, log and vote
// are not proved: a voter that wants to can keep the others from agreeing, and even
// have them store different entries, which stops them ([ErrAlarm]); it cannot make
// them certify what a majority did not check.
//
// Decoders of libraries that take bytes of a peer here, and what bounds them: raft's
// msgpack decoder, for calls and for answers, by measuring each call before it is
// decoded (bounds.go): bytes, values, depth, entries, and one large call of a member
// in memory at a time; CBOR of entries, by their 16 KiB and the limits that package
// entry sets; signed notes, by [checkpoint.MaxSize]. raft-wal's codec reads only what
// this replica wrote.
//
// What is acknowledged (a receipt was given) is in the logs of a majority and in a
// checkpoint that a majority signed. What raft committed and nobody certified yet
// is certified when a majority is back. A disk that is full, or a log that is
// behind what was signed ([ErrBehind]), stops the replica rather than let it guess;
// so does a log of which a byte changed, which raft and its store do not notice.
// Nothing here notices a disk that was put back to an earlier state as a whole: it
// catches up as if it had been away, but may vote twice in a term of raft. Restore a
// backup only where the disk itself was lost.
package replica
