// Package intake reads the files in which leads arrive and gives the identifiers
// in them, with where each one stood and what its source says about it.
//
//	file, stream --Recognise--> format --reader--> statements --identify--> batches of Found
//
// The format is told by content, and by a file's name only where it is empty. A
// record that cannot be read costs that record: the report names its line or path
// and the reason, and never a value. What the source says about an item (markings,
// grading, category, consent, time, tool) is kept; what it does not say comes from
// [Defaults], whose zero value is the most restrictive there is. Values that warning
// lists name, the hashes of empty files among them, are found and told from those
// that may match. Nothing is written anywhere: the caller hands the batches on.
//
// # Where it runs
//
// Files come from seized devices, from strangers and from other agencies, and
// parsers are where hostile bytes win. Intake therefore runs in the
// investigator's own process: the node, which holds the keys and the store, sees
// batches of found items and no file.
//
// # What a hostile file can do
//
// Its author may plant identifiers, which is why provenance and grading stay with
// each item. It cannot make the reader hold more than [Limits] allow, run for
// longer than its length warrants, open another file, reach the network (XML
// entities and external references are refused), write outside of anything, or
// stop the records around the hostile one from being read.
//
// # Formats
//
// CSV and its relatives (RFC 4180), JSON Lines, plain lists; STIX 2.0 and 2.1
// with the community's phone-number, cryptocurrency-wallet, bank-account and
// payment-card objects; MISP core format; CASE/UCO JSON-LD; Project VIC (VICS)
// 1.x and 2.0; NCMEC CyberTipline XML; texts of adverts and chats, mail (RFC
// 5322, mbox of RFC 4155); hotline and SMS-gateway reports; images.
package intake
