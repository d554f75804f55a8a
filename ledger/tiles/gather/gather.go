// Package gather copies a ledger from several members into one folder, which anything
// that reads tiles reads then.
//
//	every member --checkpoint--> the largest one is the target; all are kept
//	any member   --tiles-------> every entry is checked against the target's root
//	                             (filippo.io/torchwood), appended to the folder
//	the folder   --root--------> compared with the target's, then published
//
// What is in the folder is extended and never replaced: a member that shows a shorter
// beginning of it is behind, and one that shows another history is named, its
// checkpoint kept and nothing of it taken. A copy that was interrupted goes on with the
// tiles that are there.
//
// A member can withhold, and so can all of them together; it cannot slip in an entry
// that the target's root does not cover. Whether voters certified the target is not
// looked at here: that is for package audit.
package gather

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// CheckpointsName is the folder, in a gathered copy, of the newest checkpoint of each
// member that it was copied from.
const CheckpointsName = "checkpoints"

// ErrFork means that copies are of different histories. What was there is as it was.
var ErrFork = errors.New("two histories of one ledger")

// A From is a copy with a name for it, such as its address.
type From struct {
	Name string
	Copy tiles.Source
}

// A Standing is how one member's copy stands to the result.
type Standing struct {
	Name  string `json:"name"`
	Size  uint64 `json:"size"`
	State string `json:"state"` // see the constants
	Err   string `json:"error,omitempty"`
}

// States of a member's copy.
const (
	Newest = "newest"
	Behind = "behind"
	Forked = "ANOTHER HISTORY"
	Absent = "not read"
)

// A Result is what was copied.
type Result struct {
	Size      uint64     `json:"size"`
	New       uint64     `json:"new"`
	Standings []Standing `json:"members"`
	Faults    []string   `json:"faults,omitempty"` // of members that were asked for tiles
}

// A heard member is one whose checkpoint was read.
type heard struct {
	From
	note []byte
	at   checkpoint.Checkpoint
}

// Gather copies into a folder. The error wraps ErrFork where a member shows another
// history than the folder or the longest of the others.
func Gather(ctx context.Context, dest string, from []From, progress func(done, all uint64)) (Result, error) {
	var out Result
	var members []heard
	for _, f := range from {
		note, err := tiles.Checkpoint(ctx, f.Copy)
		var c checkpoint.Checkpoint
		if err == nil {
			c, err = checkpoint.Parse(note)
		}
		if err != nil {
			out.Standings = append(out.Standings, Standing{Name: f.Name, State: Absent, Err: err.Error()})
			continue
		}
		members = append(members, heard{f, note, c})
	}
	if len(members) == 0 {
		return out, errors.New("no member's checkpoint could be read")
	}
	store, err := tiles.Open(dest)
	if err != nil {
		return out, err
	}
	note, size := store.Checkpoint()
	origin := members[0].at.Origin
	if size > 0 {
		have, err := checkpoint.Parse(note)
		if err != nil {
			return out, err
		}
		origin = have.Origin
	}
	slices.SortStableFunc(members, func(a, b heard) int { return -cmpSize(a.at.Size, b.at.Size) })
	for _, m := range members {
		if m.at.Origin != origin {
			return out, fmt.Errorf("%s is of the network %q, and the others are of %q", m.Name, m.at.Origin, origin)
		}
	}
	g := gathering{dest: dest, store: store, members: members, progress: progress, result: &out}
	return out, g.run(ctx)
}

func cmpSize(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// A gathering is one call of Gather.
type gathering struct {
	dest     string
	store    *tiles.Store
	members  []heard
	progress func(done, all uint64)
	result   *Result
}

func (g *gathering) run(ctx context.Context) error {
	before, old := g.store.Root()
	var forks []string
	for i, target := range g.members {
		if target.at.Size < before {
			break // the folder has more
		}
		if err := g.extends(ctx, target, before, old); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrFork) {
				forks = append(forks, target.Name)
			}
			g.result.Faults = append(g.result.Faults, fmt.Sprintf("%s: %v", target.Name, err))
			continue
		}
		if err := g.copy(ctx, target, i); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			g.result.Faults = append(g.result.Faults, fmt.Sprintf("up to the checkpoint of %s: %v", target.Name, err))
			if err := g.store.Rewind(); err != nil {
				return err
			}
			continue
		}
		break
	}
	size, root := g.store.Root()
	g.result.Size, g.result.New = size, size-before
	if size == 0 {
		return fmt.Errorf("nothing could be copied: %s", strings.Join(g.result.Faults, "; "))
	}
	return g.standings(ctx, size, root, forks)
}

// extends proves that a member's tree extends what is in the folder.
func (g *gathering) extends(ctx context.Context, m heard, size uint64, root tlog.Hash) error {
	if size == 0 {
		return nil
	}
	got, err := tiles.NewReader(m.Copy, m.at.Size).RootAt(ctx, size, m.at.Root)
	if err != nil {
		return err
	}
	if got != root {
		return fmt.Errorf("%w: its first %d entries are not those in %s", ErrFork, size, g.dest)
	}
	return nil
}

// copy appends the entries up to a member's checkpoint, each from whoever has it, and
// publishes the checkpoint.
func (g *gathering) copy(ctx context.Context, target heard, first int) error {
	tree := tlog.Tree{N: int64(target.at.Size), Hash: target.at.Root}
	var sources []tiles.Source
	for i := range g.members {
		sources = append(sources, g.members[(first+i)%len(g.members)].Copy)
	}
	var errs error
	for try := -1; try < len(sources); try++ { // first with what an interrupted copy left here
		order := slices.Concat(sources[max(try, 0):], sources[:max(try, 0)])
		if try < 0 {
			order = append([]tiles.Source{tiles.Dir(os.DirFS(g.dest))}, order...)
		}
		err := g.append(ctx, tree, anyOf(order))
		if err == nil {
			return g.publish(target)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if try >= 0 {
			errs = errors.Join(errs, fmt.Errorf("%s: entry %d: %w", g.members[(first+try)%len(g.members)].Name, g.store.Size(), err))
		}
	}
	return errs
}

// append goes on with the entries of a tree, from whichever source has them.
func (g *gathering) append(ctx context.Context, tree tlog.Tree, from torchwood.TileReader) error {
	client, err := torchwood.NewClient(from)
	if err != nil {
		return err
	}
	for i, leaf := range client.AllEntries(ctx, tree, int64(g.store.Size())) {
		if err := g.store.Append(leaf); err != nil {
			return err
		}
		if g.progress != nil && (i+1)%256 == 0 {
			g.progress(uint64(i)+1, uint64(tree.N))
		}
	}
	return client.Err()
}

// publish ends a copy, if it came to the target's root.
func (g *gathering) publish(target heard) error {
	size, root := g.store.Root()
	if size != target.at.Size || root != target.at.Root {
		return fmt.Errorf("%w: what is in %s and what %s shows make another root than its checkpoint says", ErrFork, g.dest, target.Name)
	}
	return g.store.Publish(target.at, target.note)
}

// standings compares every member with the result, and keeps their checkpoints.
func (g *gathering) standings(ctx context.Context, size uint64, root tlog.Hash, forks []string) error {
	if err := os.MkdirAll(filepath.Join(g.dest, CheckpointsName), 0o755); err != nil {
		return err
	}
	for _, m := range g.members {
		s := Standing{Name: m.Name, Size: m.at.Size, State: Newest}
		switch {
		case slices.Contains(forks, m.Name):
			s.State = Forked
		case m.at.Size > size:
			s.State, s.Err = Absent, "its newest entries could not be copied"
		default:
			at, err := g.store.RootAt(m.at.Size)
			if err != nil {
				return err
			}
			if m.at.Size < size {
				s.State = Behind
			}
			if at != m.at.Root {
				s.State = Forked
				forks = append(forks, m.Name)
			}
		}
		g.result.Standings = append(g.result.Standings, s)
		if err := durable.Replace(filepath.Join(g.dest, CheckpointsName, fileName(m.Name)), m.note, 0o644); err != nil {
			return err
		}
	}
	if len(forks) > 0 {
		return fmt.Errorf("%w: %s shows another than %s; its checkpoint is kept, nothing else of it was taken", ErrFork, strings.Join(forks, ", "), g.dest)
	}
	return ctx.Err()
}

// fileName is a file for the checkpoint of a member, by the name that it was given.
func fileName(name string) string {
	short := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, name)
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%.48s-%x", strings.TrimLeft(short, "._"), sum[:4])
}

// anyOf reads each tile from the first source that has it.
type anyOf []tiles.Source

// ReadTiles implements torchwood.TileReader.
func (s anyOf) ReadTiles(ctx context.Context, want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, t := range want {
		group.Go(func() error {
			var err error
			out[i], err = s.tile(ctx, t)
			return err
		})
	}
	return out, group.Wait()
}

func (s anyOf) tile(ctx context.Context, t tlog.Tile) ([]byte, error) {
	var errs error
	for _, src := range s {
		data, err := src.ReadFile(ctx, torchwood.TilePath(t))
		if err == nil && t.L >= 0 && len(data) != t.W*tlog.HashSize {
			err = fmt.Errorf("%w: %s has %d bytes", tiles.ErrTile, torchwood.TilePath(t), len(data))
		}
		if errors.Is(err, fs.ErrNotExist) && t.W < 1<<t.H { // it is full by now
			data, err = tiles.Front(ctx, src, t.L, t.N, t.W)
		}
		if err == nil {
			return data, nil
		}
		errs = errors.Join(errs, err)
	}
	return nil, errs
}

// SaveTiles implements torchwood.TileReader.
func (anyOf) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadEndpoint implements torchwood.TileReader.
func (s anyOf) ReadEndpoint(ctx context.Context, path string) ([]byte, error) {
	return s[0].ReadFile(ctx, path)
}
