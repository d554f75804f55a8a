package audit

import (
	"errors"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// lost is what the replay lacks because of entries that were named: it keeps what
// follows from one fault from being called another.
type lost struct {
	some     bool           // there was one
	count    uint64         // entries that were changed, and so whose place in which chain is not known
	unread   int            // the finding that names the last of them
	subjects map[string]int // what an entry that was named was about, to its finding
}

// add notes an entry that was changed in this copy, and which finding names it.
func (l *lost) add(finding int, p *parsed) {
	l.count++
	l.some = true
	l.unread = finding
	if p.err == nil {
		if s := subject(p.entry.Body); s != "" {
			l.subjects[s] = finding
		}
	}
}

// refused notes an entry that the rules refuse, and which finding names it.
func (l *lost) refused(finding int, e entry.Entry) {
	if s := subject(e.Body); s != "" {
		l.subjects[s] = finding
	}
}

// before reports whether entries that were lost stand between an entry and what is known
// of its agency's chain, and how many.
func (l *lost) before(e entry.Entry, s *state.State, err error) (uint64, bool) {
	if l.count == 0 || !errors.Is(err, state.ErrSeq) {
		return 0, false
	}
	seq, _ := s.Chain(e.Agency)
	k := e.Seq - seq - 1 // wraps around where it goes back
	return k, k > 0 && k <= l.count
}

// follows reports which finding explains that the rules refuse an entry.
func (l *lost) follows(e entry.Entry, err error) (int, bool) {
	for _, own := range []error{entry.ErrSignature, state.ErrSeq, state.ErrPrev, state.ErrQuota, state.ErrNetwork, state.ErrGenesis} {
		if errors.Is(err, own) {
			return 0, false
		}
	}
	var duplicate *state.DuplicateError
	if errors.As(err, &duplicate) {
		return 0, false
	}
	if at, ok := l.subjects[subject(e.Body)]; ok {
		return at, true
	}
	return l.unread, l.some
}

// subject names what several entries are about: a batch, a request, a set.
func subject(b entry.Body) string {
	switch b := b.(type) {
	case *entry.Query:
		return "batch " + b.Batch.String()
	case *entry.Answer:
		return "batch " + b.Batch.String()
	case *entry.Request:
		return "request " + b.Request.String()
	case *entry.Decision:
		return "request " + b.Request.String()
	case *entry.Delivery:
		return "request " + b.Request.String()
	case *entry.Receipt:
		return "request " + b.Request.String()
	case *entry.Use:
		return "request " + b.Request.String()
	}
	return ""
}
