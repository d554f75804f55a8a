package keylock

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestOneKeyDoesNotWaitForAnother(t *testing.T) {
	var l Locks[string]
	a, err := l.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Lock(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := l.TryLock("a"); ok {
		t.Error("a lock that is held was taken")
	}
	a()
	a() // a second unlock changes nothing
	again, ok := l.TryLock("a")
	if !ok {
		t.Fatal("a free lock was not taken")
	}
	again()
	b()
	if len(l.all) != 0 {
		t.Errorf("%d locks are kept that nobody holds", len(l.all))
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	var l Locks[int]
	unlock, err := l.Lock(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { _, err := l.Lock(ctx, 1); failed <- err }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	unlock()
	if _, err := l.Lock(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a lock was taken with a context that has ended: %v", err)
	}
	if len(l.all) != 0 {
		t.Errorf("%d locks are kept that nobody holds", len(l.all))
	}
}

func TestHoldersExcludeEachOther(t *testing.T) {
	var l Locks[int]
	counts := [3]int{}
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			unlock, err := l.Lock(context.Background(), i%3)
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			counts[i%3]++
		})
	}
	all.Wait()
	if counts != [3]int{100, 100, 100} {
		t.Errorf("%v", counts)
	}
}
