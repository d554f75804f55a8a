package audit

import (
	"bytes"
	"context"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Known checkpoint is one that the overseer has from elsewhere: from an earlier
// verification, from another agency's copy. One ledger extends all of them.
type Known struct {
	From string // where it is from, for the report
	Note []byte
}

// known checks the ledger against checkpoints from elsewhere. One that the ledger
// does not extend, with the signatures of the same members under both, is their
// confession.
func (v *verifier) known(ctx context.Context, reader *tiles.Reader, claimed checkpoint.Checkpoint, note []byte) error {
	for _, k := range v.options.Known {
		c, err := checkpoint.Parse(k.Note)
		if err != nil {
			v.report.whole("known", "what %s holds: %v", k.From, err)
			continue
		}
		if c.Origin != claimed.Origin {
			v.report.whole("known", "the checkpoint of %s is of another network, %q", k.From, c.Origin)
			continue
		}
		if c.Size > claimed.Size {
			v.report.whole("behind", "this copy ends at %d entries, and the checkpoint of %s says that there are %d: the newest are left out", claimed.Size, k.From, c.Size)
			continue
		}
		root, err := reader.RootAt(ctx, c.Size)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || root == c.Root {
			continue // what cannot be read was named
		}
		here, there := v.signers(note), v.signers(k.Note)
		if len(there) == 0 {
			v.report.whole("known", "the checkpoint of %s names another root of %d entries, and no member signed it: it proves nothing", k.From, c.Size)
			continue
		}
		both := slices.DeleteFunc(slices.Clone(here), func(id casework.AgencyID) bool { return !slices.Contains(there, id) })
		v.report.whole("split", "two histories: the first %d entries are not those of %s; %v signed the one, %v the other, %v both. Keep both copies", c.Size, k.From, here, there, both)
	}
	return nil
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

// strangers finds keys that no member of the ledger ever named: with them nothing
// was opened, which must not look like a ledger that holds.
func (v *verifier) strangers() {
	for i, key := range v.sealKeys {
		named := slices.ContainsFunc(v.state.Members(), func(m state.Member) bool { return bytes.Equal(m.Oversight.SealKey, key) })
		if !named && v.state.Size() > 0 {
			v.report.whole("key", "no member named %q, under this key, as its oversight body: nothing was opened with it", v.options.Secrets[i].name)
		}
	}
}
