package sqlite_test

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

func heldPeople(ctx context.Context, s *sqlite.Store) error {
	o, err := s.Officer(ctx, casework.OfficerID{1})
	if err != nil || o.Name != "J. Jansen" || o.Role != casework.Investigator || !o.Added.Equal(keptAt) || len(o.Key) != 32 || o.Key[0] != 7 {
		return fmt.Errorf("officer %q: %w", o.Name, err)
	}
	one, err := s.CaseByRef(ctx, "NL-2026-0417")
	if err != nil || one.LegalBasis != "Sr 273f" || !one.Closed.IsZero() {
		return fmt.Errorf("case %q: %w", one.LegalBasis, err)
	}
	two, err := s.Case(ctx, casework.CaseID{2})
	if err != nil || two.Closed.IsZero() {
		return fmt.Errorf("the closed case is open: %w", err)
	}
	if v, err := s.Meta(ctx, "a name"); err != nil || string(v) != "a value" {
		return fmt.Errorf("a value: %q: %w", v, err)
	}
	return nil
}

func heldItems(ctx context.Context, s *sqlite.Store) error {
	it, occ, err := s.Find(ctx, casework.NewIdentifier(casework.Phone, "+447700900145"))
	if err != nil || len(occ) != 2 || it.Grading.String() != "B2" || !it.LastSeen.Equal(keptAt) {
		return fmt.Errorf("the number in two cases: %d occurrences, %w", len(occ), err)
	}
	if p := occ[0].Provenance; p.Source != "list.csv" || p.Record != "line 2" || p.SHA256 != "ab" || !p.Imported.Equal(keptAt) || occ[0].Handling.Codes != "H1" {
		return fmt.Errorf("its provenance: %+v", p)
	}
	byKind, kept, err := s.Counts(ctx, casework.CaseID{})
	if err != nil || !maps.Equal(byKind, map[string]uint64{"phone": 5, "email": 2}) || !maps.Equal(kept, map[string]uint64{"consent": 1, "low_confidence": 1}) {
		return fmt.Errorf("counts %v, kept out %v: %w", byKind, kept, err)
	}
	ofCase, _, err := s.ItemsOfCase(ctx, casework.CaseID{1}, 0, 100)
	if err != nil || len(ofCase) != 7 {
		return fmt.Errorf("%d items of the case: %w", len(ofCase), err)
	}
	return nil
}

func heldMatchSet(ctx context.Context, s *sqlite.Store) error {
	for silent, want := range map[bool]int{false: 3, true: 4} {
		items, err := s.MatchItems(ctx, store.MatchFilter{Kinds: casework.Kinds(), Limit: 100, IncludeSilent: silent})
		if err != nil || len(items) != want {
			return fmt.Errorf("%d may match with silent ones %v, want %d: %w", len(items), silent, want, err)
		}
	}
	left, _, err := s.NotAsked(ctx, []casework.AgencyID{keptPeer}, 1, store.MatchFilter{Kinds: casework.Kinds(), Limit: 100})
	if err != nil || len(left) != 1 {
		return fmt.Errorf("%d not asked, want 1: %w", len(left), err)
	}
	items, err := s.MatchItemsBySeq(ctx, []int64{left[0].Seq})
	if err != nil || left[0].Kind != casework.Email || items[0].Identifier.Reveal() != "a.b@example.org" {
		return fmt.Errorf("another is not asked: %w", err)
	}
	return nil
}

func heldTags(ctx context.Context, s *sqlite.Store) error {
	p, err := s.Publication(ctx, keptPeer, 1)
	if err != nil || p.Number != 1 || p.Acked != 1 || p.Count != 4 || p.PeerKey == (tagset.PeerKey{}) {
		return fmt.Errorf("publication %d: %w", p.Number, err)
	}
	if n, err := s.CountOwnTags(ctx, keptPeer, 1); err != nil || n != 4 {
		return fmt.Errorf("%d own tags: %w", n, err)
	}
	want, _, err := s.Find(ctx, casework.NewIdentifier(casework.Email, "a.b+x@example.org"))
	if err != nil {
		return err
	}
	if key, may, err := s.KeyByOwnTag(ctx, keptPeer, 1, tagset.Tag{2}, 0); err != nil || !may || key.ID != want.ID {
		return fmt.Errorf("the item of an own tag: %w", err)
	}
	var theirs []tagset.Tag
	for tag, err := range s.PeerTags(ctx, keptPeer, 1) {
		if err != nil {
			return err
		}
		theirs = append(theirs, tag)
	}
	if !slices.Equal(theirs, []tagset.Tag{{11}, {12}, {13}}) {
		return fmt.Errorf("tags of the peer: %v", theirs)
	}
	return nil
}

func heldBatches(ctx context.Context, s *sqlite.Store) error {
	open, err := s.OpenBatches(ctx)
	if err != nil || len(open) != 1 || open[0].Index != 5 || open[0].Kinds[casework.Phone] != 2 {
		return fmt.Errorf("%d open batches: %w", len(open), err)
	}
	items, err := s.BatchItems(ctx, casework.BatchID{1}, 0, 10)
	if err != nil || len(items) != 3 || items[1].Identifier.Reveal() != "+447700900146" {
		return fmt.Errorf("%d items of the batch: %w", len(items), err)
	}
	if p, err := s.Progress(ctx, casework.BatchID{1}, keptPeer); err != nil || p.NextPart != 1 || p.Hits != 1 {
		return fmt.Errorf("progress %+v: %w", p, err)
	}
	if hash, reply, err := s.Reply(ctx, keptPeer, casework.BatchID{9}, 0); err != nil || hash[0] != 5 || string(reply) != "reply" {
		return fmt.Errorf("a reply: %w", err)
	}
	if a, err := s.Answer(ctx, keptPeer, casework.BatchID{9}); err != nil || a.Query != 7 {
		return fmt.Errorf("an answer: %w", err)
	}
	return nil
}

func heldLeads(ctx context.Context, s *sqlite.Store) error {
	l, err := s.Lead(ctx, casework.LeadID{1})
	if err != nil || l.State != casework.LeadRequested || l.Tag != (tagset.Tag{11}) || len(l.Cases) != 2 {
		return fmt.Errorf("lead %s: %w", l.State, err)
	}
	if it, _, err := s.Item(ctx, l.Item); err != nil || it.Identifier.Reveal() != "+447700900145" {
		return fmt.Errorf("the item of the lead: %w", err)
	}
	if n, err := s.CountLeadsOfCase(ctx, casework.CaseID{2}, keptPeer); err != nil || n != 1 {
		return fmt.Errorf("%d leads of a case: %w", n, err)
	}
	return nil
}

func heldDossiers(ctx context.Context, s *sqlite.Store) error {
	all, err := s.Dossiers(ctx)
	if err != nil || len(all) != 2 || all[0].Request.Facts != "facts in short" || len(all[0].Steps) != 3 || all[0].Steps[2].Entry != 9 {
		return fmt.Errorf("%d dossiers: %w", len(all), err)
	}
	d, err := s.Dossier(ctx, casework.RequestID{1})
	if err != nil || d.State != "opened" || string(d.Sealed) != "sealed package" || d.Answer == nil || d.Answer.Note != "a note" || d.Draft != nil {
		return fmt.Errorf("dossier %s: %w", d.State, err)
	}
	pending, err := s.Pending(ctx)
	if err != nil || !slices.Equal(pending, []casework.RequestID{{2}}) {
		return fmt.Errorf("pending %v: %w", pending, err)
	}
	expiring, err := s.Expiring(ctx, keptAt.AddDate(0, 0, 30))
	if err != nil || !slices.Equal(expiring, []casework.RequestID{{1}}) {
		return fmt.Errorf("expiring %v: %w", expiring, err)
	}
	messages, err := s.Outgoing(ctx)
	if err != nil || len(messages) != 1 || messages[0].Entry != 6 {
		return fmt.Errorf("%d messages: %w", len(messages), err)
	}
	if sealed, err := s.OutgoingSealed(ctx, casework.MessageID{1}); err != nil || string(sealed) != "on its way" {
		return fmt.Errorf("message %q: %w", sealed, err)
	}
	if seen, err := s.WasSeen(ctx, keptPeer, casework.MessageID{2}); err != nil || !seen {
		return fmt.Errorf("a message that came is not known: %w", err)
	}
	return nil
}

func heldReports(ctx context.Context, s *sqlite.Store) error {
	r, err := s.Report(ctx, "rep_1")
	if err != nil || r.Text != "words of a stranger" || r.State != store.ReportNew {
		return fmt.Errorf("report %s: %w", r.State, err)
	}
	fresh, err := s.AddReports(ctx, []store.Report{{ID: "rep_2"}}, [][]string{{"place 1", "words a"}})
	if err != nil || fresh[0] {
		return fmt.Errorf("a report that is there came in again: %w", err)
	}
	return nil
}
