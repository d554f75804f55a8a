// Package intake reads the files in which leads arrive and returns the identifiers
// in them, with where each one stood and what its source says about it.
//
//	file, stream --format.Tell--> format --Read--> statements --identify--> batches of Found
//
// Package format lists the formats; package reading is what their readers are made of.
// The format is told by content, and by a file's name only where it is empty. A
// record that cannot be read costs that record: the report names its line or path
// and the reason, and never a value. What the source says about an item (markings,
// grading, category, consent, time, tool) is kept; what it does not say comes from
// [Defaults], whose zero value is the most restrictive there is. Values that warning
// lists name, the hashes of empty files among them, are found and told from those
// that may match. Nothing is written anywhere: the caller hands the batches on.
//
// A file inside of a file (in an archive, attached to a mail) is recognised and read
// like any other, under the limits of the whole source.
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
package intake
