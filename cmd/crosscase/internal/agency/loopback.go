package agency

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
)

// port is that of every agency here: each has an address of its own.
const port = 7470

// Addresses are multiaddrs for QUIC and TCP on loopback that nobody else has, and
// that stay a node's own while it is down.
func Addresses() ([]string, error) {
	host, at := Loopback(), port
	l, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(at)))
	if err != nil { // a system whose loopback is one address
		if host, at, err = freePort(); err != nil {
			return nil, err
		}
	} else if err := l.Close(); err != nil {
		return nil, fmt.Errorf("an address on loopback: %w", err)
	}
	return []string{fmt.Sprintf("/ip4/%s/udp/%d/quic-v1", host, at), fmt.Sprintf("/ip4/%s/tcp/%d", host, at)}, nil
}

// Loopback draws one of the sixteen million addresses of 127.0.0.0/8. No port of it
// is ever given away by the system, as one that was found free can be.
func Loopback() string {
	b := make([]byte, 3)
	rand.Read(b) // never fails (Go 1.24)
	return fmt.Sprintf("127.%d.%d.%d", 1+b[0]%254, b[1], 1+b[2]%254)
}

// freePort finds a port that is free for QUIC and TCP on 127.0.0.1 now.
func freePort() (string, int, error) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", 0, fmt.Errorf("a free port: %w", err)
	}
	at := tcp.Addr().(*net.TCPAddr).Port
	udp, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", at))
	if err != nil {
		return "", 0, errors.Join(fmt.Errorf("a free port: %w", err), tcp.Close())
	}
	return "127.0.0.1", at, errors.Join(tcp.Close(), udp.Close())
}
