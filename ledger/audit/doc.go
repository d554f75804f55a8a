// Package audit is the overseer's side of the ledger: it replays everything from a
// copy of the tiles, offline, and says which entry is wrong.
//
//	tiles --> every leaf hashes into the checkpoint's root
//	      --> a majority of the voters of that size signed it
//	      --> every entry applies: signature, chain, time, quota, agreement, order
//	      --> with the body's own key: each sealed detail opens, its commitments
//	          hold, the officers signed, and two of them where two are needed
//
// One fault is one finding: where an entry was changed in a copy, its place in the tree
// and its agency's chain are known by hashes, the replay goes on after it, and what
// depends on it is listed with it as not judged. A verification of a ledger that holds
// can be kept, and the next one goes on from there; pages are read, parsed and checked
// side by side, and what is held does not grow but for the ledger's own state and 32
// bytes for each signature of an officer.
//
// It trusts nothing that it reads but the fingerprint of the first entry, which the
// overseer has from the network's founding. Whoever hands over the copy can leave
// out the newest entries and nothing else: what was acknowledged to anybody is below
// some certified checkpoint, and two copies with different roots of one size are
// proof that voters signed both.
//
// What an agency seals is its own word: the officers' keys in it are no register of
// officers, so an agency that invents officers and keys for them is found by asking
// it who they are, not here.
//
// Reports name entries, agencies, counts and officers' pseudonyms, and no person,
// case or identifier.
package audit
