package simnet

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/export"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// disclosed lets one agency ask another for what stands beside a number, which answers
// under a condition, and returns what was opened.
func disclosed(t *testing.T, asker, holder *Agency, condition string) casework.Disclosure {
	t.Helper()
	lead := call(t, api.Ask, asker, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{holder.ID}}).Leads[0].Lead
	drafted := as(t, api.Request, asker, asker.Investigator, api.DraftRequest{
		Lead: lead.ID, Wanted: []casework.Field{casework.FieldIdentifiers}, Facts: "f", Necessity: "n", Use: "intelligence",
		Urgency: casework.Routine, Handling: "H1", Retention: 90,
	})
	as(t, api.Approve, asker, asker.Supervisor, api.ApproveRequest{Request: drafted.Request.ID, Of: drafted.Of})
	<-time.After(5 * time.Minute)
	answer := as(t, api.Answer, holder, holder.Investigator, api.AnswerRequest{
		Request: drafted.Request.ID, Handling: "H1", Conditions: []string{condition}, DeleteDays: 60,
	})
	as(t, api.Approve, holder, holder.Supervisor, api.ApproveRequest{Request: drafted.Request.ID, Of: answer.Of})
	<-time.After(5 * time.Minute)
	return call(t, api.Open, asker, api.OpenRequest{Request: drafted.Request.ID}).Disclosure
}

// keptUnderTerms fails unless what was disclosed and taken in is kept out of matching, and
// says at each place whom to ask.
func keptUnderTerms(t *testing.T, nl, fr *Agency, d casework.Disclosure) {
	t.Helper()
	for _, v := range d.Values {
		found := call(t, api.Search, nl, api.SearchRequest{Kind: v.Kind, Value: v.Value})
		if found.WhyNot != casework.UnderTerms || len(found.Occurrences) < 3 {
			t.Errorf("taken in: kept out by %q at %d places", found.WhyNot, len(found.Occurrences))
		}
		for _, o := range found.Occurrences {
			if o.Where.Provenance.Terms == nil || o.Where.Provenance.Terms.From != fr.ID || o.Where.Provenance.Terms.Contact != "spoc@fr-police.example" {
				t.Errorf("at %s: terms %+v", o.Where.Provenance.Source, o.Where.Provenance.Terms)
			}
		}
	}
}

// thirdHas fails unless a third agency finds so many leads with nl when both publish and ask.
func thirdHas(t *testing.T, nl, be *Agency, want int) {
	t.Helper()
	call(t, api.Publish, nl, api.PublishRequest{})
	<-time.After(10 * time.Minute)
	got := call(t, api.Ask, be, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{nl.ID}})
	leads := call(t, api.Inbox, be, api.InboxRequest{})
	leads = slices.DeleteFunc(leads, func(l api.LeadView) bool { return l.Lead.Peer != nl.ID })
	if len(leads) != want {
		t.Errorf("the third agency has %d leads with nl (%+v), want %d", len(leads), got.Peers, want)
	}
}

// What fr disclosed to nl "never to be passed on" stays with nl, in whichever format nl
// exports it and takes it in again: nothing of it is published to a third agency or asked
// of it. The export says whom to ask, also when it is exported again. Once fr permits it,
// and a supervisor records that, it is matched.
func TestAttackReceivedTermsArePassedOn(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "fr-police", "nl-police", "be-police")
		fr, nl, be := all[0], all[1], all[2]
		call(t, api.CaseNew, fr, api.CaseNewRequest{
			Ref: "F-2", Offence: "human-trafficking", Region: "FR", Purpose: casework.Investigate, LegalBasis: "national law",
			Category: casework.Suspect, Handling: "H1",
		})
		add := func(a *Agency, ref string, from, to int) {
			call(t, api.ItemsAdd, a, api.ItemsAddRequest{
				Case: ref, Normaliser: casework.NormaliserVersion, Source: casework.Provenance{Source: "list"}, Items: api.Gather(numbers(from, to)),
			})
		}
		add(fr, "F-2", 0, 3)
		call(t, api.Publish, fr, api.PublishRequest{})
		hold(t, nl, 0, 1)
		d := disclosed(t, nl, fr, "never to be passed on")
		if len(d.Values) != 2 {
			t.Fatalf("%d values disclosed, want the two that stand beside", len(d.Values))
		}

		formats := map[string]func(io.Writer, export.Head, iter.Seq[export.Item]) error{"csv": export.CSV, "stix": export.STIX, "misp": export.MISP}
		head := export.Head{Title: "disclosure", Agency: string(nl.ID), Made: time.Now(), Terms: export.TermsOf(d)}
		for name, format := range formats {
			var file bytes.Buffer
			if err := format(&file, head, export.Disclosed(d)); err != nil {
				t.Fatal(err)
			}
			takeIn(t, nl, name, file.Bytes())
		}
		for name, format := range formats { // of the case, which holds it now
			var file bytes.Buffer
			if err := format(&file, export.Head{Title: "C-1", Agency: string(nl.ID), Made: time.Now()}, caseItems(t, nl)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(file.Bytes(), []byte("spoc@fr-police.example")) {
				t.Errorf("%s of the case does not say whom to ask", name)
			}
			takeIn(t, nl, "again."+name, file.Bytes())
		}
		keptUnderTerms(t, nl, fr, d)

		hold(t, be, 1, 3)
		thirdHas(t, nl, be, 0)
		if asked := call(t, api.Ask, nl, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{be.ID}}); asked.Count > 1 {
			t.Errorf("%d asked of the third agency, want the own number alone", asked.Count)
		}

		item := call(t, api.Search, nl, api.SearchRequest{Kind: d.Values[0].Kind, Value: d.Values[0].Value}).Item
		given := api.ItemPermitRequest{Item: item, From: []casework.AgencyID{fr.ID}, Reference: "FR-2026-881", Visibility: casework.Shared}
		refuses(t, api.Denied, api.ItemPermit, nl, nl.Investigator, given)
		wrong := given
		wrong.From = []casework.AgencyID{be.ID}
		refuses(t, api.Refused, api.ItemPermit, nl, nl.Supervisor, wrong)
		wrong = given
		wrong.Reference = " "
		refuses(t, api.Invalid, api.ItemPermit, nl, nl.Supervisor, wrong)
		if v := call(t, api.ItemPermit, nl, given); v.WhyNot != "" || v.Visibility != casework.Shared {
			t.Errorf("permitted: %+v", v)
		}
		thirdHas(t, nl, be, 1)
		// Disclosed again under terms, it needs a new permission.
		var file bytes.Buffer
		if err := export.CSV(&file, head, export.Disclosed(d)); err != nil {
			t.Fatal(err)
		}
		takeIn(t, nl, "later.csv", append(file.Bytes(), '\n'))
		if found := call(t, api.Search, nl, api.SearchRequest{Kind: d.Values[0].Kind, Value: d.Values[0].Value}); found.WhyNot != casework.UnderTerms {
			t.Errorf("disclosed again: kept out by %q", found.WhyNot)
		}
	})
}

// takeIn reads a file into the agency's case, to be shared.
func takeIn(t *testing.T, a *Agency, name string, file []byte) {
	t.Helper()
	r := &evidence.Reader{Node: a.As(a.Investigator), CaseRef: "C-1"}
	report, err := r.Read(t.Context(), name, bytes.NewReader(file), intake.Defaults{Visibility: casework.Shared, Category: casework.Suspect}, intake.Options{})
	if err != nil || report.Faults > 0 {
		t.Fatalf("%s: %v, problems %v", name, err, report.Problems)
	}
}

// caseItems are the items of an agency's case as its officer exports them.
func caseItems(t *testing.T, a *Agency) iter.Seq[export.Item] {
	t.Helper()
	list, err := call(t, api.CaseExport, a, api.CaseExportRequest{Case: "C-1"}).Items.List()
	if err != nil {
		t.Fatal(err)
	}
	var out []export.Item
	for _, it := range list {
		out = append(out, export.Item{
			Identifier: it.Identifier, CaseRef: "C-1", Category: it.Category, Grading: it.Grading, Handling: it.Handling, TLP: it.TLP,
			Tool: it.Provenance.Tool, Terms: it.Provenance.Terms,
		})
	}
	return slices.Values(out)
}
