package match

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Progress is how far an exchange has come: parts of a batch, or bytes of a set.
type Progress struct {
	Kind    string // "ask" or "publish"
	Batch   casework.BatchID
	Peer    casework.AgencyID
	Done    uint64
	Total   uint64
	Hits    uint32
	Rate    float64       // a second, since the exchange began or resumed
	Left    time.Duration // at that rate; 0 where it cannot be told
	Waits   string        // why it does not go on, for a person
	Refusal string        // the code for which it ended
}

// A meter tells how fast one exchange goes.
type meter struct {
	s     *Service
	p     Progress
	from  uint64
	began time.Time
}

func (s *Service) meter(p Progress) *meter {
	return &meter{s: s, p: p, from: p.Done, began: s.cfg.Now()}
}

func (m *meter) done(n uint64) {
	m.p.Done = n
	if took := m.s.cfg.Now().Sub(m.began).Seconds(); took > 0 && n > m.from {
		m.p.Rate = float64(n-m.from) / took
		m.p.Left = time.Duration(float64(m.p.Total-min(n, m.p.Total)) / m.p.Rate * float64(time.Second))
	}
	m.s.tell(m.p)
}

func (s *Service) tell(p Progress) {
	if s.cfg.OnProgress != nil {
		s.cfg.OnProgress(p)
	}
}
