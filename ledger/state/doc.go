// Package state replays the ledger: what each accepted entry makes of what was
// agreed, who is a member, what was asked and what was disclosed.
//
//	(state, entry, append time) --Apply--> state, or a reason for which nothing changed
//
// Apply is a pure function, the same on every replica and at every overseer: no
// clock, map order, randomness or setting reaches it. The only time is the one
// that the leader stamped on the entry and the ledger keeps with it. It checks the
// signature under the key in force, the agency's chain (seq and prev), the entry's
// time, membership, the agreement (pairs, kinds, quotas, sizes) and the legal order
// of steps. An entry that fails changes not one byte, and its author is told a
// stable code ([Reason]).
//
// A member can fill its own quota, log nonsense in its own name and be seen doing
// it. It cannot act for another, ask more than agreed, answer a query twice or one
// that does not name it, skip a step, or take back what it logged. A leader can
// delay and drop; a time that it stamps is held within the agreed skew of the
// author's own, and never goes back. One that writes an entry of its own with a
// time far ahead stops the ledger, in its own name: no rule over the log can tell.
//
// A member that does not want a newcomer in can withhold its approval and nothing
// more: proposing first, proposing again or being expelled blocks nobody.
package state
