package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// Header is the first row of a CSV export. The last columns are the terms of a
// disclosure, its conditions a line each.
var Header = []string{
	"kind", "value", "case_ref", "last_seen", "category", "consent", "grading", "handling", "handling_text", "tlp", "tool", "captured",
	"disclosed_by", "disclosure_conditions", "delete_by",
}

// CSV writes one row for each item under Header, in UTF-8 with CR LF (RFC 4180). A
// disclosure without an item has one row, with its terms.
func CSV(w io.Writer, head Head, items iter.Seq[Item]) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	write := func(row ...string) error {
		for i, cell := range row {
			row[i] = Escape(cell)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing CSV: %w", err)
		}
		return nil
	}
	if err := write(slices.Clone(Header)...); err != nil {
		return err
	}
	t := head.Terms
	ofAll := casework.Terms{From: t.From, Contact: t.Contact, Conditions: t.Conditions, DeleteBy: t.DeleteBy}
	empty := true
	for item := range items {
		empty = false
		terms := columns(ofAll)
		if item.Terms != nil && !t.stated() {
			terms = columns(*item.Terms)
		}
		codes, words := handling(item.Handling)
		consent := "no"
		if item.Consent {
			consent = "yes"
		}
		if err := write(append([]string{
			string(item.Identifier.Kind()), plain(item), item.CaseRef, stampOr(item.Seen), string(item.Category.Or()), consent,
			item.Grading.String(), codes, words, string(item.TLP.Or()), item.Tool, stampOr(item.Captured),
		}, terms...)...); err != nil {
			return err
		}
	}
	if empty && t.stated() {
		codes, words := handling(t.Handling)
		if err := write(append([]string{"", "", "", "", "", "", "", codes, words, string(t.TLP.Or()), "", ""}, columns(ofAll)...)...); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

// columns are the terms under which an item was disclosed.
func columns(t casework.Terms) []string {
	from := string(t.From)
	if t.From != "" && t.Contact != "" {
		from += ", ask " + t.Contact
	}
	return []string{from, strings.Join(t.Conditions, "\n"), stampOr(t.DeleteBy)}
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
