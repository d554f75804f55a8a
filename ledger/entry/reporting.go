package entry

import (
	"fmt"
	"time"
)

// TypeReport is the type of a [Report].
const TypeReport Type = "report"

var _ = register[Report]()

// ReportPeriod is the shortest time that a report may cover. What happened with one
// query or one peer cannot be told from a report.
const ReportPeriod = 7 * 24 * time.Hour

// Report states coarse totals over all peers and a long time. The exact counts are
// in the detail.
type Report struct {
	From   int64  `cbor:"1,keyasint"` // Unix milliseconds
	Until  int64  `cbor:"2,keyasint"`
	Hits   uint32 `cbor:"3,keyasint"` // see Coarse
	Detail []byte `cbor:"4,keyasint"`
}

func (*Report) Type() Type  { return TypeReport }
func (*Report) Key() string { return "" }
func (b *Report) Facts() string {
	hits := fmt.Sprintf("about %d hits", b.Hits)
	if b.Hits == 0 {
		hits = fmt.Sprintf("fewer than %d hits", smallCount)
	}
	day := func(at int64) string { return time.UnixMilli(at).UTC().Format(time.DateOnly) }
	return fmt.Sprintf("%s to %s: %s", day(b.From), day(b.Until), hits)
}
func (b *Report) Sealed() Sealed { return Sealed{Detail: b.Detail} }
func (b *Report) validate() error {
	if b.From <= 0 || b.Until > MaxTime || b.Until-b.From < ReportPeriod.Milliseconds() {
		return fmt.Errorf("a report covers at least %s", ReportPeriod)
	}
	if b.Hits != Coarse(uint64(b.Hits)) {
		return fmt.Errorf("the hits are an exact count")
	}
	return sealed(b.Detail)
}

// smallCount is the smallest count that a report shows.
const smallCount = 10

// Coarse is a count as reports show it: zero where it is small, else its first
// digit and zeros.
func Coarse(n uint64) uint32 {
	if n < smallCount {
		return 0
	}
	unit := uint64(1)
	for n/unit >= 10 {
		unit *= 10
	}
	return uint32(min(n/unit*unit, 4_000_000_000))
}
