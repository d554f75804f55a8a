// Package wire holds every message that one agency's node sends to another's,
// as bytes: framed, versioned, canonical, and each with a size cap of its own. It
// computes only; readers and writers are given to it.
//
//	frame = length (4 bytes, big-endian, of what follows) | type (1) | version (1) | body
//
// The body is one CBOR map in core deterministic encoding (RFC 8949 section
// 4.2.1) with integer keys. A reader encodes again what it read and refuses what
// differs, as it refuses unknown fields, duplicate keys, indefinite lengths, tags
// and trailing bytes: a message has one encoding. It says which types it takes at
// this point of the exchange; any other, another version, or a length above the
// type's cap is refused from the six bytes of the header, before memory is taken,
// and memory then grows only with bytes that arrive.
//
// Every stream opens with a [Hello] from each side, which names network, protocol
// version, normaliser and epoch; where they differ, the side that sees it says so
// and nothing else is exchanged ([Greet], [Welcome]). At any point, instead of the
// next message, a side may send a [Refusal]: a code of a fixed list in a frame of
// one size, so that neither length nor wording tells more than the code.
//
//	"/crosscase/2/tags"      publisher                    peer
//	                                          <-------    TagsHave{number}
//	                         TagsOffer        ------->    checks the receipt
//	                                          <-------    TagsResume{offset}
//	                         TagsPart ...     ------->
//	                                          <-------    TagsAck{offset} ... TagsAck{done}
//
//	"/crosscase/2/query"     asker                        answerer
//	                         QueryOpen        ------->    checks the receipt
//	                                          <-------    QueryReady{next part}
//	                         QueryPart ...    ------->    hash checked against the commitment, evaluated
//	                                          <-------    QueryAnswer ... (pipelined, in order)
//	                         QueryDone        ------->
//	                                          <-------    QueryDone
//
//	"/crosscase/2/casework"  either                       either
//	                         Casework         ------->    deduplicated by message id
//	                                          <-------    CaseworkAck{code}
//
//	"/crosscase/1/ledger"    replica                      replica
//	                         LedgerCall       ------->    no Hello: a newcomer has no epoch yet
//	                                          <-------    LedgerReply
//
// # Who may send what, how large, and what else may happen
//
// Only members reach these protocols: the connection proves the agency, and no
// message names its sender. Caps are in [Cap]; the largest is that of [Casework].
//
// Hello: either side, once. A second one is a message of the wrong type.
//
// TagsHave: the receiver, once. A false one brings its sender a snapshot, which costs
// the publisher an entry and the bytes, after pauses that grow.
//
// TagsOffer: the publisher that the receipt's entry names; sent again, it resumes
// or is acknowledged at once; late, its number shows it; forged, its receipt does
// not verify. It carries the peer key, which is for the receiver alone and which the
// connection keeps from others. TagsPart: at the offset that was asked for and no
// other. TagsAck: a false one costs its sender the set.
//
// QueryOpen: the asker that the receipt's entry names; sent again, it resumes.
// QueryPart: its number must be the next, or one that was answered and not yet
// acknowledged, which brings the same bytes again. QueryAnswer: useless without a
// proof that holds. QueryDone and the acknowledgement in a QueryPart: say what the
// answerer may forget; a false one harms its sender.
//
// Casework: sealed; twice is answered as the first time.
//
// Whoever sees these bytes without the connection's encryption learns sizes,
// counts and who asked whom; elements are blinded, and tags are under the peer key.
package wire
