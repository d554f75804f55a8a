// Package node is one agency's whole node: [Init] makes its folder, [New] opens it,
// [Node.Run] runs it until its context ends.
//
// The packages below do the work and know nothing of each other beyond what they are
// given here: the store, the libp2p host, the ledger's replica, matching, disclosure,
// the desks and the local API. This package holds no rule of the work. It owns what is
// built of what, who starts and stops when, and which member may connect.
//
//	officer --control--> desk --> store, match, disclose --> ledger entry --> peer
//
// DESIGN.md beside this file draws the two ways that matter. A node is alone until it
// founds a network or joins one; then it runs the network's services as well. It
// admits only members: those that the ledger names, and before its first sight of the
// ledger those that the invitation named. From the entry that expels a member, no
// stream of theirs is answered.
//
// Order of shutdown, each waited for before the next: the local API, so that no new
// command begins; then matching and disclosure, whose work is resumable; then the
// replica, which their last entries need; then the host; last the store.
package node
