package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/crosscase/crosscase/node/api"
)

// A progress shows the steps of a long call as bars, on a terminal only, and
// only for steps that have a known length.
type progress struct {
	bars *mpb.Progress // nil: nobody watches
	mu   sync.Mutex
	by   map[string]*mpb.Bar // by step and peer
}

func (a *app) progress() *progress {
	p := &progress{by: map[string]*mpb.Bar{}}
	if f, ok := a.err.(*os.File); ok && !a.json && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40), mpb.WithRefreshRate(120*time.Millisecond))
	}
	return p
}

func (p *progress) show(e api.Event) {
	if p.bars == nil || e.Total == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	name := e.Step
	if e.Peer != "" {
		name = fmt.Sprintf("%s %s", e.Step, e.Peer)
	}
	bar, ok := p.by[name]
	if !ok {
		bar = p.bars.AddBar(int64(e.Total), mpb.PrependDecorators(decor.Name(name, decor.WC{C: decor.DindentRight | decor.DextraSpace})),
			mpb.AppendDecorators(decor.CountersNoUnit("%d/%d"), decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)))
		p.by[name] = bar
	}
	bar.SetCurrent(int64(e.Done))
}

// done leaves the terminal in order; bars that were cut off stay as they were.
func (p *progress) done() {
	if p.bars == nil {
		return
	}
	for _, b := range p.by {
		if !b.Completed() {
			b.Abort(false)
		}
	}
	p.bars.Wait()
}
