package sqlite

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/node/store"
)

// AddReports puts reports into the queue and folds those that are there. keys[i] are
// what reports[i] is told by: first its place in its source, by which a file that is
// read again adds nothing; then the sender's number of it, and its words. It says which
// were new.
func (s *Store) AddReports(ctx context.Context, reports []store.Report, keys [][]string) ([]bool, error) {
	fresh := make([]bool, len(reports))
	err := s.tx(ctx, func() error {
		for i, r := range reports {
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
			data, err := json.Marshal(r)
			if err != nil {
				return fmt.Errorf("report %d: %w", i+1, err)
			}
			if err := s.putObject("report", r.ID, r.Received.UnixMilli(), data); err != nil {
				return err
			}
			for _, k := range keys[i] {
				if err := s.putObject("reportkey", s.reportKey(k), 0, []byte(r.ID)); err != nil {
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
		id, err := s.object("reportkey", s.reportKey(k))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return store.Report{}, err
		}
		data, err := s.object("report", string(id))
		if err != nil {
			return store.Report{}, err
		}
		var r store.Report
		if err := json.Unmarshal(data, &r); err != nil {
			return store.Report{}, fmt.Errorf("report: %w: %w", store.ErrCorrupt, err)
		}
		return r, nil
	}
	return store.Report{}, store.ErrNotFound
}

// Reports lists all reports, the oldest first.
func (s *Store) Reports(ctx context.Context) ([]store.Report, error) {
	return list[store.Report](ctx, s, "report")
}

// Report gives one.
func (s *Store) Report(ctx context.Context, id string) (r store.Report, err error) {
	err = s.get(ctx, "report", id, &r)
	return r, err
}

// SaveReport stores what became of one.
func (s *Store) SaveReport(ctx context.Context, r store.Report) error {
	return s.put(ctx, "report", r.ID, r.Received.UnixMilli(), r)
}
