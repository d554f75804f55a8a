package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Header is the first row of a CSV export.
var Header = []string{"kind", "value", "case_ref", "last_seen", "category", "consent", "grading", "handling", "handling_text", "tlp", "tool", "captured"}

// CSV writes one row for each item under Header, in UTF-8 with CR LF (RFC 4180).
func CSV(w io.Writer, _ Head, items iter.Seq[Item]) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(Header); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	for item := range items {
		codes, words := handling(item.Handling)
		consent := "no"
		if item.Consent {
			consent = "yes"
		}
		row := []string{
			string(item.Identifier.Kind()), plain(item), item.CaseRef, stampOr(item.Seen), string(item.Category.Or()), consent,
			item.Grading.String(), codes, words, string(item.TLP.Or()), item.Tool, stampOr(item.Captured),
		}
		for i, cell := range row {
			row[i] = Escape(cell)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

// Escape keeps a spreadsheet from taking a cell for a formula.
func Escape(cell string) string {
	trimmed := strings.TrimLeft(cell, " \u00a0")
	if trimmed == "" {
		return cell
	}
	for _, start := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'"} {
		if strings.HasPrefix(trimmed, start) {
			return "'" + cell
		}
	}
	return cell
}
