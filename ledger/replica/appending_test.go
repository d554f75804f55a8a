package replica

import (
	"context"
	"errors"
	"testing"
)

// A refill that waits for a member gives way to raft, and none begins beside it.
func TestRaftDoesNotWaitForARefill(t *testing.T) {
	var a appending
	ctx, done, err := a.refill(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		<-ctx.Done() // as a call over the network
		done()
		ended <- context.Cause(ctx)
	}()
	fed := a.feed()
	if err := <-ended; !errors.Is(err, errFed) {
		t.Error("the refill ended with", err)
	}
	if _, _, err := a.refill(t.Context()); !errors.Is(err, errFed) {
		t.Error("a refill begins beside raft:", err)
	}
	fed()
	_, done, err = a.refill(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done()
}
