package simnet

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// filesOfEach is how many files each of the two agencies takes in.
const filesOfEach = 200

// planted are what both agencies have, as it stands in a text and in its canonical form.
func planted() (texts, values []string) {
	for i := range 10 {
		texts = append(texts, fmt.Sprintf("ring +44 7700 900%03d after six", i))
		values = append(values, fmt.Sprintf("phone +447700900%03d", i))
	}
	for i := range 8 {
		texts = append(texts, fmt.Sprintf("write to Shared.%d@mail.example please", i))
		values = append(values, fmt.Sprintf("email shared.%d@mail.example", i))
	}
	for i := range 7 {
		texts = append(texts, fmt.Sprintf("see https://t.me/shared_probe%d?start=1 today", i))
		values = append(values, fmt.Sprintf("handle telegram:shared_probe%d", i))
	}
	for i := range 5 {
		texts = append(texts, fmt.Sprintf("advert https://ads.example.org/item/%d?utm_source=x online", 4711+i))
		values = append(values, fmt.Sprintf("url ads.example.org/item/%d", 4711+i))
	}
	return texts, values
}

// ownLines are what one agency alone has.
func ownLines(r *rand.Rand, agency string, n int) []string {
	lines := []string{
		fmt.Sprintf("write to person.%d@%s.example today", n, agency),
		fmt.Sprintf("see https://t.me/%s_probe%d now", agency, n),
		fmt.Sprintf("look at https://%s.example.net/page/%d please", agency, n),
		"hello, how are you, see you at 10:30 then", "paid 250 EUR on 12.05.2026 for order 20260417",
	}
	if agency == "aa" { // the two halves of a range that is reserved
		lines = append(lines, fmt.Sprintf("call 0113 496 0%03d soon", r.IntN(500)))
	} else {
		lines = append(lines, fmt.Sprintf("call 0113 496 0%03d soon", 500+r.IntN(500)))
	}
	return lines
}

// makeFiles writes the files of an agency, of all kinds, with what is planted spread over
// them.
func makeFiles(t *testing.T, agency string, seed uint64, shared []string) (folder string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 20260417))
	folder = t.TempDir()
	holds := map[int][]string{}
	for _, text := range shared {
		n := r.IntN(filesOfEach)
		holds[n] = append(holds[n], text)
	}
	for n := range filesOfEach {
		f := writers[n%len(writers)](r, append(ownLines(r, agency, n), holds[n]...))
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%03d-%s", n, f.name)), f.data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// Two agencies that take in 200 files each, of twelve kinds and full of what such files
// have in common everywhere, get the leads that were planted, and no other.
func TestFilesGiveTheLeadsThatAreInThem(t *testing.T) {
	long(t)
	lists := slices.DeleteFunc(warninglist.Shipped(), func(name string) bool { return name == "reserved-numbers" })
	set, err := warninglist.Load(lists...)
	if err != nil {
		t.Fatal(err)
	}
	texts, values := planted()
	folders := []string{makeFiles(t, "aa", 1, texts), makeFiles(t, "bb", 2, texts)}
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		for i, a := range all {
			reader := &evidence.Reader{Node: a.As(a.Supervisor), CaseRef: "C-1"}
			d := intake.Defaults{Region: "GB", Visibility: casework.Shared, Category: casework.Suspect, Warning: set}
			report, err := reader.Walk(t.Context(), folders[i], d, intake.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %d records, %+v, problems %d", a.ID, report.Records, report.Totals(), report.Faults)
		}
		call(t, api.Publish, all[1], api.PublishRequest{})
		call(t, api.Ask, all[0], api.AskRequest{Case: "C-1"})
		var got []string
		for _, lead := range call(t, api.Inbox, all[0], api.InboxRequest{}) {
			got = append(got, string(lead.Lead.Kind)+" "+lead.Value)
		}
		for _, value := range values {
			if !slices.Contains(got, value) {
				t.Errorf("no lead: %s", value)
			}
		}
		for _, value := range got {
			if !slices.Contains(values, value) {
				t.Errorf("a lead that nobody planted: %s", strings.TrimSpace(value))
			}
		}
		if len(got) != len(values) {
			t.Errorf("%d leads, planted are %d", len(got), len(values))
		}
	})
}
