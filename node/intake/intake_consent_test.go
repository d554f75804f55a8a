package intake_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

func lines(found []intake.Found) []string {
	var out []string
	for _, f := range found {
		out = append(out, show(f))
	}
	return out
}

func want(t *testing.T, found []intake.Found, lines ...string) {
	t.Helper()
	var got []string
	for _, f := range found {
		got = append(got, show(f))
	}
	if !slices.Equal(got, lines) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

func TestConsent(t *testing.T) {
	const table = "phone,category,consent\n+12025550143,victim,\n+12025550144,victim,yes\n+12025550145,self-reporter,no\n" +
		"+12025550146,suspect,\n+12025550147,Opfer,maybe\n+12025550148,martian,yes\n"
	found, rep, err := read(t, "t.csv", []byte(table), intake.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, found,
		"line 2\tphone\t+12025550143\twhy-not=consent\tcategory=victim",
		"line 3\tphone\t+12025550144\tcategory=victim\tconsent",
		"line 4\tphone\t+12025550145\twhy-not=consent\tcategory=self-reporter",
		"line 5\tphone\t+12025550146\tcategory=suspect",
		"line 6\tphone\t+12025550147\twhy-not=consent\tcategory=victim",
		"line 7\tphone\t+12025550148\tcategory=unknown\tconsent",
	)
	if rep.WhyNot[casework.NoConsent] != 3 || rep.Totals().NeedsPerson != 3 || rep.Totals().New != 3 || rep.Faults != 2 {
		t.Errorf("counted %+v, %v, %d problems", rep.Totals(), rep.WhyNot, rep.Faults)
	}
}

// The bodies of a hotline's posts: consent decides over everything in a report.
func TestHotlineReports(t *testing.T) {
	data, err := os.ReadFile("testdata/webhooks/hotline_json_open.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Requests []struct{ Body string } }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var posts strings.Builder
	for _, r := range file.Requests {
		posts.WriteString(r.Body + "\n")
	}
	posts.WriteString(file.Requests[0].Body + "\n") // delivered twice
	posts.WriteString(strings.Replace(strings.Replace(file.Requests[0].Body, "open-1", "open-4", 1), "true", "false", 1) + "\n")
	posts.WriteString(`{"event": "hotline.report", "id": "open-5", "caller": "anonymous", "summary": "see wallet bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}`)
	found, rep, err := read(t, "posts.jsonl", []byte(posts.String()), intake.Defaults{Region: "US"})
	if err != nil {
		t.Fatal(err)
	}
	callers, refused := 0, 0
	for _, f := range found {
		if f.Category == casework.SelfReporter && f.WhyNot == "" {
			callers++
		}
		if f.WhyNot == casework.NoConsent {
			refused++
		}
		if strings.Contains(f.Provenance.Record, "open-5") && f.WhyNot != casework.NoConsent {
			t.Error("a report that says nothing of consent may match")
		}
	}
	if callers != 2 || refused < 1 || rep.Records != 6 {
		t.Errorf("%d callers with consent, %d items without, %d records:\n%s", callers, refused, rep.Records, strings.Join(lines(found), "\n"))
	}
	if !slices.ContainsFunc(rep.Notes, func(n string) bool { return strings.HasPrefix(n, "2 reports repeat") }) {
		t.Errorf("notes: %v", rep.Notes)
	}
}

// Posts of an SMS gateway say nothing of consent, and so nothing of them matches.
func TestTextMessages(t *testing.T) {
	data, err := os.ReadFile("testdata/webhooks/sms_twilio_format_open.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Requests []struct{ Body string } }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var posts strings.Builder
	for _, r := range file.Requests {
		posts.WriteString(r.Body + "\n")
	}
	found, rep, err := read(t, "posts", []byte(posts.String()), intake.Defaults{Region: "US", Visibility: casework.Shared})
	if err != nil || rep.Format != "form" {
		t.Fatalf("read as %s: %v", rep.Format, err)
	}
	for _, f := range found {
		if f.WhyNot != casework.NoConsent {
			t.Errorf("may match: %s", show(f))
		}
	}
	if len(found) < 4 {
		t.Errorf("%d found", len(found))
	}
	whole, _, err := read(t, "fixture.json", data, intake.Defaults{Region: "US"}) // the gateway's own log, with params
	if err != nil || len(whole) < len(found) {
		t.Errorf("%d in the log, %d in the posts: %v", len(whole), len(found), err)
	}
}

func TestWarningLists(t *testing.T) {
	set, err := warninglist.Load("reserved-numbers", "link-in-bio")
	if err != nil {
		t.Fatal(err)
	}
	const list = "+12025550143\nlinktr.ee\nhttps://linktr.ee/someone\nads.example.net\n"
	found, rep, err := read(t, "l.txt", []byte(list), intake.Defaults{Warning: set})
	if err != nil {
		t.Fatal(err)
	}
	want(t, found,
		"line 1\tphone\t+12025550143\twhy-not=warning_list",
		"line 2\tdomain\tlinktr.ee\twhy-not=warning_list",
		"line 3\turl\tlinktr.ee/someone",
		"line 4\tdomain\tads.example.net",
	)
	if rep.WhyNot[casework.OnWarningList] != 2 {
		t.Errorf("counted %v", rep.WhyNot)
	}
}

func TestIdentifyOneValue(t *testing.T) {
	found, others, err := intake.Identify("366e780ccb7afbef7728b501bbbfa5a257e00efc08a4f847cbca0713a55da93e", intake.Defaults{})
	if err != nil || found.Identifier.Kind() != casework.SHA256 || !slices.Contains(others, casework.PDQ) {
		t.Errorf("%v, perhaps %v: %v", found.Identifier.Kind(), others, err)
	}
	if r := intake.ValueReport(found); r.Totals() != (intake.Count{New: 1}) || r.Records != 1 {
		t.Errorf("report: %+v", r)
	}
	if _, _, err := intake.Identify("hello there", intake.Defaults{}); err == nil || strings.Contains(err.Error(), "hello") {
		t.Errorf("got %v", err)
	}
}
