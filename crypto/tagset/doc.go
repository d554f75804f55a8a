// Package tagset holds what one agency publishes to one peer so that a later
// answer can be looked up: a set of 10-byte tags, and its forms on the wire and
// on disk. It computes only; readers and writers are given to it.
//
//	B, once an epoch                          A, B's peer
//	k_BA = NewPeerKey()
//	t = Of(k_BA, y_B(x)) for each item x
//	t, Padding up to Pad(n), Sort, Encoder -- snapshot --> Decoder (whole, once)
//	                                                       Reader  (look-ups)
//	Delta{Number, Added, Removed} ---------- delta ----->  DecodeDelta
//
// A tag is the first 80 bits of HMAC-SHA-256 (RFC 2104) under a key for that
// peer and epoch, over the 64-byte output of the VOPRF (RFC 9497). Two peers of
// B cannot compare what they hold. A false hit between sets of 2^20 and 2^20
// has probability 2^-40.
//
// # Snapshot
//
// All integers are big-endian; n is the number of tags.
//
//	header   "xctags" | version 1 (1 byte) | Rice parameter k (1) | n (8)
//	blocks   of 4096 tags, the last one shorter:
//	         length (4) | first tag (10) | codes of the others, zero bits to a byte
//	index    for each block: first tag (10) | length (4) | SHA-256 of the block
//	trailer  SHA-256 over header and index, called the root
//
// A code is the difference to the tag before, less one, in Rice coding: the
// difference shifted right by k in unary (ones, then a zero), then its low k
// bits. Subtracting one leaves no way to write a tag twice. k follows from n,
// so a set has one encoding, and the root commits to it. A tag costs
// 80 - log2(n) + 1.5 bits: 7.7 bytes at 2^20. The length in a block counts what
// follows it.
//
// # Delta
//
//	"xcdelt" | version 1 | 0 | number (8) | list of added | list of removed | SHA-256 of all before
//	list     n (4), and if n > 0: length (4) | first tag | codes, with k of this n
//
// # A dishonest peer
//
// The publisher may send anything. It cannot make a decoder take more memory
// than one block: about 32 KiB when tags are spread as HMAC spreads them, and
// never more than that and 3/8 byte for each tag of the announced count, of
// bytes that really arrived; the count is checked against the caller's limit
// first. Every other encoding of a set than the one above is refused, so a
// commitment to the root is one to the set. The digests notice damage, not
// forgery: the caller compares Root with the root that the publisher signed.
// Tags leave a Decoder before the trailer is seen; on any error the caller
// discards them all. A publisher can list tags of guesses or random ones: it
// learns nothing from that, since a look-up sends nothing.
//
// The receiver learns the padded size and, from deltas, when it changes. It
// cannot test a guess against a tag without an answer from the publisher.
// Padding tags are drawn once and kept for the epoch: redrawing them would show
// which tags stay. A delta that swaps padding for items shows how many.
package tagset
