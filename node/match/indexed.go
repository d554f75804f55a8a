package match

import (
	"context"
	"fmt"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/node/store"
)

// indexed returns what the own key of an epoch makes of match keys, ascending: as the
// store keeps it, or computed, and then kept for the peers that come later. A key that
// was erased meanwhile is an error, and whoever lists the keys again goes on.
func (s *Service) indexed(ctx context.Context, epoch uint32, keys []store.MatchKey) (outputs []byte, err error) {
	seqs := make([]int64, len(keys))
	for i, k := range keys {
		seqs[i] = k.Seq
	}
	outputs, has, err := s.cfg.Store.Outputs(ctx, epoch, seqs)
	if err != nil {
		return nil, fmt.Errorf("kept outputs: %w", err)
	}
	var missing []int64
	var at []int // where they belong
	for i, seq := range seqs {
		if !has[i] {
			missing, at = append(missing, seq), append(at, i)
		}
	}
	if len(missing) == 0 {
		return outputs, nil
	}
	items, err := s.cfg.Store.MatchItemsBySeq(ctx, missing)
	if err != nil {
		return nil, err
	}
	k, err := s.keys(epoch)
	if err != nil {
		return nil, err
	}
	var fresh []byte
	err = s.compute(ctx, false, func() error {
		fresh, err = oprf.NewServer(k.Match, s.options()).Index(ctx, s.inputs(items))
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, to := range at {
		copy(outputs[to*oprf.OutputSize:(to+1)*oprf.OutputSize], fresh[i*oprf.OutputSize:])
	}
	if err := s.cfg.Store.KeepOutputs(ctx, epoch, missing, fresh); err != nil {
		return nil, fmt.Errorf("keep outputs: %w", err)
	}
	return outputs, nil
}
