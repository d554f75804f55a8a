package replica

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/policy/casework"
)

// streams is raft's transport: connections on which both ends are proved, between
// members only. Raft itself authenticates nobody.
type streams struct{ r *Replica }

func newStreams(r *Replica) *streams { return &streams{r} }

// Accept gives the next connection of a member; others are closed unheard.
func (s *streams) Accept() (net.Conn, error) {
	for {
		c, err := s.r.cfg.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if s.r.known(casework.AgencyID(c.RemoteAddr().String())) {
			return c, nil
		}
		s.r.cfg.Logger.Warn("raft stream refused", "agency", c.RemoteAddr().String())
		c.Close()
	}
}

// Close stops accepting.
func (s *streams) Close() error { return s.r.cfg.Listener.Close() }

// Addr is the own address: the agency's id.
func (s *streams) Addr() net.Addr { return address(s.r.cfg.Agency) }

// Dial connects to a member by its id.
func (s *streams) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if casework.AgencyID(to) == s.r.cfg.Agency {
		return nil, fmt.Errorf("raft: %s dials itself", to)
	}
	return s.r.cfg.Dial(ctx, casework.AgencyID(to))
}

type address casework.AgencyID

func (address) Network() string  { return "crosscase" }
func (a address) String() string { return string(a) }
