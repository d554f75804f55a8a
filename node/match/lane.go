package match

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

// A lane is one sort of work with a peer. The lanes of a peer have a goroutine each
// and do not wait for one another, nor for those of other peers.
type lane int

const (
	lanePublish lane = iota // the own tags, to the peer
	laneAsk                 // batches that are not urgent, or large
	laneUrgent              // small urgent batches
	laneLookUp              // what was answered or received, among what there is
	laneForget              // what there is of a former member
)

func (l lane) String() string {
	return [...]string{"publish", "ask", "ask urgently", "look up", "forget"}[l]
}

// laneOf names a lane of a peer.
type laneOf struct {
	peer casework.AgencyID
	lane lane
}

// wakes end a lane's pause. Neither channel is ever closed.
type wakes struct {
	work chan struct{} // of capacity 1: there is something new to do
	sign chan struct{} // of capacity 1: the peer opened a stream, so it is there
}

func (s *Service) wakesOf(of laneOf) *wakes {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.wakes[of]
	if w == nil {
		w = &wakes{work: make(chan struct{}, 1), sign: make(chan struct{}, 1)}
		s.wakes[of] = w
	}
	return w
}

// wake lets lanes of a peer look at once at what there is to do.
func (s *Service) wake(p casework.AgencyID, lanes ...lane) {
	for _, l := range lanes {
		signal(s.wakesOf(laneOf{p, l}).work)
	}
}

// seen lets lanes know that a peer which may have been away is there.
func (s *Service) seen(p casework.AgencyID) {
	for _, l := range []lane{lanePublish, laneAsk, laneUrgent} {
		signal(s.wakesOf(laneOf{p, l}).sign)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is about to look already
	}
}

// away reports whether an exchange failed because the peer was not there.
func away(err error) bool {
	return errors.Is(err, peer.ErrUnreachable) || errors.Is(err, peer.ErrIdle) || errors.Is(err, peer.ErrNotAdmitted)
}

// serveLane does a lane's work until the context ends, and tries again what failed
// after pauses that grow whatever the peer does: a sign of life of a peer that was
// away ends one pause between two successes, and no other failure's.
func (s *Service) serveLane(ctx context.Context, of laneOf, work func(context.Context, casework.AgencyID) (again bool, err error)) {
	wakes, pauses := s.wakesOf(of), s.pauses()
	last, mayHurry := "", true
	for {
		select {
		case <-wakes.sign: // of before this attempt
		default:
		}
		again, err := work(ctx, of.peer)
		if ctx.Err() != nil {
			return
		}
		if why := reasonOf(err); why != last && err != nil { // the same again is no news
			s.cfg.Logger.Info("exchange waits", "agency", of.peer, "lane", of.lane.String(), "reason", why, "error", err)
			last = why
		}
		if err == nil && !again {
			pauses.Reset()
			last, mayHurry = "", true
		}
		var sign <-chan struct{}
		if away(err) && mayHurry {
			sign = wakes.sign
		}
		var timer <-chan time.Time
		if err != nil || again {
			timer = time.After(pauses.NextBackOff())
		}
		select {
		case <-ctx.Done():
			return
		case <-wakes.work:
		case <-sign:
			mayHurry = false
		case <-timer:
		}
	}
}

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return reason(err)
}

// pauses are the pauses between attempts of one lane.
func (s *Service) pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = s.cfg.Retry, s.cfg.RetryMax, 2
	b.Reset()
	return b
}
