package node

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
)

// A journal is what stages did, in order.
type journal struct {
	mu   sync.Mutex
	text []string
}

func (j *journal) add(s string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = append(j.text, s)
}

func (j *journal) stage(name string, up chan<- struct{}) stage {
	return stage{name, func(ctx context.Context) error {
		up <- struct{}{}
		<-ctx.Done()
		j.add(name)
		return nil
	}}
}

var quiet = slog.New(slog.DiscardHandler)

func TestStagesStopInOrder(t *testing.T) {
	for range 20 {
		var j journal
		up := make(chan struct{}, 3)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- runStages(ctx, quiet, j.stage("local API", up), j.stage("matching", up), j.stage("ledger", up))
		}()
		for range 3 {
			<-up
		}
		cancel()
		if err := <-done; err != nil || !slices.Equal(j.text, []string{"local API", "matching", "ledger"}) {
			t.Fatalf("%v, %v", j.text, err)
		}
	}
}

// A stage that fails stops the others, in the same order; its error is the node's.
func TestStageThatEndsStopsTheOthers(t *testing.T) {
	var j journal
	up := make(chan struct{}, 3)
	broken := errors.New("the disk is gone")
	err := runStages(t.Context(), quiet, j.stage("local API", up), stage{"matching", func(context.Context) error {
		<-up
		<-up
		j.add("matching")
		return broken
	}}, j.stage("ledger", up))
	if !errors.Is(err, broken) || !slices.Equal(j.text, []string{"matching", "local API", "ledger"}) {
		t.Errorf("%v, %v", j.text, err)
	}
}

func TestStagesOfAContextThatHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var j journal
	up := make(chan struct{}, 2)
	if err := runStages(ctx, quiet, j.stage("local API", up), j.stage("ledger", up)); err != nil || !slices.Equal(j.text, []string{"local API", "ledger"}) {
		t.Errorf("%v, %v", j.text, err)
	}
}
