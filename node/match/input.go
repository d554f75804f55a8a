package match

import (
	"strconv"

	"github.com/crosscase/crosscase/node/store"
)

// chunk is how many items are in memory at a time: a part of a query.
const chunk = 4096

// input is what the function of matching is applied to: an identifier in its
// network, normaliser version and kind, so that equal values of two kinds differ.
func (s *Service) input(m store.MatchItem) []byte {
	in := []byte("crosscase/1\x00" + s.cfg.Network + "\x00" + strconv.FormatUint(uint64(s.cfg.Normaliser), 10) + "\x00" + string(m.Identifier.Kind()) + "\x00")
	return append(in, m.Identifier.Reveal()...)
}

func (s *Service) inputs(items []store.MatchItem) [][]byte {
	out := make([][]byte, len(items))
	for i, m := range items {
		out[i] = s.input(m)
	}
	return out
}
