package node

import (
	"context"
	"errors"
	"log/slog"
)

// A stage runs until its context ends.
type stage struct {
	name string
	run  func(context.Context) error
}

// runStages runs stages side by side. When ctx ends, or one of them does, it stops
// them in the order in which they are listed, each when the one before has ended.
func runStages(ctx context.Context, log *slog.Logger, stages ...stage) error {
	type task struct {
		stop  context.CancelFunc
		ended chan struct{}
		err   error // set before ended is closed
	}
	first := make(chan struct{}, len(stages)) // something ended
	tasks := make([]*task, len(stages))
	for i, s := range stages {
		// A stage outlives ctx until its turn has come.
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
		t := &task{stop: stop, ended: make(chan struct{})}
		tasks[i] = t
		go func() { // waited for below
			if t.err = s.run(ctx); ctx.Err() != nil && errors.Is(t.err, context.Canceled) {
				t.err = nil // it was stopped
			}
			close(t.ended)
			first <- struct{}{}
		}()
	}
	select {
	case <-ctx.Done():
	case <-first:
	}
	var errs []error
	for i, t := range tasks {
		t.stop()
		<-t.ended
		log.Debug("stopped", "stage", stages[i].name)
		errs = append(errs, t.err)
	}
	return errors.Join(errs...)
}
