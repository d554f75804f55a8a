// Package simnet runs whole nodes in one process: their sockets lie on a [Fabric]
// in memory whose links a test cuts and mends, and their clock is the test's, under
// testing/synctest. Everything else is what an agency runs: libp2p with its QUIC
// handshakes, raft, the encrypted store, matching and disclosure, and
// officers' signed commands over their local API. Only tests and benchmarks import it.
//
//	synctest.Test(t, func(t *testing.T) {
//		f := simnet.NewFabric()
//		a, err := f.NewAgency(ctx, "aa-police", "NL", t.TempDir(), oversight)
//		...
//		err = simnet.Found(ctx, "example.org/simulation", a, b)
//		f.Part(a.Machine, b.Machine)         // no packet passes between them
//		<-time.After(24 * time.Hour)         // a day of quota, in no time
//		leads, err := api.Inbox.Call(ctx, a.As(a.Supervisor), api.InboxRequest{})
//	})
//
// An attacker is played by a host of its own on the fabric, or by a node whose code
// is changed where the attack needs it; what a fabric carries is sealed by QUIC, as
// on a real network.
package simnet
