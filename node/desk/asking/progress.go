package asking

import (
	"context"
	"sync"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/match"
)

// Progress hands the progress of matching to the calls that wait for some of it.
type Progress struct {
	mu      sync.Mutex
	waiting map[chan match.Progress]struct{} // guarded by mu
}

// NewProgress returns one that nobody waits for yet.
func NewProgress() *Progress { return &Progress{waiting: map[chan match.Progress]struct{}{}} }

// Report hands a step to all who wait. It never blocks: a slow one misses steps, and
// looks at the store anyway.
func (p *Progress) Report(step match.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.waiting {
		select {
		case c <- step:
		default:
		}
	}
}

func (p *Progress) watch() (<-chan match.Progress, func()) {
	c := make(chan match.Progress, 256)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[c] = struct{}{}
	return c, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, c)
	}
}

// follow shows progress until done says so. It looks again at each step, whenever
// the ledger moves and, in case one was missed, every second.
func (p *Progress) follow(ctx context.Context, ledger Ledger, emit api.Emitter, wanted func(match.Progress) bool, done func() (bool, error)) error {
	events, stop := p.watch()
	defer stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		changed := ledger.Changed()
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-changed:
		case step := <-events:
			if wanted(step) {
				emit(api.Event{
					Step: step.Kind, Peer: string(step.Peer), Done: step.Done, Total: step.Total, Rate: step.Rate, Left: step.Left.Seconds(), Message: step.Waits,
				})
			}
		}
	}
}
