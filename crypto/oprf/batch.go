package oprf

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Options tune batch calls. The zero value uses every core and tells nobody.
type Options struct {
	Workers  int                   // 0: one for each core
	Progress func(done, total int) // called now and then, from any worker
}

// chunk is how many elements a worker takes at a time.
const chunk = 256

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// each runs f over [0, n) in chunks, on all workers. f gets a hasher of its own.
func (o Options) each(ctx context.Context, n int, f func(x *hasher, from, to int) error) error {
	workers := min(o.workers(), (n+chunk-1)/chunk)
	var next, done atomic.Int64
	work := func(ctx context.Context) error {
		x := newHasher()
		for {
			from := int(next.Add(chunk)) - chunk
			if from >= n {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			to := min(from+chunk, n)
			if err := f(x, from, to); err != nil {
				return err
			}
			if o.Progress != nil {
				o.Progress(int(done.Add(int64(to-from))), n)
			}
		}
	}
	if workers <= 1 {
		return work(ctx)
	}
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error { return work(ctx) })
	}
	return g.Wait()
}
