// Package runs keeps large sorted sets of tags, each with a number, so that an update
// writes what it holds, however large the set is.
//
// Tags come in random order, by the million, and later a few at a time. A table sorted
// by tag would touch a page for each, and more pages the larger the set is. Here what
// comes in together is sorted and written as one run of blocks (a log-structured merge
// tree, O'Neil et al. 1996): [FanOut] runs of a level are merged into one of the next,
// and a tag that is removed is a record that says so.
//
//	level 0   newest   [run][run][run]         at most 4,096 records each
//	level 1            [run][run]              at most 65,536
//	level 2   oldest   [run]                   ...
//
// A look-up goes through the runs, the newest first, and reads one block of each. The
// blocks lie wherever [Pages] puts them; [DB] says what is one transaction. A run that
// is being written does not count before its last step, and one that was replaced does
// not count while it is deleted: whatever cuts a merge off, the set stays as it was.
//
// Nothing here comes from a peer: the tags were checked where they were received. A
// damaged block is an error that wraps store.ErrCorrupt.
package runs
