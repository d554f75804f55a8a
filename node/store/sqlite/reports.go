package sqlite

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// States of a report.
const (
	ReportNew       = "new"
	ReportAccepted  = "accepted" // its identifiers are in a case
	ReportDismissed = "dismissed"
)

// A Report is what a member of the public or a hotline told, waiting for a person to
// look at it. Nothing of it is in any case, or matched, before that.
type Report struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`             // the file's name
	Record   string    `json:"record"`             // its place there
	Theirs   string    `json:"theirs,omitempty"`   // the sender's own number of it
	Caller   string    `json:"caller,omitempty"`   // as stated
	Email    string    `json:"email,omitempty"`    // as stated
	Text     string    `json:"text,omitempty"`     //
	Seen     time.Time `json:"seen,omitzero"`      // when it was made
	Received time.Time `json:"received"`           // when it came in here
	Country  string    `json:"country,omitempty"`  // that it concerns; empty: unrouted
	Why      string    `json:"why,omitempty"`      // why that country
	Consent  bool      `json:"consent,omitempty"`  // to pass it on
	Repeated int       `json:"repeated,omitempty"` // how often it came again
	State    string    `json:"state"`
	Case     string    `json:"case,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// Format prints no report under any verb: it holds what somebody told in confidence.
func (Report) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[report]") }

// AddReports puts reports into the queue and folds those that are there. keys[i] are
// what reports[i] is told by: first its place in its source, by which a file that is
// read again adds nothing; then the sender's number of it, and its words. It says which
// were new.
func (s *Store) AddReports(ctx context.Context, reports []Report, keys [][]string) ([]bool, error) {
	fresh := make([]bool, len(reports))
	err := s.tx(ctx, func() error {
		for i, r := range reports {
			have, err := s.reportByKeys(keys[i][:1])
			if err == nil {
				continue // the same place of the same source
			}
			if errors.Is(err, ErrNotFound) {
				have, err = s.reportByKeys(keys[i][1:])
			}
			switch {
			case err == nil:
				have.Repeated++
				r = have
			case errors.Is(err, ErrNotFound):
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

func (s *Store) reportByKeys(keys []string) (Report, error) {
	for _, k := range keys {
		id, err := s.object("reportkey", s.reportKey(k))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return Report{}, err
		}
		data, err := s.object("report", string(id))
		if err != nil {
			return Report{}, err
		}
		var r Report
		if err := json.Unmarshal(data, &r); err != nil {
			return Report{}, fmt.Errorf("report: %w: %w", ErrCorrupt, err)
		}
		return r, nil
	}
	return Report{}, ErrNotFound
}

// Reports lists all reports, the oldest first.
func (s *Store) Reports(ctx context.Context) ([]Report, error) { return list[Report](ctx, s, "report") }

// Report gives one.
func (s *Store) Report(ctx context.Context, id string) (r Report, err error) {
	err = s.get(ctx, "report", id, &r)
	return r, err
}

// SaveReport stores what became of one.
func (s *Store) SaveReport(ctx context.Context, r Report) error {
	return s.put(ctx, "report", r.ID, r.Received.UnixMilli(), r)
}
