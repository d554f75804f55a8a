package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/casework"
)

// ErrKept means that what was kept of an earlier verification is of no use for this one:
// it is of another ledger, of other keys, of another build, or damaged. Verify from the
// beginning.
var ErrKept = errors.New("what was kept of an earlier verification does not fit")

// keptVersion grows with every change of what is kept, or of what is checked.
const keptVersion = 2

// kept is where a verification ended, with all that goes on from there. It is the
// overseer's own file and trusted like the program: whoever can change it can have
// anything called right.
type kept struct {
	Version   uint32         `cbor:"1,keyasint"`
	Level     uint32         `cbor:"2,keyasint"`
	Keys      [][]byte       `cbor:"3,keyasint"` // sealing keys with which details were opened
	Tree      tiles.Frontier `cbor:"4,keyasint"`
	State     []byte         `cbor:"5,keyasint"`
	Report    []byte         `cbor:"6,keyasint"`
	Published []keptSet      `cbor:"7,keyasint"`
	Officers  []byte         `cbor:"8,keyasint"`
	Used      []byte         `cbor:"9,keyasint"`
}

type keptSet struct {
	By    casework.AgencyID `cbor:"1,keyasint"`
	To    casework.AgencyID `cbor:"2,keyasint"`
	Epoch uint32            `cbor:"3,keyasint"`
	Tags  uint64            `cbor:"4,keyasint"`
}

var keptFormat = canon.NewFormat(canon.Limits{Size: 1 << 32, Array: 1 << 20, Map: 1 << 16, Depth: 8})

// keep returns what a later verification goes on from: a checksum, then CBOR.
func (v *verifier) keep() []byte {
	report := *v.report
	report.Against, report.Overdue = nil, nil // made anew each time
	text, err := json.Marshal(report)
	if err != nil {
		return nil // it has only what JSON holds
	}
	k := kept{Version: keptVersion, Level: v.options.Level, Keys: v.sealKeys, Tree: v.checker.Frontier(), State: v.state.Bytes(), Report: text}
	for p, n := range v.published {
		k.Published = append(k.Published, keptSet{p.by, p.to, p.epoch, n})
	}
	k.Officers, k.Used = v.acts.keep()
	data := canon.Encode(k)
	sum := sha256.Sum256(data)
	return append(sum[:], data...)
}

// restore goes on from what was kept.
func (v *verifier) restore(data []byte, claimed checkpoint.Checkpoint) error {
	var k kept
	if len(data) < sha256.Size {
		return fmt.Errorf("%w: %d bytes", ErrKept, len(data))
	}
	if sum := sha256.Sum256(data[sha256.Size:]); !bytes.Equal(sum[:], data[:sha256.Size]) {
		return fmt.Errorf("%w: it is damaged", ErrKept)
	}
	if err := keptFormat.DecodeOwn(data[sha256.Size:], &k); err != nil {
		return fmt.Errorf("%w: %w", ErrKept, err)
	}
	sameKeys := slices.EqualFunc(k.Keys, v.sealKeys, bytes.Equal)
	if k.Version != keptVersion || k.Level != v.options.Level || !sameKeys {
		return fmt.Errorf("%w: it was made with other keys, or by another build", ErrKept)
	}
	s, err := state.Restore(k.State)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKept, err)
	}
	if s.Network() != claimed.Origin || k.Tree.Size != s.Size() {
		return fmt.Errorf("%w: it is of %s, %d entries", ErrKept, plain(s.Network()), s.Size())
	}
	if k.Tree.Size > claimed.Size {
		return fmt.Errorf("%w: it is of %d entries, and this copy ends at %d", ErrKept, k.Tree.Size, claimed.Size)
	}
	r := newReport()
	if err := json.Unmarshal(k.Report, r); err != nil {
		return fmt.Errorf("%w: %w", ErrKept, err)
	}
	if r.ByType == nil || r.ByAgency == nil {
		return fmt.Errorf("%w: it counts nothing", ErrKept)
	}
	r.OK, r.Members, r.Cosigners, r.Overdue = false, nil, nil, nil
	for _, p := range k.Published {
		v.published[publishedTo{p.By, p.To, p.Epoch}] = p.Tags
	}
	v.report, v.state, v.from = r, s, k.Tree
	v.members.follow(s)
	return v.acts.restore(k.Officers, k.Used)
}
