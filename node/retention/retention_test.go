package retention

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/policy/casework"
)

// kept is a store of loose items by number, some of them at a member.
type kept struct {
	loose  []int64
	at     map[int64]casework.AgencyID
	untold uint64
}

func (k *kept) EraseLoose(_ context.Context, members []casework.AgencyID, after int64, limit int, outside func([]int64) error) (items int, last int64, err error) {
	var keys []int64
	left := slices.Clone(k.loose)
	for _, seq := range k.loose {
		if seq <= after || len(keys) == limit {
			continue
		}
		if last = seq; !slices.Contains(members, k.at[seq]) {
			keys, left = append(keys, seq), slices.DeleteFunc(left, func(n int64) bool { return n == seq })
		}
	}
	if len(keys) > 0 {
		if err := outside(keys); err != nil {
			return 0, 0, err
		}
	}
	if len(keys) < limit {
		last = 0
	}
	k.loose, k.untold = left, k.untold+uint64(len(keys))
	return len(keys), last, nil
}

func (k *kept) Erased(context.Context) (uint64, error) { return k.untold, nil }

func (k *kept) ErasedLogged(_ context.Context, n uint64) error { k.untold -= n; return nil }

// What is in no case any more is erased in parts, with what peers answered for it, but for
// what a member has a tag of; the ledger is told how much, later where it is away.
func TestSweep(t *testing.T) {
	k := &kept{at: map[int64]casework.AgencyID{3: "fr-fiu", 5: "xx-expelled"}}
	for n := range int64(2*part + 7) {
		k.loose = append(k.loose, n+1)
	}
	var told []*entry.Erase
	var outputs int
	away := true
	s := &Service{Store: k, Logger: slog.New(slog.DiscardHandler), Network: func() (Network, error) {
		return Network{
			Members: []casework.AgencyID{"fr-fiu"}, Outputs: func(keys []int64) error { outputs += len(keys); return nil },
			Append: func(_ context.Context, b entry.Body) (receipt.Receipt, error) {
				if away {
					return receipt.Receipt{}, errors.New("no quorum")
				}
				told = append(told, b.(*entry.Erase))
				return receipt.Receipt{}, nil
			},
		}, nil
	}}
	const want = 2*part + 6
	if n, err := s.Sweep(t.Context()); err == nil || n != want || outputs != want || k.untold != want {
		t.Fatalf("without a quorum: %d erased, %d answers, %d not told, %v", n, outputs, k.untold, err)
	}
	away = false
	for range 2 { // the second has nothing to tell
		if n, err := s.Sweep(t.Context()); err != nil || n != 0 {
			t.Fatalf("%d erased, %v", n, err)
		}
	}
	if len(told) != 1 || told[0].Count != want || told[0].What != "item" || k.untold != 0 || !slices.Equal(k.loose, []int64{3}) {
		t.Errorf("told %+v, %d not told, left %v", told, k.untold, k.loose)
	}
	delete(k.at, 3)
	if n, err := s.Sweep(t.Context()); err != nil || n != 1 || len(told) != 2 {
		t.Errorf("%d erased once no member has a tag of it, %v", n, err)
	}
}

// A fault outside of the store leaves the items there, and in no network there is nobody
// to tell.
func TestFaultAndAlone(t *testing.T) {
	k := &kept{loose: []int64{1, 2}}
	alone, fault := error(nil), errors.New("the disk")
	s := &Service{Store: k, Logger: slog.New(slog.DiscardHandler), Network: func() (Network, error) {
		return Network{Outputs: func([]int64) error { return fault }}, alone
	}}
	if n, err := s.Sweep(t.Context()); !errors.Is(err, fault) || n != 0 || len(k.loose) != 2 {
		t.Errorf("%d erased, %v", n, err)
	}
	alone = errors.New("in no network")
	if n, err := s.Sweep(t.Context()); err != nil || n != 2 || len(k.loose) != 0 {
		t.Errorf("alone: %d erased, %v", n, err)
	}
}
