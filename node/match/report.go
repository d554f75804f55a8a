package match

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/store"
)

// reportsBegin names the time in the store since which hits are to be reported.
const reportsBegin = "hits are reported since"

// serveReports appends a report of hits once a period has ended. What others read of
// it is a coarse total over all peers; the counts are sealed to the own oversight body.
func (s *Service) serveReports(ctx context.Context) {
	for {
		wait, err := s.report(ctx)
		if err != nil && ctx.Err() == nil {
			s.cfg.Logger.Warn("the report of hits waits", "error", err)
			wait = min(wait, s.cfg.RetryMax)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(wait, s.cfg.Retry)):
		}
	}
}

// report appends the report of a period that has ended, and returns how long it is
// until the next one has.
func (s *Service) report(ctx context.Context) (wait time.Duration, err error) {
	from, err := s.reportedUntil(ctx)
	if err != nil {
		return entry.ReportPeriod, err
	}
	until := s.cfg.Now().UTC()
	if left := entry.ReportPeriod - until.Sub(from); left > 0 {
		return left, nil
	}
	leads, err := s.cfg.Store.LeadsSince(ctx, from)
	if err != nil {
		return entry.ReportPeriod, fmt.Errorf("own store: %w", err)
	}
	hits, total := map[string]uint32{}, uint64(0)
	for _, l := range leads {
		if l.Found.Before(until) {
			hits[string(l.Peer)]++
			total++
		}
	}
	t, err := s.terms(s.cfg.Agency)
	if err != nil {
		return entry.ReportPeriod, err
	}
	to, err := seal.ParsePublicKey(t.own.Oversight.SealKey)
	if err != nil {
		return entry.ReportPeriod, fmt.Errorf("oversight body: %w", err)
	}
	body := entry.Report{From: from.UnixMilli(), Until: until.UnixMilli(), Hits: entry.Coarse(total)}
	if body.Detail, err = (entry.OversightDetail{Hits: hits}).Seal(to, s.cfg.Network); err != nil {
		return entry.ReportPeriod, err
	}
	if _, err := s.cfg.Ledger.Append(ctx, &body); err != nil {
		return entry.ReportPeriod, fmt.Errorf("log the report of hits: %w", err)
	}
	return entry.ReportPeriod, nil
}

// reportedUntil is the time up to which hits were reported: as the ledger says, or
// when this node began to count.
func (s *Service) reportedUntil(ctx context.Context) (from time.Time, err error) {
	var last int64
	s.cfg.Ledger.View(func(st *state.State) { last = st.Reported(s.cfg.Agency) })
	if last > 0 {
		return time.UnixMilli(last).UTC(), nil
	}
	text, err := s.cfg.Store.Meta(ctx, reportsBegin)
	if err == nil {
		return from, from.UnmarshalText(text)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return from, fmt.Errorf("own store: %w", err)
	}
	from = s.cfg.Now().UTC()
	if text, err = from.MarshalText(); err == nil {
		err = s.cfg.Store.PutMeta(ctx, reportsBegin, text)
	}
	return from, err
}
