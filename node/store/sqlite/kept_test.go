package sqlite_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

var keep = flag.Bool("keep", false, "write a store of this schema into testdata")

const keptPeer = casework.AgencyID("fr-fiu")

var keptAt = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func keptKey() *[32]byte {
	var key [32]byte
	for i := range key {
		key[i] = byte(i)
	}
	return &key
}

// Every store that an earlier build left opens under this one, and holds what it held;
// so does one that this build wrote.
func TestKeptStores(t *testing.T) {
	for schema := sqlite.OldestSchema; schema < sqlite.SchemaVersion; schema++ {
		t.Run(fmt.Sprintf("schema %d", schema), func(t *testing.T) {
			dir := unpackStore(t, schema)
			for range 2 { // as it was kept, and as it is once it was opened
				s, err := sqlite.Open(dir, keptKey())
				if err != nil {
					t.Fatal(err)
				}
				holdsWhatItHeld(t, s)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	t.Run("this schema", func(t *testing.T) {
		dir := t.TempDir()
		s, err := sqlite.Create(dir, keptKey())
		if err != nil {
			t.Fatal(err)
		}
		if err := fill(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		holdsWhatItHeld(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !*keep {
			return
		}
		data, err := os.ReadFile(filepath.Join(dir, "cases.db"))
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		_, err = z.Write(data)
		path := fmt.Sprintf("testdata/schema%d.db.gz", sqlite.SchemaVersion)
		if err := errors.Join(err, z.Close(), os.WriteFile(path, packed.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	})
}

func unpackStore(t *testing.T, schema int64) (dir string) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("testdata/schema%d.db.gz", schema))
	if err != nil {
		t.Fatalf("%v; see testdata/README.md", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cases.db"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fill stores one of everything.
func fill(ctx context.Context, s *sqlite.Store) error {
	officer := casework.Officer{ID: casework.OfficerID{1}, Name: "J. Jansen", Unit: "Team 4", Role: casework.Investigator, Key: append(ed25519.PublicKey{7}, make([]byte, 31)...), Added: keptAt}
	one := casework.Case{ID: casework.CaseID{1}, Ref: "NL-2026-0417", Offence: "human-trafficking", Purpose: casework.Investigate, LegalBasis: "Sr 273f", Opened: keptAt}
	two := casework.Case{ID: casework.CaseID{2}, Ref: "NL-2026-0500", Opened: keptAt.Add(time.Hour)}
	if err := errors.Join(s.PutOfficer(ctx, officer), s.PutCase(ctx, one), s.PutCase(ctx, two)); err != nil {
		return err
	}
	item := func(kind casework.Kind, value, record string) casework.Evidence {
		return casework.Evidence{
			Identifier: casework.NewIdentifier(kind, value), Confidence: 1, Visibility: casework.Shared, Category: casework.Suspect, Seen: keptAt,
			Grading: casework.Grading{Scheme: "4x4", Source: "B", Info: "2"}, Handling: casework.Handling{Codes: "H1"},
			Provenance: casework.Provenance{Source: "list.csv", SHA256: "ab", Format: "csv", Record: record, Imported: keptAt},
		}
	}
	items := []casework.Evidence{
		item(casework.Phone, "+447700900145", "line 2"), item(casework.Phone, "+447700900146", "line 3"),
		item(casework.Email, "a.b+x@example.org", "line 4"), item(casework.Email, "a.b@example.org", "line 4"),
		item(casework.Phone, "+447700900147", "line 5"), item(casework.Phone, "+447700900148", "line 6"), item(casework.Phone, "+447700900149", "line 7"),
	}
	items[1].Visibility = casework.Silent
	items[3].Provenance.Assumed = []string{"second form"}
	items[4].Category, items[4].WhyNot = casework.Victim, casework.NoConsent
	items[5].Confidence, items[5].WhyNot = 0.3, casework.LowConfidence
	items[6].Visibility = casework.Local
	added, err := s.AddItems(ctx, one.ID, items)
	if err != nil {
		return err
	}
	if _, err := s.AddItems(ctx, two.ID, []casework.Evidence{item(casework.Phone, "+447700900145", "line 2")}); err != nil {
		return err
	}
	two.Closed = keptAt.Add(2 * time.Hour)
	return errors.Join(s.PutCase(ctx, two), fillMatching(ctx, s, added, one.ID, two.ID), fillReports(ctx, s))
}

func fillMatching(ctx context.Context, s *sqlite.Store, added []store.Added, cases ...casework.CaseID) error {
	p, err := s.Publication(ctx, keptPeer, 1)
	if err != nil {
		return err
	}
	p.Number, p.Acked, p.UpToSeq, p.Count = 1, 1, added[6].Seq, 4
	if err := s.SavePublication(ctx, p); err != nil {
		return err
	}
	own := []store.KeyTag{{Tag: tagset.Tag{1}, Seq: added[0].Seq}, {Tag: tagset.Tag{2}, Seq: added[2].Seq}, {Tag: tagset.Tag{3}, Seq: added[3].Seq}, {Tag: tagset.Tag{9}}}
	if err := s.PutOwnTags(ctx, keptPeer, 1, own); err != nil {
		return err
	}
	set := store.PeerSet{Peer: keptPeer, Epoch: 1, Number: 1, Received: keptAt}
	if err := s.ApplyPeerTags(ctx, set, true, tagset.All([]tagset.Tag{{11}, {12}, {13}}), nil); err != nil {
		return err
	}
	b := store.Batch{
		ID: casework.BatchID{1}, Created: keptAt, Case: cases[0], Peers: []casework.AgencyID{keptPeer}, Epoch: 1, Count: 3, PartSize: 4096,
		Kinds: map[casework.Kind]uint32{casework.Phone: 2, casework.Email: 1}, Logged: true, Index: 5,
	}
	if err := s.CreateBatch(ctx, b, []int64{added[0].Seq, added[1].Seq, added[2].Seq}, nil); err != nil {
		return err
	}
	asked := []store.KeyTag{{Tag: tagset.Tag{11}, Seq: added[0].Seq}, {Tag: tagset.Tag{21}, Seq: added[1].Seq}, {Tag: tagset.Tag{22}, Seq: added[2].Seq}}
	hits, err := s.PutAsked(ctx, store.Progress{Batch: b.ID, Peer: keptPeer, NextPart: 1, Updated: keptAt}, 1, asked)
	if err != nil {
		return err
	}
	lead := casework.Lead{ID: casework.LeadID{1}, Peer: keptPeer, Item: hits[0].Item, Kind: casework.Phone, Cases: cases, Epoch: 1, Tag: hits[0].Tag, Found: keptAt, State: casework.LeadRequested}
	if _, _, err := s.PutLead(ctx, lead); err != nil {
		return err
	}
	answer := store.AnswerState{Asker: keptPeer, Batch: casework.BatchID{9}, Query: 7, Count: 1, NextPart: 1, At: keptAt}
	return errors.Join(s.SaveReply(ctx, answer, 0, [32]byte{5}, []byte("reply"), 0), fillDossiers(ctx, s, lead))
}

func fillDossiers(ctx context.Context, s *sqlite.Store, lead casework.Lead) error {
	out := store.Dossier{
		DossierHeader: store.DossierHeader{
			Request:   casework.Request{ID: casework.RequestID{1}, From: "nl-police", To: keptPeer, Facts: "facts in short", Purpose: casework.Investigate, Created: keptAt},
			Direction: "out", State: "opened", Lead: lead.ID, Item: lead.Item, DraftOfficer: casework.OfficerID{1}, Outcome: casework.Full,
			DeleteBy: keptAt.AddDate(0, 0, 30), Due: keptAt.AddDate(0, 0, 7),
			Steps: []store.Step{{At: keptAt, State: "draft"}, {At: keptAt, State: "sent", Entry: 6}, {At: keptAt, State: "opened", Entry: 9}},
		},
		Answer: &casework.Disclosure{ID: casework.DisclosureID{1}, Request: casework.RequestID{1}, From: keptPeer, To: "nl-police", Outcome: casework.Full, Note: "a note", DeleteBy: keptAt.AddDate(0, 0, 30)},
		Sealed: []byte("sealed package"),
	}
	in := store.Dossier{
		DossierHeader: store.DossierHeader{
			Request:   casework.Request{ID: casework.RequestID{2}, From: keptPeer, To: "nl-police", Facts: "theirs", Created: keptAt.Add(time.Hour)},
			Direction: "in", State: "received", Item: lead.Item, Pending: "decision", Steps: []store.Step{{At: keptAt, State: "received", Entry: 8}},
		},
		Sealed: []byte("sealed refusal"),
	}
	message := store.Outgoing{ID: casework.MessageID{1}, To: keptPeer, Kind: "request", Entry: 6, Created: keptAt}
	_, err := s.MarkSeen(ctx, keptPeer, casework.MessageID{2})
	return errors.Join(err, s.SaveDossier(ctx, out), s.SaveDossier(ctx, in), s.PutOutgoing(ctx, message, []byte("on its way")))
}

func fillReports(ctx context.Context, s *sqlite.Store) error {
	r := store.Report{ID: "rep_1", Source: "form.json", Record: "1", Text: "words of a stranger", Received: keptAt, State: "new"}
	_, err := s.AddReports(ctx, []store.Report{r}, [][]string{{"place 1", "words a"}})
	return errors.Join(err, s.PutMeta(ctx, "a name", []byte("a value")))
}

// holdsWhatItHeld checks everything that fill stored.
func holdsWhatItHeld(t *testing.T, s *sqlite.Store) {
	t.Helper()
	for _, check := range []struct {
		what string
		hold func(context.Context, *sqlite.Store) error
	}{
		{"people and cases", heldPeople}, {"items", heldItems}, {"what may match", heldMatchSet}, {"tags", heldTags},
		{"questions", heldBatches}, {"leads", heldLeads}, {"dossiers", heldDossiers}, {"reports", heldReports},
	} {
		if err := check.hold(t.Context(), s); err != nil {
			t.Errorf("%s: %v", check.what, err)
		}
	}
}
