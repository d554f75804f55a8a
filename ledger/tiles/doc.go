// Package tiles keeps the ledger's leaves and hashes as C2SP tlog-tiles
// (https://c2sp.org/tlog-tiles): on disk for the replica that writes them, and
// read from a folder, or over HTTP by anybody whom the operator lets.
//
//	tile/<L>/<N>[.p/<W>]        256 hashes of level 8L
//	tile/entries/<N>[.p/<W>]    256 leaves, each behind its length in two bytes
//	checkpoint                  the newest certified checkpoint
//
// A [Store] appends leaves, recomputes every hash from the leaves that it stored,
// and on Publish makes all of it durable, partial tiles first and the checkpoint
// last: a reader that has a checkpoint finds every tile for it. What was appended
// after the last Publish is lost with the process; the replica appends it again
// from its raft log. A [Reader] trusts nothing that it reads: proofs are checked
// against a checkpoint by whoever asks, and a bundle or tile of the wrong length is
// an error. Who writes to the folder can change leaves; [Reader.Check] names the
// first leaf that does not hash into the checkpoint's root.
package tiles
