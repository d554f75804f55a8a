package sqlite

import (
	"context"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// A place is an occurrence of an item as it is stored.
type place struct {
	file   casework.CaseID
	source []byte
	own    occurrence
	facts  commonFacts
}

// withdrawn is a [casework.Withdrawal] as it is stored.
type withdrawn struct {
	At     string `cbor:"1,keyasint"`
	By     []byte `cbor:"2,keyasint"`
	Reason string `cbor:"3,keyasint"`
}

// placesOf lists where an item is, with the lock held.
func (s *Store) placesOf(item int64) (out []place, err error) {
	err = s.query("SELECT casefile, source, data FROM occurrence WHERE item = ?", []any{item}, func(st *sqlite3.Stmt) error {
		p := place{file: casework.CaseID(st.ColumnBlob(0, nil)), source: st.ColumnBlob(1, nil)}
		p.own, p.facts, err = s.openOccurrence(p.source, st.ColumnRawBlob(2))
		out = append(out, p)
		return err
	})
	return out, err
}

// putPlace stores a changed place of an item, with the lock held.
func (s *Store) putPlace(item int64, p place) error {
	c, err := newCommon(s.keys.finder(), p.facts)
	if err != nil {
		return err
	}
	if err := s.putCommon(c); err != nil {
		return err
	}
	p.own.Common = c.id
	return s.query("UPDATE occurrence SET data = ? WHERE item = ? AND casefile = ? AND source = ?",
		[]any{s.keys.seal("occurrence|"+string(p.source), canon.Encode(p.own)), item, p.file[:], p.source}, nil)
}

func (s *Store) deletePlace(item int64, p place) error {
	return s.query("DELETE FROM occurrence WHERE item = ? AND casefile = ? AND source = ?", []any{item, p.file[:], p.source}, nil)
}

// occurrenceOf is a place for those outside the store.
func occurrenceOf(id casework.ItemID, p place) (casework.Occurrence, error) {
	seen, err := unstamp(p.own.Seen)
	if err != nil {
		return casework.Occurrence{}, fmt.Errorf("%w: when it was seen: %w", store.ErrCorrupt, err)
	}
	captured, err := unstamp(p.own.Captured)
	if err != nil {
		return casework.Occurrence{}, fmt.Errorf("%w: when it was captured: %w", store.ErrCorrupt, err)
	}
	o := casework.Occurrence{
		Item: id, Case: p.file, Category: p.facts.Category, Grading: p.facts.Grading,
		Handling: p.facts.Handling, TLP: p.facts.TLP, Consent: p.facts.Consent, Seen: seen,
		Provenance: casework.Provenance{
			Source: p.facts.Source, SHA256: p.facts.SHA256, Format: p.facts.Format, Tool: p.facts.Tool, Captured: captured,
			Record: p.own.Record, Imported: p.facts.Imported, Assumed: p.own.Assumed, Context: p.own.Context, Original: p.own.Original, Terms: p.facts.Terms,
		},
	}
	if w := p.own.Withdrawn; w != nil {
		at, err := unstamp(w.At)
		if err != nil || len(w.By) != len(casework.OfficerID{}) {
			return o, fmt.Errorf("%w: by whom and when it was withdrawn", store.ErrCorrupt)
		}
		o.Withdrawn = &casework.Withdrawal{At: at, By: casework.OfficerID(w.By), Reason: w.Reason}
	}
	return o, nil
}

// evidence is what the place states of the item.
func (p place) evidence() *casework.Evidence {
	e := &casework.Evidence{
		Confidence: p.facts.Confidence, Visibility: p.facts.Visibility, Category: p.facts.Category, Consent: p.facts.Consent,
		Grading: p.facts.Grading, Handling: p.facts.Handling, TLP: p.facts.TLP, Provenance: casework.Provenance{Terms: p.facts.Terms},
	}
	if p.facts.Listed {
		e.WhyNot = casework.OnWarningList
	}
	return e
}

// stateFor fills in what a place of an earlier schema does not say by itself: what the
// item's row says of all its places together.
func (p *place) stateFor(row itemRow) bool {
	if p.facts.Stated {
		return false
	}
	p.facts.Stated, p.facts.Visibility, p.facts.Confidence = true, casework.Visibility(row.visibility), row.confidence
	p.facts.Listed = row.whyNot == string(casework.OnWarningList)
	return true
}

// restate derives an item anew from those of its places that count, with the lock held:
// those that are not withdrawn, of cases that are open. Where none counts it keeps what
// was known of it and stays out of matching. Its leads follow.
func (s *Store) restate(seq int64) error {
	row, err := s.itemNumbered(seq)
	if err != nil {
		return err
	}
	places, err := s.placesOf(seq)
	if err != nil {
		return err
	}
	now, grading, why := row.standing(), "", casework.Withdrawn
	first, last, counted := int64(0), int64(0), false
	for i := range places {
		p := &places[i]
		if p.stateFor(row) {
			if err := s.putPlace(seq, *p); err != nil {
				return err
			}
		}
		if p.own.Withdrawn != nil {
			continue
		}
		c, err := cases.get(s, p.file.String())
		if err != nil {
			return fmt.Errorf("case of a place: %w", err)
		}
		if !c.Closed.IsZero() {
			why = casework.CaseClosed
			continue
		}
		seen, err := unstamp(p.own.Seen)
		if err != nil {
			return fmt.Errorf("%w: when it was seen: %w", store.ErrCorrupt, err)
		}
		if at := seen.UnixMilli(); !seen.IsZero() {
			last = max(last, at)
			if first == 0 || at < first {
				first = at
			}
		}
		standing, g := sharing.StandingOf(p.evidence()), p.facts.Grading.String()
		if !counted {
			now, grading, counted = standing, g, true
			continue
		}
		if now = sharing.Fold(now, standing); better(g, grading) {
			grading = g
		}
	}
	if !counted {
		now.WhyNot, grading, first, last = why, row.grading, row.first, row.last
	}
	return s.setStanding(row, now, grading, first, last)
}

// setStanding stores what an item's places say together, and tells matching and the
// item's leads, with the lock held.
func (s *Store) setStanding(row itemRow, now sharing.Standing, grading string, first, last int64) error {
	now.Held = row.held // of the item as a whole
	err := s.query(`UPDATE item SET visibility = ?, why_not = ?, confidence = ?, category = ?, consent = ?, grading = ?, first = ?, last = ? WHERE seq = ?`,
		[]any{string(now.Visibility), string(now.WhyNot), now.Confidence, string(now.Category), now.Consent, grading, first, last, row.seq}, nil)
	if err != nil {
		return err
	}
	if err := s.itemChanged(row.seq); err != nil {
		return err
	}
	before, after := sharing.MayLeave(row.standing()) != casework.Local, sharing.MayLeave(now) != casework.Local
	if before == after {
		return nil
	}
	return s.changeLeads(row.id, func(l *casework.Lead) bool {
		if after {
			return l.WithdrawnBy == "" && l.Revive()
		}
		return l.Withdraw("", sharing.Why(now.WhyNot))
	})
}

// changeLeads changes the leads upon an item, with the lock held.
func (s *Store) changeLeads(item casework.ItemID, change func(*casework.Lead) bool) error {
	leads, err := s.leads("WHERE item = ?", item[:])
	if err != nil {
		return err
	}
	for i := range leads {
		if !change(&leads[i]) {
			continue
		}
		if err := s.saveLead(leads[i]); err != nil {
			return err
		}
	}
	return nil
}

// OccurrencesOfCase lists where items of a case with a number above after are in it, up
// to limit items, and returns the last number.
func (s *Store) OccurrencesOfCase(ctx context.Context, id casework.CaseID, after int64, limit int) (out []casework.Occurrence, last int64, err error) {
	err = s.read(ctx, func() error {
		seqs, err := s.numbersOfCase(id, after, limit)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			places, err := s.placesOf(seq)
			if err != nil {
				return err
			}
			for _, p := range places {
				if p.file != id {
					continue
				}
				o, err := occurrenceOf(s.keys.itemID(seq), p)
				if err != nil {
					return err
				}
				out = append(out, o)
			}
			last = seq
		}
		return nil
	})
	return out, last, err
}

// numbersOfCase lists the numbers of a case's items above a number, with the lock held.
func (s *Store) numbersOfCase(id casework.CaseID, after int64, limit int) (out []int64, err error) {
	err = s.query("SELECT item.seq FROM "+itemsOfCase+" ORDER BY c.low, seq LIMIT ?", []any{after, id[:], limit}, func(st *sqlite3.Stmt) error {
		out = append(out, st.ColumnInt64(0))
		return nil
	})
	return out, err
}
