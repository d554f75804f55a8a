package audit

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Known checkpoint is one that the overseer has from elsewhere: from an earlier
// verification, from another agency's copy. One ledger extends all of them.
type Known struct {
	From string // where it is from, for the report
	Note []byte
	Copy tiles.Source // the copy that it is of, if that is at hand: whichever is longer must extend the other
}

// A Comparison is how what is from elsewhere stands to this copy.
type Comparison struct {
	From    string  `json:"from"`
	Size    uint64  `json:"size"` // of what is from elsewhere
	Verdict Verdict `json:"verdict"`
}

// A Verdict compares two copies of a ledger.
type Verdict string

// Verdicts.
const (
	Same   Verdict = "same history"            // of one length
	Ahead  Verdict = "same history, and older" // this copy extends the other
	Behind Verdict = "same history, and newer" // the other extends this copy
	Newer  Verdict = "newer, and not compared" // the other has more entries; its tiles are not at hand
	Fork   Verdict = "ANOTHER HISTORY"         // neither extends the other
	Other  Verdict = "of another ledger"       // of another network, or no checkpoint
)

// elsewhere notes at which sizes the policy of then will be needed.
func (v *verifier) elsewhere(claimed checkpoint.Checkpoint) {
	for _, k := range v.options.Known {
		if c, err := checkpoint.Parse(k.Note); err == nil && c.Size >= v.from.Size && c.Size < claimed.Size {
			v.policies[c.Size] = checkpoint.Policy{}
		}
	}
}

// known checks the ledger against checkpoints from elsewhere. One that the ledger
// does not extend, with the signatures of the same members under both, is their
// confession.
func (v *verifier) known(ctx context.Context, claimed checkpoint.Checkpoint, note []byte) error {
	for _, k := range v.options.Known {
		c, err := checkpoint.Parse(k.Note)
		verdict := Other
		switch {
		case err != nil:
			v.report.differs("known", "what %s holds: %v", k.From, err)
		case c.Origin != claimed.Origin:
			v.report.differs("known", "the checkpoint of %s is of another network, %q", k.From, c.Origin)
		default:
			if verdict, err = v.compare(ctx, k, c, claimed); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				v.report.whole("known", "the copy of %s cannot be compared: %v", k.From, err)
				continue
			}
			where := ""
			if verdict == Fork && k.Copy != nil {
				if first, err := v.parting(ctx, k, c, claimed); err == nil {
					where = fmt.Sprintf(": they part at entry %d", first)
				} else if ctx.Err() != nil {
					return ctx.Err()
				}
			}
			v.judge(k, c, claimed, note, verdict, where)
		}
		v.report.Against = append(v.report.Against, Comparison{From: k.From, Size: c.Size, Verdict: verdict})
	}
	return nil
}

// compare finds how a checkpoint from elsewhere stands to this copy. Where the shorter
// one is this copy, the other's tiles say what they had at its size.
func (v *verifier) compare(ctx context.Context, k Known, c, claimed checkpoint.Checkpoint) (Verdict, error) {
	if c.Size > claimed.Size {
		if k.Copy == nil {
			return Newer, nil
		}
		root, err := tiles.NewReader(k.Copy, c.Size).RootAt(ctx, claimed.Size, c.Root)
		if err != nil {
			return "", err
		}
		if root != claimed.Root {
			return Fork, nil
		}
		return Behind, nil
	}
	root, err := v.checker.RootAt(ctx, c.Size)
	switch {
	case err != nil:
		return "", err
	case root != c.Root:
		return Fork, nil
	case c.Size == claimed.Size:
		return Same, nil
	}
	return Ahead, nil
}

// judge adds what a comparison says of the ledger.
func (v *verifier) judge(k Known, c, claimed checkpoint.Checkpoint, note []byte, verdict Verdict, where string) {
	switch verdict {
	case Behind, Newer:
		v.report.whole("behind", "this copy ends at %d entries, and the checkpoint of %s says that there are %d: the newest are left out", claimed.Size, k.From, c.Size)
	case Fork:
		here, there := v.signers(note), v.signers(k.Note)
		if len(there) == 0 {
			v.report.whole("known", "the checkpoint of %s names another root of %d entries, and no member signed it: it proves nothing", k.From, c.Size)
			return
		}
		both := slices.DeleteFunc(slices.Clone(here), func(id casework.AgencyID) bool { return !slices.Contains(there, id) })
		v.report.whole("split", "two histories: %s has other entries among the first %d%s; %v signed the one, %v the other, %v both. Keep both copies", k.From, min(c.Size, claimed.Size), where, here, there, both)
	case Ahead:
		if policy := v.policies[c.Size]; policy.Origin != "" {
			if _, err := policy.Verify(k.Note); err != nil {
				v.report.whole("not-certified", "the checkpoint of %s is of this history, and was not certified by the voters of then: %v", k.From, err)
			}
		}
	}
}

// parting is the index of the first entry in which another copy differs, which all
// roots after it show.
func (v *verifier) parting(ctx context.Context, k Known, c, claimed checkpoint.Checkpoint) (uint64, error) {
	here, there := tiles.NewReader(v.src, claimed.Size), tiles.NewReader(k.Copy, c.Size)
	var failed error
	differs := func(size int) bool {
		if failed != nil {
			return true
		}
		var x, y tlog.Hash
		if x, failed = here.RootAt(ctx, uint64(size), claimed.Root); failed == nil {
			y, failed = there.RootAt(ctx, uint64(size), c.Root)
		}
		return x != y
	}
	first := sort.Search(int(min(c.Size, claimed.Size)), func(i int) bool { return differs(i + 1) })
	return uint64(first), failed
}

// signers lists the members, of whatever time, whose signatures a note bears.
func (v *verifier) signers(note []byte) []casework.AgencyID {
	var p checkpoint.Policy
	p.Origin = v.state.Network()
	for _, m := range v.state.Members() {
		p.Voters = append(p.Voters, checkpoint.Voter{Agency: m.Agency, LogKey: m.LogKey, CosignerKey: m.CosignerKey})
	}
	return p.Signers(note)
}
