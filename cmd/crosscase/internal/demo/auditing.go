package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
)

// audit lets the overseer verify a copy of each agency's ledger, and then a copy
// in which somebody flipped one bit.
func (s *story) audit(ctx context.Context) error {
	roots := map[string]bool{}
	for _, a := range s.agencies {
		report, err := s.verifyCopy(ctx, a)
		if err != nil {
			return err
		}
		if !report.OK {
			var text bytes.Buffer
			report.WriteText(&text)
			return fmt.Errorf("the overseer finds fault with %s's copy: %s", a.ID, text.String())
		}
		roots[fmt.Sprintf("%d %s", report.Entries, report.Root)] = true
		s.figures.entries = report.Entries
		if a == s.agencies[0] {
			s.tellReport(report)
		}
	}
	if len(roots) != 1 {
		return errors.New("the agencies' copies of the ledger differ")
	}
	s.figures.audit = "ok"
	s.tell.event("verified", map[string]any{"entries": s.figures.entries, "copies": len(s.agencies)},
		"the copies of all three agencies hold, and are the same ledger")
	return s.tamper(ctx)
}

// verifyCopy copies an agency's tiles and verifies the copy. A node writes its tiles a
// moment after it tells of an entry: a copy that is behind what it told is taken again.
func (s *story) verifyCopy(ctx context.Context, a *party) (report audit.Report, err error) {
	var told uint64
	if err := a.Until(ctx, "a certified ledger", func(st api.StatusView) bool {
		told = st.Ledger.Entries
		return st.Ledger.Certified == told
	}); err != nil {
		return report, err
	}
	copied := filepath.Join(s.dir, "overseer", "copy-of-"+a.sample)
	for {
		if err := os.RemoveAll(copied); err != nil {
			return report, err
		}
		if err := os.CopyFS(copied, os.DirFS(node.LedgerTiles(a.Dir))); err != nil {
			return report, err
		}
		report, err = audit.Verify(ctx, tiles.Dir(os.DirFS(copied)), s.options())
		if err != nil || report.Entries >= told {
			return report, err
		}
		select {
		case <-ctx.Done():
			return report, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *story) options() audit.Options {
	return audit.Options{Genesis: s.overseer.genesis, Secrets: []audit.Secret{s.overseer.secret}, At: time.Now()}
}

func (s *story) tellReport(r audit.Report) {
	var text bytes.Buffer
	r.WriteText(&text)
	s.tell.event("audit", map[string]any{"ok": r.OK, "entries": r.Entries, "root": r.Root, "opened": r.Sealed.Opened, "by_type": r.ByType}, "%s", text.String())
}

// tamper flips one bit of one entry in a copy, and shows that it is named.
func (s *story) tamper(ctx context.Context) error {
	copied := filepath.Join(s.dir, "overseer", "tampered")
	if err := os.CopyFS(copied, os.DirFS(node.LedgerTiles(s.agencies[1].Dir))); err != nil {
		return err
	}
	target, path, offset, err := middleEntry(ctx, copied, s.figures.entries)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[offset] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	report, err := audit.Verify(ctx, tiles.Dir(os.DirFS(copied)), s.options())
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		if !f.Whole && f.What == "changed" {
			s.figures.tampered = f.Index
			break
		}
	}
	if report.OK || s.figures.tampered != target {
		return fmt.Errorf("one bit of entry %d was flipped, and the overseer says: %+v", target, report.Findings)
	}
	s.tell.event("tampered", map[string]any{"entry": target, "found": s.figures.tampered},
		"one bit of entry %d flipped in a copy: the overseer names entry %d", target, s.figures.tampered)
	return nil
}

// middleEntry finds where an entry in the middle of a copy lies.
func middleEntry(ctx context.Context, dir string, size uint64) (index uint64, path string, offset int, err error) {
	const bundle = 256
	index = size / 2
	leaves, err := tiles.NewReader(tiles.Dir(os.DirFS(dir)), size).Bundle(ctx, int64(index/bundle))
	if err != nil {
		return 0, "", 0, err
	}
	for i := range index % bundle {
		offset += 2 + len(leaves[i])
	}
	offset += 2 + len(leaves[index%bundle])/2
	path = filepath.Join(dir, fmt.Sprintf("tile/entries/%03d", index/bundle))
	if len(leaves) < bundle {
		path = filepath.Join(dir, fmt.Sprintf("tile/entries/%03d.p/%d", index/bundle, len(leaves)))
	}
	return index, path, offset, nil
}
