// Package peer connects an agency's node with those of the other members, and
// with nobody else: libp2p over QUIC and TCP, on given addresses, without
// discovery, relays or hole punching.
//
//	dialler                              listener
//	is the peer a member?   --dial-->    handshake proves the peer id
//	proved id is the one?                is that id a member's?  no: closed
//	        <------ streams, one for each exchange, either way ------>
//	                                     id -> agency, again, on each stream
//
// Who is a member comes from outside ([Host.SetMembers], from the ledger). An
// agency that is no longer one loses its connections at once, and with them all
// streams. A handler is told the agency that the connection proved; nothing that
// the agency says about itself is looked at.
//
// A stranger can open a connection as far as the handshake and learns the node's
// peer id. Strangers together can hold a bounded number of connections half open;
// members' addresses have as many slots besides. A member can open streams up to a number for each protocol and send
// what it likes into them: what a message may be is for [wire] to bound. A silent
// one loses its stream after the idle time, and resource limits hold for each
// peer. A side that was not admitted sees its dial succeed and its first stream
// fail; [ErrNotAdmitted] says so.
//
// The host is put together from the parts of libp2p that it uses, not by the
// library's constructor: 165 of 753 packages of the program fewer, and neither
// WebRTC, WebSocket, WebTransport, UPnP, relays nor identify in it. Nodes tell each
// other neither their addresses nor which build they are before they greet.
package peer
