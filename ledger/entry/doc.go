// Package entry holds the facts that may be logged, as signed bytes.
//
// An entry is a COSE_Sign1 (RFC 9052, EdDSA over Ed25519) whose payload is one
// CBOR array of header and body in core deterministic encoding (RFC 8949 section
// 4.2.1). Its raw bytes, at most [MaxSize], are what the ledger's tree commits to,
// behind the eight bytes of the time at which the leader appended it (see [Leaf]).
//
//	{version, network, type, agency, seq, prev, time}, body --Sign--> raw bytes
//
// seq and prev chain the entries of one agency: 1, 2, 3 ..., each naming the hash
// of the one before, so that whoever drops one is found out. A body of a type that
// happens once per thing has a key (a batch, a request): the ledger takes one
// entry for each agency, type and key, which makes appending it again harmless.
//
// Nothing in a body tells a case, an officer or an identifier: there are salted
// commitments ([Commit]), counts, and details sealed to the agency's own oversight
// body ([OversightDetail]).
//
// The author of an entry may put anything into it that has the right shape, and
// may lie about its own doing; it cannot write in another's name, change what it
// wrote, or have two encodings of one entry: [Parse] encodes again what it read
// and refuses what differs, as it refuses unknown types, unknown fields, duplicate
// keys, trailing bytes and values out of range. Parse does not check signatures:
// whose key is in force is the state's to say.
package entry
