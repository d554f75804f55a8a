package sqlite

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/crosscase/crosscase/node/store"
)

// AddReports puts reports into the queue and folds those that are there. keys[i] are
// what came[i] is recognised by: first its place in its source, by which a file that is
// read again adds nothing; then the sender's number of it, and its words. It says which
// were new.
func (s *Store) AddReports(ctx context.Context, came []store.Report, keys [][]string) ([]bool, error) {
	fresh := make([]bool, len(came))
	err := s.tx(ctx, func() error {
		for i, r := range came {
			have, err := s.reportByKeys(keys[i][:1])
			if err == nil {
				continue // the same place of the same source
			}
			if errors.Is(err, store.ErrNotFound) {
				have, err = s.reportByKeys(keys[i][1:])
			}
			switch {
			case err == nil:
				have.Repeated++
				r = have
			case errors.Is(err, store.ErrNotFound):
				fresh[i] = true
			default:
				return err
			}
			if err := reports.put(s, r.ID, r.Received.UnixMilli(), r); err != nil {
				return err
			}
			for _, k := range keys[i] {
				if err := reportKeys.put(s, s.reportKey(k), 0, raw(r.ID)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return fresh, err
}

// reportKey hides what a report is folded by.
func (s *Store) reportKey(k string) string {
	return hex.EncodeToString(s.keys.finder().find("report", []byte(k)))
}

func (s *Store) reportByKeys(keys []string) (store.Report, error) {
	for _, k := range keys {
		id, err := reportKeys.get(s, s.reportKey(k))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return store.Report{}, err
		}
		return reports.get(s, string(id))
	}
	return store.Report{}, store.ErrNotFound
}

// Reports lists all reports, the oldest first.
func (s *Store) Reports(ctx context.Context) ([]store.Report, error) {
	return reports.List(ctx, s)
}

// Report returns one.
func (s *Store) Report(ctx context.Context, id string) (r store.Report, err error) {
	return reports.Get(ctx, s, id)
}

// SaveReport stores what became of one.
func (s *Store) SaveReport(ctx context.Context, r store.Report) error {
	return reports.Put(ctx, s, r.ID, r.Received.UnixMilli(), r)
}
