package intake_test

import (
	"archive/tar"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

const (
	emptyMD5    = "d41d8cd98f00b204e9800998ecf8427e"
	emptySHA1   = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

	fullMD5 = "ab2d8ce8daf513ae854a202112683f1d" // of a file that is not empty, beside each of them
)

// emptyHashSources hold the three hashes of an empty file and the hash of another
// file in each format in which hashes arrive.
func emptyHashSources(t *testing.T) map[string][]byte {
	t.Helper()
	upper := strings.ToUpper
	sources := map[string]string{
		"vics.json": fmt.Sprintf(`{"odata.metadata":"http://x/DataModels/1.3.xml#Media","value":[{"MediaID":"1","MD5":%q,"SHA1":%q,"AlternativeHashes":[{"HashName":"SHA256","HashValue":%q}]},{"MediaID":"2","MD5":%q}]}`,
			upper(emptyMD5), upper(emptySHA1), upper(emptySHA256), upper(fullMD5)),
		"misp.json": fmt.Sprintf(`{"Event":{"info":"x","Attribute":[{"type":"md5","value":%q},{"type":"filename|sha1","value":"a.jpg|%s"},{"type":"sha256","value":%q},{"type":"malware-sample","value":"b|%s"}]}}`,
			emptyMD5, emptySHA1, emptySHA256, fullMD5),
		"stix.json": fmt.Sprintf(`{"type":"bundle","id":"bundle--1","objects":[{"type":"file","id":"file--1","hashes":{"MD5":%q,"SHA-1":%q}},{"type":"indicator","id":"indicator--1","pattern":"[file:hashes.'SHA-256' = '%s']"},{"type":"file","id":"file--2","hashes":{"MD5":%q}}]}`,
			emptyMD5, emptySHA1, emptySHA256, fullMD5),
		"list.txt": strings.Join([]string{emptyMD5, upper(emptySHA1), emptySHA256, fullMD5}, "\n") + "\n",
		"table.csv": fmt.Sprintf("file,md5,sha1,sha256\na.jpg,%s,%s,%s\nb.jpg,%s,,\n",
			emptyMD5, emptySHA1, emptySHA256, fullMD5),
		"values.jsonl": fmt.Sprintf("{\"type\":\"md5\",\"value\":%q}\n{\"type\":\"sha1\",\"value\":%q}\n{\"type\":\"sha256\",\"value\":%q}\n{\"type\":\"md5\",\"value\":%q}\n",
			emptyMD5, emptySHA1, emptySHA256, fullMD5),
		"tip.xml": fmt.Sprintf(`<?xml version="1.0"?><report><fileDetails><originalFileHash hashType="MD5">%s</originalFileHash><originalFileHash hashType="SHA1">%s</originalFileHash><originalFileHash hashType="SHA256">%s</originalFileHash></fileDetails><fileDetails><originalFileHash hashType="MD5">%s</originalFileHash></fileDetails></report>`,
			emptyMD5, emptySHA1, emptySHA256, fullMD5),
	}
	var facets []string
	for _, h := range [][2]string{{"MD5", emptyMD5}, {"SHA1", emptySHA1}, {"SHA256", emptySHA256}, {"MD5", fullMD5}} {
		facets = append(facets, fmt.Sprintf(`{"@id":"kb:%s","@type":"uco-observable:File","uco-core:hasFacet":[{"@type":"uco-observable:ContentDataFacet","uco-observable:hash":[{"@type":"uco-types:Hash","uco-types:hashMethod":%q,"uco-types:hashValue":{"@type":"xsd:hexBinary","@value":%q}}]}]}`,
			h[1], h[0], upper(h[1])))
	}
	sources["case.json"] = `{"@context":{},"@graph":[` + strings.Join(facets, ",") + `]}`
	out := map[string][]byte{}
	for name, text := range sources {
		out[name] = []byte(text)
	}
	out["seized.zip"] = zipOf(t, map[string]string{"DCIM/0001.JPG": "", "hashes.txt": fullMD5 + "\n"})
	out["seized.tar.gz"] = tarGz(t, []tar.Header{{Name: "list.txt", Typeflag: tar.TypeReg, Mode: 0o644}}, strings.Join([]string{emptyMD5, emptySHA1, emptySHA256, fullMD5}, "\n")+"\n")
	return out
}

// Hashes of empty files are kept, with the warning list as the reason why they are
// in no match set: whatever they arrive in, and also where the file itself does.
func TestHashesOfEmptyFilesAreStoredAndNeverMatched(t *testing.T) {
	folder := t.TempDir()
	for name, data := range emptyHashSources(t) {
		write(t, filepath.Join(folder, name), data)
	}
	write(t, filepath.Join(folder, "pictures", "IMG_0001.jpg"), nil)
	write(t, filepath.Join(folder, "pictures", "list.txt"), []byte(fullMD5+"\n"))
	lists, err := warninglist.Load("empty-files")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"vics.json", "misp.json", "stix.json", "case.json", "list.txt", "table.csv", "values.jsonl", "tip.xml", "seized.zip", "seized.tar.gz", "pictures"} {
		t.Run(source, func(t *testing.T) {
			key := [32]byte{1}
			cases, err := sqlite.Create(t.TempDir(), &key)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := cases.Close(); err != nil {
					t.Error(err)
				}
			})
			caseID := casework.NewCaseID()
			if err := cases.PutCase(t.Context(), casework.Case{ID: caseID, Ref: "NL-1"}); err != nil {
				t.Fatal(err)
			}
			rep, err := intake.Walk(context.Background(), filepath.Join(folder, source), intake.Defaults{Visibility: casework.Shared, Warning: lists}, intake.Options{},
				func(src intake.Source, found []intake.Found) error {
					var items []casework.Evidence
					for _, f := range found {
						items = append(items, casework.Evidence{
							Identifier: f.Identifier, Confidence: f.Confidence, WhyNot: f.WhyNot, Visibility: f.Visibility, Category: f.Category,
							Provenance: casework.Provenance{Source: src.Name, SHA256: src.SHA256, Format: f.Provenance.Format, Record: f.Provenance.Record},
						})
					}
					_, err := cases.AddItems(t.Context(), caseID, items)
					return err
				}, nil)
			if err != nil || rep.Faults > 0 {
				t.Fatalf("%v, problems %v", err, rep.Problems)
			}
			if sum := rep.Totals(); rep.WhyNot[casework.OnWarningList] != 3 || sum != (intake.Count{New: 1, NeedsPerson: 3}) {
				t.Errorf("counted %+v, of which %v", sum, rep.WhyNot)
			}
			var text strings.Builder
			if err := rep.WriteText(&text); err != nil || !strings.Contains(text.String(), "3 are on a warning list") {
				t.Errorf("%v, told:\n%s", err, text.String())
			}
			for kind, value := range map[casework.Kind]string{casework.MD5: emptyMD5, casework.SHA1: emptySHA1, casework.SHA256: emptySHA256} {
				item, places, err := cases.Find(t.Context(), casework.NewIdentifier(kind, value))
				if err != nil || item.WhyNot != casework.OnWarningList || len(places) != 1 {
					t.Errorf("%s: %v, why not %q, %d places", kind, err, item.WhyNot, len(places))
				}
			}
			set, err := cases.MatchItems(t.Context(), store.MatchFilter{Limit: 10, Kinds: casework.Kinds(), IncludeSilent: true})
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			for _, m := range set {
				values = append(values, m.Identifier.Reveal())
			}
			if !slices.Equal(values, []string{fullMD5}) {
				t.Errorf("published and asked: %q", values)
			}
		})
	}
}

// One value that a person typed ends the same way.
func TestIdentifyTellsTheHashOfAnEmptyFile(t *testing.T) {
	lists, err := warninglist.Load(warninglist.Shipped()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{emptyMD5, strings.ToUpper(emptySHA1), "sha256:" + emptySHA256} {
		found, _, err := intake.Identify(value, intake.Defaults{Warning: lists})
		if err != nil || found.WhyNot != casework.OnWarningList || found.Answer().Match {
			t.Errorf("%s: %v, why not %q", value, err, found.WhyNot)
		}
	}
}
