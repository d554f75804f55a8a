// Package demo tells the whole story of crosscase on one machine, on real parts:
// three agencies, each a process of its own with its own keys, encrypted store and
// replica of the ledger, connected by libp2p over loopback; and an overseer who
// has nothing but a copy of the ledger and a key.
//
// The demo does what officers would do with the ordinary commands, through the
// same local sockets and under the same signatures, and nothing else: it has no way
// into a node. It shares no memory with the agencies and the agencies none with
// each other. What it claims at the end it computes apart from them: the expected
// hits come from reading the sample files, the verdict on the ledger from the
// overseer's code.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/crosscase/crosscase/node/api"
)

// Options say how the demo is run.
type Options struct {
	Program string // the crosscase binary that the agencies run
	Dir     string // to keep everything in; "" keeps nothing
	JSON    bool
	Out     io.Writer
	Err     io.Writer
	// Progress shows bars for the steps of long calls until done is called; nil
	// shows none.
	Progress func() (show api.Emitter, done func())
}

// story is one run of the demo.
type story struct {
	o        Options
	dir      string
	began    time.Time
	tell     *teller
	agencies []*party
	overseer *overseer
	figures  figures
}

// figures are what the summary says, all of them measured in the run.
type figures struct {
	identifiers   uint64
	hits          int
	plaintextHits int
	asked         uint64
	bytes         uint64
	entries       uint64
	audit         string
	tampered      uint64
}

// Run tells the story. It leaves no process and, unless a folder was named, no
// file behind, however it ends.
func Run(ctx context.Context, o Options) (err error) {
	s := &story{o: o, began: time.Now(), tell: &teller{json: o.JSON, out: o.Out}}
	if s.dir, err = folder(o.Dir); err != nil {
		return err
	}
	defer func() {
		for _, a := range s.agencies {
			err = errors.Join(err, a.Stop())
		}
		if o.Dir == "" {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	for _, chapter := range []struct {
		title string
		tell  func(context.Context) error
	}{
		{"Three agencies and an overseer", s.setUp},
		{"A network, founded and joined with approvals", s.found},
		{"Evidence, each agency its own", s.takeIn},
		{"What do they share?", s.match},
		{"One lead, from request to use report; one request refused", s.disclose},
		{"The overseer verifies the ledger", s.audit},
		{"What each party learned", s.conclude},
	} {
		s.tell.chapter(chapter.title)
		if err := chapter.tell(ctx); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("demo: stopped; nothing of it is left running")
			}
			return fmt.Errorf("demo: %s: %w%s", chapter.title, err, s.logs())
		}
	}
	return nil
}

// folder is a new folder for the demo. Sockets need short paths.
func folder(keep string) (string, error) {
	if keep == "" {
		dir, err := os.MkdirTemp("", "crosscase-demo-")
		if err != nil {
			return "", fmt.Errorf("demo: %w", err)
		}
		return dir, nil
	}
	dir, err := filepath.Abs(keep)
	if err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return "", fmt.Errorf("demo: %s is not empty; name another folder with --dir", dir)
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// logs says where the agencies' logs are, if they are kept.
func (s *story) logs() string {
	if s.o.Dir == "" {
		return "; run it with --dir FOLDER to keep the agencies' logs"
	}
	return "; the agencies' logs are " + filepath.Join(s.dir, "*", "node.log")
}
