package simnet

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// A question of 110 values, with texts as long as a command may have, is logged and
// answered; what is longer is refused at once and leaves nothing behind.
func TestLongQuestionsAreAskedOrRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 100, 120)
		call(t, api.Publish, b, api.PublishRequest{})
		ref := strings.Repeat("ж", 64)
		opened := api.CaseNewRequest{
			Ref: ref, Offence: "human-trafficking", Region: "NL", Purpose: casework.Investigate, LegalBasis: "national law", Category: casework.Suspect,
		}
		call(t, api.CaseNew, a, opened)
		question := api.AskRequest{
			Case: ref, Items: api.Gather(numbers(0, 110)), Normaliser: identify.NormaliserVersion, Reason: strings.Repeat("ж", 500), Aim: "identify",
		}
		for name, longer := range map[string]func(*api.AskRequest){
			"reason": func(q *api.AskRequest) { q.Reason += "." },
			"basis":  func(q *api.AskRequest) { q.LegalBasis = strings.Repeat("x", 401) },
			"lines":  func(q *api.AskRequest) { q.Reason = "one\nhandling H0" },
			"aim":    func(q *api.AskRequest) { q.Aim = "everything" },
		} {
			q := question
			longer(&q)
			if _, err := api.Ask.Call(t.Context(), a.As(a.Investigator), q); err == nil {
				t.Errorf("%s: a question that the ledger does not take is taken", name)
			}
		}
		if v := call(t, api.CaseShow, a, api.CaseShowRequest{Case: ref, Holds: true}); v.Items != 0 {
			t.Errorf("refused questions left %d items", v.Items)
		}
		asked := call(t, api.Ask, a, question)
		if asked.Count != 110 || asked.Entry == 0 || asked.Peers[0].Queued != "" || asked.Peers[0].Hits != 10 {
			t.Errorf("110 values: %d asked, entry %d, %+v", asked.Count, asked.Entry, asked.Peers)
		}
		if again := call(t, api.Ask, a, api.AskRequest{Case: ref}); again.Count != 0 {
			t.Errorf("%d asked again", again.Count)
		}
	})
}

// What was asked and not answered does not count as asked: the command says for what
// it waits, however often it is given.
func TestAskedIsWhatWasAnswered(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		fabric, all := network(t, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		a, away := all[0], all[3]
		hold(t, a, 0, 10)
		fabric.Part(away.Machine, all[0].Machine, all[1].Machine, all[2].Machine)
		for range 2 {
			asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{away.ID}})
			if asked.Count != 10 || len(asked.Peers) != 1 || asked.Peers[0].Queued == "" {
				t.Errorf("asked of a peer that is cut off: %d, %+v", asked.Count, asked.Peers)
			}
		}
		fabric.Join(away.Machine, all[0].Machine, all[1].Machine, all[2].Machine)
		<-time.After(15 * time.Minute) // pauses between attempts grow to some minutes
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{away.ID}}); asked.Count != 0 {
			t.Errorf("after the answer: %d, %+v", asked.Count, asked.Peers)
		}
	})
}

// Facts of 13,000 characters travel in the sealed request: the entry of one that says
// little has the same size. What is longer than a command may be is refused by its name.
func TestLongFactsTravelSealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 0, 10)
		call(t, api.Publish, b, api.PublishRequest{})
		hold(t, a, 0, 10)
		leads := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}).Leads
		if len(leads) < 3 {
			t.Fatalf("%d leads", len(leads))
		}
		draft := api.DraftRequest{
			Wanted: []casework.Field{casework.FieldContact}, Necessity: "n", Use: "intelligence", Urgency: casework.Routine, Handling: "H1", Retention: 90,
		}
		for i, facts := range []string{"short", strings.Repeat("фф, ", 13_000/5) + strings.Repeat("x", 13_000%5)} {
			draft.Lead, draft.Facts = leads[i].Lead.ID, facts
			drafted := as(t, api.Request, a, a.Investigator, draft)
			sent := as(t, api.Approve, a, a.Supervisor, api.ApproveRequest{Request: drafted.Request.ID, Of: drafted.Of})
			if sent.State != dossier.Sent || sent.Failed != "" {
				t.Errorf("facts of %d bytes: %s, %q", len(facts), sent.State, sent.Failed)
			}
			<-time.After(time.Minute)
			if due := call(t, api.Due, b, api.None{}); len(due) != i+1 || !hasFacts(due, facts) {
				t.Errorf("facts of %d bytes do not arrive whole", len(facts))
			}
		}
		var sizes []string
		for _, line := range entries(t, a) {
			if strings.HasPrefix(line, "aa-police request") {
				sizes = append(sizes, line)
			}
		}
		if len(sizes) != 2 || sizes[0] != sizes[1] {
			t.Errorf("the entries of two requests: %q", sizes)
		}
		for name, wrong := range map[string]func(*api.DraftRequest){
			"facts":  func(r *api.DraftRequest) { r.Facts = strings.Repeat("x", 20_001) },
			"facts ": func(r *api.DraftRequest) { r.Facts = "\xff" },
			"wanted": func(r *api.DraftRequest) { r.Wanted = append(r.Wanted, r.Wanted[0]) },
		} {
			r := draft
			r.Lead = leads[2].Lead.ID
			wrong(&r)
			_, err := api.Request.Call(t.Context(), a.As(a.Investigator), r)
			if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func hasFacts(due []api.DossierView, facts string) bool {
	for _, d := range due {
		if d.Request.Facts == facts {
			return true
		}
	}
	return false
}
