package audit

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// verdict is the report in one sentence.
func (r Report) verdict() string {
	n := uint64(len(r.Findings)) + r.More
	switch {
	case n == 1:
		return "THE LEDGER DOES NOT HOLD: 1 finding."
	case n > 1:
		return fmt.Sprintf("THE LEDGER DOES NOT HOLD: %d findings.", n)
	case len(r.Input) > 0:
		return "YOUR INPUT DIFFERS: what you gave does not belong to this ledger. Nothing is wrong in the ledger itself."
	case r.Unjudged != nil:
		return fmt.Sprintf("The ledger holds up to entry %d. WHAT FOLLOWS WAS NOT JUDGED: %s.", r.Unjudged.From, r.Unjudged.Why)
	}
	return "The ledger holds."
}

// WriteText writes the report for a person.
func (r Report) WriteText(w io.Writer) {
	fmt.Fprintf(w, "%s\n  network      %s\n  first entry  %s", r.verdict(), plain(r.Network), r.Genesis)
	if !r.Trusted && len(r.Input) == 0 {
		fmt.Fprint(w, "  (compare it with what you know: --genesis)")
	}
	fmt.Fprintf(w, "\n  entries      %d, root %s\n", r.Entries, r.Root)
	if s := r.Seam; s != nil {
		how := "not checked: give a copy of it with --retired"
		if len(r.Findings) > 0 {
			how = "see the findings"
		}
		if s.Checked {
			how = fmt.Sprintf("checked: its voters were lost with %v", s.Lost)
		}
		fmt.Fprintf(w, "  SEAM         succeeds %s, which %v and %d oversight bodies retired at %d entries (%s)\n", plain(s.Network), s.Survivors, s.Bodies, s.Entries, how)
	}
	if r.From > 0 {
		fmt.Fprintf(w, "  verified     %d now; the %d before them by an earlier run\n", r.Entries-r.From, r.From)
	}
	if len(r.Cosigners) > 0 {
		fmt.Fprintf(w, "  certified    %s by %v\n", r.Certified.Format(time.RFC3339), r.Cosigners)
	}
	fmt.Fprintf(w, "  sealed       %d details opened and checked, %d are for other oversight bodies\n", r.Sealed.Opened, r.Sealed.Others)
	for _, c := range r.Sealed.Closed {
		if c.Ours {
			fmt.Fprintf(w, "  closed       %d details of %s, from entry %d on, are sealed to another key of its oversight body: give the one with fingerprint %s with a further --key\n", c.Details, c.Agency, c.First, c.Fingerprint)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.ByAgency)) {
		a := r.ByAgency[id]
		fmt.Fprintf(w, "  %-16s %d queries of %d elements, %d answers, %d hits; %d requests, %d disclosures, %d refused\n",
			id, a.Queries, a.Asked, a.Answers, a.Hits, a.Requests, a.Disclosures, a.Refused)
	}
	if len(r.Overdue) > 0 {
		fmt.Fprintf(w, "  overdue      requests of entries %v\n", r.Overdue)
	}
	if len(r.Late) > 0 {
		fmt.Fprintf(w, "  late         decisions of entries %v\n", r.Late)
	}
	for _, c := range r.Against {
		fmt.Fprintf(w, "  compared     %s: %s (%d entries)\n", plain(c.From), c.Verdict, c.Size)
	}
	for _, f := range r.Input {
		fmt.Fprintf(w, "  YOUR INPUT   %s: %s\n", f.What, plain(f.Detail))
	}
	for _, f := range r.Findings {
		where := fmt.Sprintf("entry %d", f.Index)
		if f.Whole {
			where = "the ledger"
		}
		fmt.Fprintf(w, "  FINDING      %s: %s: %s\n", where, f.What, plain(f.Detail))
		if f.Hides > 0 {
			fmt.Fprintf(w, "               %d later entries could not be judged because of it, the first %v: get a whole copy and verify again\n", f.Hides, f.HidesAre)
		}
	}
	if r.More > 0 {
		fmt.Fprintf(w, "  FINDING      and %d more\n", r.More)
	}
}

// plain takes out of a text what could move a terminal's cursor or turn the reading
// direction: a ledger that does not hold may have anything in it.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
