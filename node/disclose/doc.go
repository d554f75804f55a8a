// Package disclose takes a lead from request to use report, between two agencies
// and with two officers on each side that lets anything out.
//
//	asker                              ledger                   holder
//	officer drafts
//	second officer approves ---------> request
//	  sealed request ------------------------------------------> receipt, hash, signature?
//	                                                            own item? hit proved?
//	                                                            rules: refuse by default
//	                                   decision <-------------- refused, with its ground; or
//	                                                            officer answers,
//	                                   decision, delivery <---- second officer approves
//	  <------------------------------------------ sealed disclosure
//	officer opens -------------------> receipt
//	officer reports use -------------> use
//
// Every arrow is a ledger entry before it is a message. A message is signed by its
// agency, sealed to the other's disclosure key (HPKE, X-Wing) bound to network,
// sender, recipient, kind and request, and announced by an entry that holds its
// SHA-256; it is kept until the other side acknowledges it, and taken in once.
//
// States and steps are those of [github.com/crosscase/crosscase/policy/dossier]. A
// dossier has a lock of its own, held over the own store alone; while a step waits for
// the ledger it is pending, and nobody waits with it. A disclosure is sealed in
// segments of 64 KiB.
//
// What two officers decide on together is approved by the digest of its rendering,
// which shows every field that is sent; what one officer does alone (refusing,
// opening, reporting use) carries codes and no text. Where the rules escalate, the
// holder's officer states an authorisation of the holder's own: reference, authority
// and date. What the asker claims to have does not stand for it.
//
// The asker proves that it holds the identifier and was answered for it: with the
// VOPRF's output it authenticates the request's id. So a
// request about another agency's lead, or about a tag that was only seen, is
// refused as defective, with the same answer as a tag that is nobody's.
//
// A dishonest asker learns what the rules and two officers let out, and of a refusal
// its ground. A dishonest holder learns the request, which its sender chose to
// write. Either can stay silent, and the ledger shows it; neither can claim to have
// sent, or not to have received, what the entries say.
package disclose
