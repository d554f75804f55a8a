package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

const echo = "/crosscase/1/echo"

var (
	overQUIC = "/ip4/127.0.0.1/udp/0/quic-v1"
	overTCP  = "/ip4/127.0.0.1/tcp/0"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/libp2p/go-libp2p/p2p/net/swarm.(*DialBackoff).background"),
		goleak.IgnoreAnyFunction("github.com/libp2p/go-libp2p/p2p/transport/quicreuse.(*reuse).gc"))
}

func newHost(t *testing.T, change func(*Config), listen ...string) *Host {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Key: key, Listen: listen, Dial: 5 * time.Second}
	if change != nil {
		change(&cfg)
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func member(a casework.AgencyID, h *Host) Member {
	return Member{Agency: a, PeerID: h.PeerID(), Addrs: h.Addrs()}
}

// pair makes two hosts that know each other as "aa" and "bb".
func pair(t *testing.T, change func(*Config), listen ...string) (*Host, *Host) {
	a, b := newHost(t, change, listen...), newHost(t, change, listen...)
	a.SetMembers([]Member{member("bb", b)})
	b.SetMembers([]Member{member("aa", a)})
	return a, b
}

func serveEcho(h *Host) {
	h.Handle(echo, func(_ context.Context, from casework.AgencyID, s Stream) {
		if _, err := io.WriteString(s, string(from)+" "); err == nil {
			_, _ = io.Copy(s, s)
		}
	})
}

func say(t *testing.T, h *Host, to casework.AgencyID, text string) (string, error) {
	t.Helper()
	s, err := h.Open(t.Context(), to, echo)
	if err != nil {
		return "", err
	}
	defer s.Close()
	if _, err := io.WriteString(s, text); err != nil {
		return "", err
	}
	if err := s.CloseWrite(); err != nil {
		return "", err
	}
	b, err := io.ReadAll(s)
	return string(b), err
}

func TestExchangeOverQUICAndOverTCP(t *testing.T) {
	for name, addr := range map[string]string{"quic": overQUIC, "tcp": overTCP} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, nil, addr)
			serveEcho(b)
			got, err := say(t, a, "bb", "hello")
			if err != nil || got != "aa hello" {
				t.Fatalf("%q, %v", got, err)
			}
			if sent, received := a.Bytes("bb"); sent != 5 || received != 8 {
				t.Errorf("counted %d sent, %d received", sent, received)
			}
			if sent, received := a.Bytes("bb", "another"); sent+received != 0 {
				t.Errorf("counted %d and %d in a protocol that nobody spoke", sent, received)
			}
			for _, c := range a.net.Conns() {
				if !strings.Contains(c.RemoteMultiaddr().String(), strings.Split(addr, "/")[3]) {
					t.Errorf("connected by %s", c.RemoteMultiaddr())
				}
			}
			if !a.Connected("bb") || a.Connected("cc") {
				t.Error("connected to the wrong ones")
			}
			if _, err := a.Open(t.Context(), "bb", "/crosscase/1/none"); !errors.Is(err, ErrProtocol) {
				t.Errorf("unknown protocol: %v", err)
			}
		})
	}
}

func TestStrangersAreRefusedInBothDirections(t *testing.T) {
	for name, addr := range map[string]string{"quic": overQUIC, "tcp": overTCP} {
		t.Run(name, func(t *testing.T) {
			a, b := newHost(t, nil, addr), newHost(t, nil, addr)
			serveEcho(b)
			a.SetMembers([]Member{member("bb", b)}) // b does not know a
			if _, err := say(t, a, "bb", "hello"); !errors.Is(err, ErrNotAdmitted) {
				t.Errorf("not admitted: %v", err)
			}
			if _, err := b.Open(t.Context(), "aa", echo); !errors.Is(err, ErrNotMember) {
				t.Errorf("dialling a stranger: %v", err)
			}
			if n := len(b.net.Conns()); n != 0 {
				t.Errorf("%d connections of strangers", n)
			}
			b.SetMembers([]Member{member("aa", a)}) // admitted now: at once, whatever was tried before
			if got, err := say(t, a, "bb", "x"); err != nil || got != "aa x" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestExpelledMemberLosesItsConnections(t *testing.T) {
	a, b := pair(t, nil, overTCP)
	entered, left := make(chan struct{}), make(chan error, 1)
	b.Handle(echo, func(_ context.Context, _ casework.AgencyID, s Stream) {
		if _, err := io.ReadFull(s, make([]byte, 1)); err != nil {
			left <- err
			return
		}
		close(entered)
		_, err := s.Read(make([]byte, 1))
		left <- err
	})
	s, err := a.Open(t.Context(), "bb", echo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	<-entered
	b.SetMembers(nil)
	if err := <-left; err == nil || err == io.EOF {
		t.Errorf("the handler of an expelled member: %v", err)
	}
	if _, err := s.Read(make([]byte, 1)); err == nil {
		t.Error("the expelled member still reads")
	}
	if b.Connected("aa") {
		t.Error("still connected")
	}
	if _, err := say(t, a, "bb", "x"); err == nil {
		t.Error("the expelled member is answered")
	}
}

// A peer that is away is reached at once when it is back at the same identity.
func TestNoBackOffForMembers(t *testing.T) {
	a, b := pair(t, nil, overTCP)
	addr, key := b.Addrs()[0], b.cfg.Key
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := say(t, a, "bb", "x"); !errors.Is(err, ErrUnreachable) {
			t.Fatalf("away: %v", err)
		}
	}
	again, err := New(Config{Key: key, Listen: []string{addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	again.SetMembers([]Member{member("aa", a)})
	serveEcho(again)
	if got, err := say(t, a, "bb", "x"); err != nil || got != "aa x" {
		t.Errorf("back: %q, %v", got, err)
	}
}

func TestOversizeAndHalfMessages(t *testing.T) {
	a, b := pair(t, nil, overQUIC)
	seen := make(chan error, 1)
	b.Handle(echo, func(_ context.Context, _ casework.AgencyID, s Stream) {
		_, err := wire.Read(s, wire.TypeHello)
		seen <- err
	})
	hello, err := wire.Frame(&wire.Hello{Version: 1, Network: "n", Normaliser: 1, Epoch: 1})
	if err != nil {
		t.Fatal(err)
	}
	huge := append([]byte{0x7f, 0xff, 0xff, 0xff}, hello[4:]...)
	for name, c := range map[string]struct {
		send []byte
		want error
	}{"oversize": {huge, wire.ErrTooLarge}, "half": {hello[:len(hello)/2], wire.ErrTruncated}, "nothing": {nil, io.EOF}} {
		s, err := a.Open(t.Context(), "bb", echo)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write(c.send); err != nil {
			t.Fatal(err)
		}
		// Whoever is refused may find the stream closed by the other side already.
		if err := s.CloseWrite(); err != nil && !errors.Is(c.want, wire.ErrTooLarge) {
			t.Fatal(err)
		}
		if err := <-seen; !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
}

func TestIdleStreamsEnd(t *testing.T) {
	a, b := pair(t, func(c *Config) { c.Idle = 50 * time.Millisecond }, overTCP)
	seen := make(chan error, 1)
	b.Handle(echo, func(_ context.Context, _ casework.AgencyID, s Stream) {
		_, err := io.ReadFull(s, make([]byte, 2))
		seen <- err
	})
	s, err := a.Open(t.Context(), "bb", echo)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := <-seen; !errors.Is(err, ErrIdle) {
		t.Errorf("a silent peer: %v", err)
	}
}

func TestStreamsOfOnePeerAreCapped(t *testing.T) {
	a, b := pair(t, func(c *Config) { c.MaxStreams = 2 }, overTCP)
	release := make(chan struct{})
	b.Handle(echo, func(_ context.Context, _ casework.AgencyID, s Stream) {
		if _, err := s.Write([]byte{1}); err == nil {
			<-release
		}
	})
	taken := 0
	for range 4 {
		s, err := a.Open(t.Context(), "bb", echo)
		if err != nil {
			continue
		}
		if _, err := io.ReadFull(s, make([]byte, 1)); err == nil {
			taken++
		}
	}
	close(release)
	if taken != 2 {
		t.Errorf("%d streams at a time", taken)
	}
}

func TestListenerAndDial(t *testing.T) {
	a, b := pair(t, nil, overQUIC)
	l := b.Listener("/crosscase/1/raft")
	var wg sync.WaitGroup
	wg.Go(func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if c.RemoteAddr().String() != "aa" {
			t.Errorf("accepted from %s", c.RemoteAddr())
		}
		b := make([]byte, 4)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "ping" {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := c.Write([]byte("pong")); err != nil {
			t.Error(err)
		}
		if _, err := c.Read(b); err == nil {
			t.Error("read after the end")
		}
	})
	c, err := a.Dial(t.Context(), "bb", "/crosscase/1/raft")
	if err != nil {
		t.Fatal(err)
	}
	if c.RemoteAddr().String() != "bb" {
		t.Errorf("dialled %s", c.RemoteAddr())
	}
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "pong" {
		t.Errorf("%q, %v", got, err)
	}
	c.Close()
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("a closed listener accepts")
	}
}

func TestTapSeesEveryByte(t *testing.T) {
	var mu sync.Mutex
	var sent, received bytes.Buffer
	tap := func(_ casework.AgencyID, _ string, out bool, data []byte) {
		mu.Lock()
		defer mu.Unlock()
		if out {
			sent.Write(data)
		} else {
			received.Write(data)
		}
	}
	a, b := newHost(t, func(c *Config) { c.Tap = tap }, overTCP), newHost(t, nil, overTCP)
	a.SetMembers([]Member{member("bb", b)})
	b.SetMembers([]Member{member("aa", a)})
	serveEcho(b)
	if _, err := say(t, a, "bb", "tapped"); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if sent.String() != "tapped" || received.String() != "aa tapped" {
		t.Errorf("tapped %q and %q", sent.String(), received.String())
	}
}

func TestPeerIDIsThatOfTheKey(t *testing.T) {
	h := newHost(t, nil)
	id, err := PeerID(h.cfg.Key.Public().(ed25519.PublicKey))
	if err != nil || id != h.PeerID() {
		t.Errorf("%s, %v; the host says %s", id, err, h.PeerID())
	}
}
