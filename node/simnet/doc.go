// Package simnet runs whole nodes in one process: their sockets lie on a [Fabric]
// in memory whose links a test cuts and mends, and their clock is the test's, under
// testing/synctest. Everything else is what an agency runs: libp2p with its QUIC
// handshakes, raft, the encrypted store, matching and disclosure. Only tests and
// benchmarks import it.
//
// An attacker is played by a host of its own on the fabric, or by a node whose code
// is changed where the attack needs it; what a fabric carries is sealed by QUIC, as
// on a real network.
package simnet
