package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/intake"
)

// Accept takes the identifiers of a report into the case, and the report out of the
// queue. A report is read as any other source is: who reported is a self-reporter.
func (r *Reader) Accept(ctx context.Context, report string, d intake.Defaults) (intake.Report, error) {
	v, err := api.ReportShow.Call(ctx, r.Node, api.ReportShowRequest{Report: report})
	if err != nil {
		return intake.Report{}, err
	}
	if v.State != "new" {
		return intake.Report{}, api.Errorf(api.Refused, "'crosscase reports show' says what became of it", "the report is %s already", v.State)
	}
	if d.Region == "" {
		d.Region = v.Country
	}
	seen := ""
	if !v.Seen.IsZero() {
		seen = v.Seen.Format(time.RFC3339)
	}
	text, err := json.Marshal(map[string]any{
		"report_id": v.ID, "reporter_phone": v.Caller, "reporter_email": v.Email, "text": v.Text, "timestamp": seen,
		"country": v.Country, "consent": fmt.Sprint(v.Consent),
	})
	if err != nil {
		return intake.Report{}, fmt.Errorf("report: %w", err)
	}
	read, err := r.Read(ctx, v.Source+" "+v.Record, bytes.NewReader(text), d, intake.Options{Format: "json"})
	if err != nil {
		return read, err
	}
	_, err = api.ReportDecide.Call(ctx, r.Node, api.ReportDecideRequest{Report: v.ID, Case: r.CaseRef})
	return read, err
}

// Defaults completes defaults with what the case says, where the officer says nothing.
func (r *Reader) Defaults(ctx context.Context, d intake.Defaults) (intake.Defaults, error) {
	shown, err := api.CaseShow.Call(ctx, r.Node, api.CaseShowRequest{Case: r.CaseRef})
	if err != nil {
		return d, err
	}
	if d.Region == "" {
		d.Region = shown.Case.Region
	}
	if d.Category == "" {
		d.Category = shown.Case.Category
	}
	return d, nil
}
