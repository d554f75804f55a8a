// Package seal makes what one recipient alone can open: small messages whole,
// and streams of any length in segments.
//
//	A                                            B
//	                                             k = GenerateKey
//	            <---- k.Public(), checked by its Fingerprint over the phone
//	Seal(B, info, aad, m)            -------->   k.Open(info, aad, sealed)
//	NewWriter(w, B, info), Write..., Close ---->  k.OpenStream(r, info, w)
//
// It is HPKE (RFC 9180) in base mode with the KEM X-Wing, which is ML-KEM-768
// with X25519 (MLKEM768X25519, 0x647a, draft-ietf-hpke-pq), HKDF-SHA256 (1) and
// ChaCha20Poly1305 (3). The cipher takes the same time for all keys on machines
// without AES instructions. The info of HPKE is a label of this package, a zero
// byte and the caller's info, so that a message is never opened as a stream.
//
// # Message
//
//	enc (1120 bytes) | ciphertext (plaintext + 16)
//
// Overhead: 1136 bytes exactly.
//
// # Stream
//
//	enc (1120) | HPKE encryption of nothing (16) | segments
//
// The encryption of nothing, the first under the context, tells a wrong key or
// info from a damaged segment. Segments are 65,536 bytes of plaintext and 16 of
// tag, the last one shorter or equal, and empty only if it is the first. They
// are sealed with ChaCha20Poly1305 under the exported secret for "segments" of
// 32 bytes; the nonce is the segment's number in 11 bytes, big-endian, and a byte
// that is 1 for the last one (STREAM: Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015).
// Overhead: 1136 bytes, and 16 for each segment; SealedSize computes it.
//
// Sealing again yields other bytes: a sender whose transfer broke off keeps the
// sealed ones.
//
// # A dishonest peer
//
// Anybody can seal to a public key: a sealed message says nothing about who made
// it, and the caller signs what it seals. Who changes, drops, repeats, reorders
// or appends a segment, or cuts the stream, is noticed; segments verified until
// then have been written, so the caller keeps what OpenStream writes apart and
// discards it on any error. Nothing limits the length of a stream but the
// number of segments, 2^32: the caller limits the reader. A reader of the wire
// sees the length. Whoever takes the private key later opens all that was sealed
// to it: keys are short-lived and destroyed.
package seal
