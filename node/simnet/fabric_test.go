package simnet

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

const echo = "/crosscase/test/echo"

// A cut link loses what is sent, an idle stream ends by the test's clock, and a mended
// one carries again: hours pass in no time.
func TestFabricCutsAndMends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fabric := NewFabric()
		at := map[casework.AgencyID]*Host{"aa": fabric.Host(), "bb": fabric.Host()}
		hosts := map[casework.AgencyID]*peer.Host{}
		for a, machine := range at {
			_, key, err := ed25519.GenerateKey(nil)
			if err != nil {
				t.Fatal(err)
			}
			h, err := peer.New(peer.Config{Key: key, Sockets: machine, Listen: []string{machine.Listen()}})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			hosts[a] = h
		}
		for a, h := range hosts {
			for b, other := range hosts {
				if a != b {
					h.SetMembers([]peer.Member{{Agency: b, PeerID: other.PeerID(), Addrs: []string{at[b].Listen()}}})
				}
			}
		}
		hosts["bb"].Handle(echo, func(_ context.Context, _ casework.AgencyID, s peer.Stream) { _, _ = io.Copy(s, s) })
		say := func() error {
			s, err := hosts["aa"].Open(t.Context(), "bb", echo)
			if err != nil {
				return err
			}
			defer s.Close()
			if _, err := s.Write([]byte("word")); err != nil {
				return err
			}
			_, err = io.ReadFull(s, make([]byte, 4))
			return err
		}
		if err := say(); err != nil {
			t.Fatal("before the cut:", err)
		}
		fabric.Part(at["aa"], at["bb"])
		began := time.Now()
		if err := say(); err == nil {
			t.Error("a word passed a link that is cut")
		}
		if time.Since(began) < time.Second {
			t.Error("a cut link was noticed before anything could time out")
		}
		<-time.After(time.Hour) // of the test's clock: the connection is given up
		if err := say(); !errors.Is(err, peer.ErrUnreachable) {
			t.Errorf("an hour after the cut: %v", err)
		}
		fabric.Join(at["aa"], at["bb"])
		if err := say(); err != nil {
			t.Error("after the link was mended:", err)
		}
	})
}
