// Package identify turns one value that people write into a canonical identifier
// ([Canonical], [Guess]), with the other forms under which it is matched too. Package
// text finds values in texts.
//
// Two agencies match only if both write the same thing in the same way, so the
// canonical forms are part of the protocol and carry a version
// ([NormaliserVersion]). A canonical form, given back to [Canonical] with its
// kind, is itself.
//
//	phone      E.164 with +; ITU-T E.164, metadata of libphonenumber. A region is
//	           never guessed: without one a national number is refused, with one
//	           the assumption is recorded. An extension is left out.
//	email      RFC 5321 without quoted local parts; all lower-case, domain in IDNA
//	wallet     chain:address. One form a key: a Bitcoin Cash address is a cashaddr
//	           however it was written; every chain that shares Ethereum's address
//	           form is "evm", every chain with Polkadot's is "substrate", because
//	           one key holds the address on all of them; a token (USDT) is where
//	           its address is. Checksums are verified (BIP-13, BIP-173, BIP-350,
//	           EIP-55, CashAddr, CryptoNote, ...).
//	bank       IBAN, ISO 13616: length of the country and mod-97
//	handle     platform:name, lower-case. Without a platform it is refused.
//	url        host/path?query: WHATWG URL parsing, http and https only; scheme,
//	           user, default port, tracking parameters and a fragment that is no path of
//	           its own dropped, query
//	           in order of its names
//	domain     IDNA (UTS 46, non-transitional), lower-case
//	onion      the 56 characters and .onion; version 3 with its checksum
//	md5, sha1, sha256, pdq, photodna   lower-case hexadecimal; the hash of an empty
//	           file has its form like any other, one of a picture without content
//	           has none
//	imei       15 digits with Luhn; the 14 and 16 digit forms (no check digit,
//	           IMEISV) stand as they are and carry the IMEI as their second form
//	imsi       14 or 15 digits with a mobile country code
//	mac        aa:bb:cc:dd:ee:ff
//	plate, document   XX:NUMBER, XX the country
//	ip         address[:port][@hour in UTC], RFC 5952
//	pgp        fingerprint, upper-case; a key id is refused, it can be forged
//
// The input is hostile: adverts are written to defeat machines, and files come
// from seized devices. Every function here takes any bytes, never panics, and
// takes time in proportion to the length of its input, which is capped. What a
// writer gains by an unreadable number is that it is not found; what a writer
// gains by planting a number is a candidate of a confidence that the caller
// sees, and below [sharing.LowConfidence] no candidate is matched. A wrong canonical
// form is worse than none: what fails its checksum, its length or its region is
// refused. Errors say what is wrong and never hold the value.
package identify
