// Package sharing decides whether an item may leave the agency, in any form: as a tag
// that is published, or as a blinded element that is asked. It is the one home of that
// decision; readers, the node, its store and matching call it.
//
// What is stated of an item at one place is its evidence. Each reason against sharing
// has its place in one order, and the first that applies is the one that is told:
//
//	hold            an operation is under way: a supervisor lifts it
//	consent         the person has to consent, and did not: only consent lifts it
//	warning_list    everybody's number, or nobody's: nothing lifts it
//	terms           another agency disclosed it: wider terms lift it
//	low_confidence  the reading is doubtful: a confident one lifts it
//	withdrawn       it is not the case's any more: another case that holds it lifts it
//	case_closed     every case that holds it is closed: an open one lifts it
//
// A hold is placed on an item, or on a case and with it on all items that occur there, and
// holds wherever else they occur.
//
// Terms end in two ways: the item is found at a place that is free of them, or each agency
// that disclosed it permits more, which an officer records with its reference. A new
// disclosure of the item under terms needs a new permission.
//
// An item occurs at many places. A missing consent and a warning list are about the
// person and the value, and hold whatever else is known of the item. Doubt and terms are
// about one place, and end with the first other place that is free of both: terms bind
// what was received, not what the agency found by itself. A place that is not free has
// no say in how far the item may go ([Fold]).
//
// The worksheets under testdata say the same in words; a lawyer can read and extend them.
//
// The zero value of everything here refuses: an item of which nothing is stated is
// local, and an audience that nobody filled in is empty. A dishonest officer's command
// can make an item local and nothing more; the node decides again on what it is told.
package sharing
