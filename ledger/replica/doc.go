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
// Voters replicate by raft. Members without a vote follow certified checkpoints and
// their leaves, which any voter sends (follow.go).
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
// A replica that starts goes on from the state that it kept last, and recomputes the
// hashes of the leaves after it and replays them, so that it knows its members before
// raft has a quorum; the other hashes it recomputes while it runs (keptstate.go). What it
// accepts next is decided by raft's own replay, which it compares with the tiles leaf by
// leaf. A root that the leader did not sign is refused and stops nobody; one
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
// is certified when a majority is back. A disk that is full stops the replica rather
// than let it guess; so does a tile or a command of which a byte changed.
//
// A replica whose journal of signatures or raft log is missing, damaged or older than
// what another remembers has no vote and signs nothing (entering.go): it refills from
// certified tiles, and takes part again once every other voter has told it what it
// signed and where raft's log ended, or, where one stays away, once the members have
// replaced its log by an entry (replaced.go) and half of the others have told it. It then neither votes for nor becomes a leader
// whose log ends before that, and signs nothing below the newest checkpoint that
// bears its signature, as if it had kept its own. A folder that was copied into its
// place is told by the file that holds the journal; a disk image that was put back as
// a whole, by the number of the start, which each voter signs and the others remember.
// An image that is put back while the only voter who knows better is away is not told
// before that one is back: then [ErrBehind].
package replica
