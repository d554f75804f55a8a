// Package oprf is the verifiable oblivious PRF of RFC 9497, mode VOPRF, suite
// ristretto255-SHA512, over whole batches of elements.
//
//	client: inputs x_i, pk                         server: k, pk = kG
//	P_i = H2G(x_i), blinds r_i
//	  blinded_i = P_i + r_i G          ------->
//	                                   <-------    evaluated_i = k blinded_i
//	                                               one DLEQ proof for the batch
//	check the proof
//	N_i = evaluated_i - r_i pk = k P_i
//	y_i = SHA-512(x_i, N_i, "Finalize")            Index: the same y of its own x
//
// The server learns how many elements there are and nothing of what they are: a
// blinded element is uniformly random. The client learns y_i for its inputs and
// nothing else; without k it cannot test a guess.
//
// # Blinding
//
// The blind is additive where the RFC's is multiplicative (section 3.3.2): with it
// both multiplications of the client are by fixed bases, G and pk, for which tables
// are kept, and neither needs a scalar inversion. The outputs are the same bytes.
// It is sound only because every answer is proved: a server that multiplied by
// anything but k could make an unverified additive client leak (Jarecki, Krawczyk,
// Xu, PKC 2021, section 3). [Client.Finalize] therefore writes nothing before the
// proof holds. The same blinded elements may go to several servers: blinding does
// not depend on a server's key, and each proof binds its own. The RFC's blind is
// here as [BlindMultiplicative] and [Client.FinalizeMultiplicative], for its
// vectors and for foreign peers.
//
// A [Blinded] batch holds its inputs, blinds and elements together, so that an answer
// is finalised with what it was asked with; [Blinds.Keep] and [Blinds.Restore] take it
// through a file under an authenticator. A zero blind is refused wherever one enters.
//
// # What is secret, and why its path is safe
//
// Elements are computed by package ristretto, many at a time: with AVX2 and FMA, or by
// curve25519-voi, whose Mul and MulBasepoint read all entries of a table for each digit
// of a scalar. Scalar arithmetic is curve25519-voi's, Montgomery's without branches.
// Names with Vartime, Decode and Sum are for public data.
//
//	operation           secret          path
//	BlindBatch          r_i, x_i        SHA-512, Elligator, AddMul by the generator, Encode
//	BlindMultiplicative r_i, x_i        SHA-512, Elligator, Mul, encode
//	Evaluate            k               Decode, MulEncode; what it multiplies is public
//	its proof           k, the nonce    nonce fresh from crypto/rand for each proof; MulBasepoint, Mul,
//	                                    Scalar.Mul and Sub; the composite before is of public elements
//	                                    with public coefficients: Sum
//	Finalize            r_i, x_i        SubMul by pk, Encode, SHA-512; before it the proof is verified,
//	                                    in variable time, over public data
//	FinalizeMultiplicative  r_i, x_i    Scalar.BatchInvert, Mul, encode, SHA-512
//	Index               k, x_i          SHA-512, Elligator, MulEncode, SHA-512
//	BlindsFrom, At, Blind   audit key, r_i  HMAC-SHA-512, reduction of 64 bytes
//	DeriveKey           k               SHA-512, reduction of 64 bytes; MulBasepoint for pk
//	ParsePrivateKey, ParseBlind         whether the encoding is canonical, or zero, shows
//
// SHA-512 takes as long as its input is: the lengths of x_i show.
//
// A dishonest server can answer wrongly or not at all: the first is refused by the
// proof. A dishonest client can send anything that decodes; a server must bound how
// much it evaluates for whom, since each evaluation is a guess tested. Elements that
// are the identity or not canonically encoded are refused by index
// ([ElementError]). Keys and blinds have no printed form.
package oprf
