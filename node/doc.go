// Package node is one agency's whole node: [Init] makes its folder, [New] opens
// it, [Node.Run] runs it until its context ends.
//
// The packages below do the work and know nothing of each other beyond what they
// are given here: the case store, the libp2p host, the ledger's replica,
// matching, disclosure and the local socket. This package owns who starts and
// stops when, which member may be let in, and what each officer's command does.
//
//	officer --control--> [Node] --> store, match, disclose --> ledger entry --> peer
//
// A node is alone until it founds a network or joins one; then it runs the
// network's services as well. It admits only members: those that the ledger
// names, and before its first sight of the ledger those that the invitation
// named. From the entry that expels a member, no stream of theirs is answered.
//
// Order of shutdown: the local socket first, so that no new command begins; then
// matching and disclosure, whose work is resumable; then the replica; then the
// host; last the store.
package node
