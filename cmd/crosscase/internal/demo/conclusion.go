package demo

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
	"github.com/crosscase/crosscase/node/api"
)

// conclude says what each party learned, with the run's own figures.
func (s *story) conclude(ctx context.Context) error {
	for _, a := range s.agencies {
		st, err := api.Status.Call(ctx, a.As(a.Operator), api.None{})
		if err != nil {
			return err
		}
		for _, p := range st.Peers {
			s.figures.bytes += p.Sent
		}
	}
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "\tits own agency\ta peer\tledger members\tan outsider")
	fmt.Fprintln(t, "an identifier that does not match\tall\tnothing it can test offline\tnothing\tnothing")
	fmt.Fprintf(t, "a hit (%d in this run)\tyes\tonce it asked the same\tweekly totals\tnothing\n", s.figures.hits)
	fmt.Fprintln(t, "size of a set\tyes\tits bucket\tpublished counts\ttraffic")
	fmt.Fprintf(t, "a query (%d elements)\tall\tcount, time, kinds\tcount, time, kinds, who asked whom\ttraffic\n", s.figures.asked)
	fmt.Fprintln(t, "case, officer, reason\tall\tonly in a request\town oversight body only\tnothing")
	t.Flush()
	seconds := time.Since(s.began).Seconds()
	s.tell.event("learned", nil, "%s", table.String())
	if !s.tell.json {
		s.tell.event("", nil, "\n%d identifiers at %d agencies, %d hits (plaintext: %d), %d elements asked, %.1f MB between nodes,\n%d ledger entries, audit %s, tampered entry %d named, %.1f s",
			s.figures.identifiers, len(s.agencies), s.figures.hits, s.figures.plaintextHits, s.figures.asked, float64(s.figures.bytes)/1e6,
			s.figures.entries, s.figures.audit, s.figures.tampered, seconds)
		if s.o.Dir != "" {
			s.lookAround()
		}
		return nil
	}
	s.tell.event("summary", map[string]any{
		"agencies": len(s.agencies), "identifiers": s.figures.identifiers, "hits": s.figures.hits, "plaintext_hits": s.figures.plaintextHits,
		"elements_asked": s.figures.asked, "bytes_sent": s.figures.bytes, "ledger_entries": s.figures.entries, "audit": s.figures.audit,
		"tamper_detected_entry": s.figures.tampered, "seconds": seconds,
	}, "")
	return nil
}

// lookAround says how to use the agencies that were kept.
func (s *story) lookAround() {
	a := s.agencies[0]
	s.tell.event("", nil, `
Kept in %s. To look around, start an agency again and act as one of its officers:
  printf '%s' > %s/passphrase
  export CROSSCASE_OFFICER_PASSPHRASE_FILE=%s/passphrase CROSSCASE_OVERSIGHT_PASSPHRASE_FILE=%s/passphrase
  crosscase up --dir %s &
  crosscase inbox --all --dir %s --officer %s
  crosscase-audit verify %s/overseer/copy-of-nl --key %s/overseer/oversight.key`,
		s.dir, agency.Passphrase, s.dir, s.dir, s.dir, a.Dir, a.Dir, a.Investigator.File, s.dir, s.dir)
}
