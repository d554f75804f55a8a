package intake_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/format"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// One row in 100 cannot be read: the others are, in order, and the report names
// the lines.
func TestOneBadRowCostsOne(t *testing.T) {
	var b strings.Builder
	b.WriteString("telefon;land;quelle\r\n")
	for i := 2; i <= 20_001; i++ {
		switch {
		case i%100 == 57:
			b.WriteString("unbekannt;US;x\r\n")
		default:
			fmt.Fprintf(&b, "%d555%04d;US;\"a;\r\nb\"\r\n", 202, 100+i%100)
		}
	}
	found, rep, err := read(t, "t.csv", []byte(b.String()), intake.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 19_800 || rep.Good != 19_800 || rep.Records != 20_000 || rep.Faults != 200 {
		t.Errorf("%d found, %d of %d records good, %d problems", len(found), rep.Good, rep.Records, rep.Faults)
	}
	if p := rep.Problems[0]; !strings.HasPrefix(p.Record, "line 11") || strings.Contains(p.Reason, "unbekannt") {
		t.Errorf("first problem: %+v", p)
	}
	if len(rep.Problems) != 100 {
		t.Errorf("%d problems kept", len(rep.Problems))
	}
	last := 0
	for _, f := range found {
		var line int
		if _, err := fmt.Sscanf(f.Provenance.Record, "line %d", &line); err != nil || line <= last {
			t.Fatalf("%q behind line %d", f.Provenance.Record, last)
		}
		last = line
	}
}

func TestColumns(t *testing.T) {
	for table, want := range map[string]string{
		"Téléphone portable;Adresse e-mail\n+33199000001;a@example.org\n":          "phone email",
		"name,amount,when\nA,+33199000001,2026-01-02\nB,+33199000002,2026-01-03\n": "phone phone", // by content, whatever the header says
		"+33199000001,a@example.org\n+33199000002,b@example.org\n":                 "phone email phone email",
		"id\tmd5\n1\tab2d8ce8daf513ae854a202112683f1d\n":                           "md5",
		"platform,username\ntelegram,test_user_77\n":                               "handle",
		"telegram,instagram\ntest_user_77,some.name\n":                             "handle handle",
		"IMEI;Kennzeichen\n490154203237518;DE:BAB123\n":                            "imei plate",
		"type,value\nbtc,bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4\nAS,174\n":     "wallet",
		"wert\n+33199000001\na@example.org\n":                                      "phone email",
		"a,b\n1,2\n3,4\n":                                                          "",
	} {
		found, rep, err := read(t, "t", []byte(table), intake.Defaults{})
		if err != nil {
			t.Errorf("%q: %v", table, err)
			continue
		}
		var got []string
		for _, f := range found {
			got = append(got, string(f.Identifier.Kind()))
		}
		if strings.Join(got, " ") != want || rep.Format != "csv" {
			t.Errorf("%q read as %s: %v, want %s", table, rep.Format, got, want)
		}
	}
}

func TestJSONOfNoFormat(t *testing.T) {
	for doc, want := range map[string]string{
		`{"id":"o1","text":"see https://ads.example.net/item/1","default_region":"US"}`:                "the document url",
		`{"type":"phone","value":"202 555 0143","default_region":"US"}`:                                "the document phone",
		`["a@example.org","+12025550143",7,"just words"]`:                                              "0 email 1 phone",
		`{"export":{"tool":"x","data":{"rows":[{"phone":"+12025550143"},{"Email":"a@example.org"}]}}}`: "export/data/rows/0 phone export/data/rows/1 email",
		`{"meta":{"phone":"+12025550143"},"rows":[]}`:                                                  "meta/phone phone",
		`{"contact":"x","people":[{"name":"A","accounts":[{"telegram":"test_user_77"}]}]}`:             "people/0/accounts/0 handle",
	} {
		found, rep, err := read(t, "x.json", []byte(doc), intake.Defaults{})
		if err != nil || rep.Format != "json" {
			t.Errorf("%s: read as %s: %v", doc, rep.Format, err)
		}
		var got []string
		for _, f := range found {
			got = append(got, f.Provenance.Record+" "+string(f.Identifier.Kind()))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}

func TestSeveralValuesInOneField(t *testing.T) {
	const table = "phone;email\n+33199000001 / +33199000002;a@example.org, b@example.org\n3.31990E+10;\n+33199000003 or so;c@example.org d\n"
	found, rep, err := read(t, "t", []byte(table), intake.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, found,
		"line 2\tphone\t+33199000001", "line 2\tphone\t+33199000002",
		"line 2\temail\ta@example.org", "line 2\temail\tb@example.org",
		"line 4\tphone\t+33199000003", "line 4\temail\tc@example.org",
	)
	if rep.Faults != 1 || !strings.Contains(rep.Problems[0].Reason, "spreadsheet") {
		t.Errorf("problems: %v", rep.Problems)
	}
}

func TestNotTaken(t *testing.T) {
	for name, text := range map[string]string{
		"cards":           "4111111111111111\n5500 0000 0000 0004\n",
		"card column":     "name,number\nA,4111111111111111\nB,4012888888881881\n",
		"a feed's hashes": "ab2d8ce8daf513ae854a202112683f1d,54dc4017-cc46-54e2-bc86-11a4efcd456c\nab2d8ce8daf513ae854a202112683f1e,54dc4017-cc46-54e2-bc86-11a4efcd456c\n",
		"a card in STIX":  `{"type":"payment-card","id":"payment-card--1","value":"4111111111111111"}`,
		"a card in MISP":  `{"Event":{"Attribute":[{"type":"cc-number","value":"4111111111111111"}]}}`,
	} {
		found, rep, err := read(t, name, []byte(text), intake.Defaults{Region: "US"})
		if err != nil || len(found) > 0 || rep.Faults == 0 && len(rep.Notes) == 0 {
			t.Errorf("%s: %v, %q, %+v", name, err, lines(found), rep)
		}
		for _, p := range rep.Problems {
			if strings.Contains(p.Reason, "4111") {
				t.Errorf("%s: the reason holds the value", name)
			}
		}
	}
}

func TestRecognise(t *testing.T) {
	for text, want := range map[string]string{
		"+33199000001\na@example.org\n":                                            "list",
		"Selling a bike, call me.\nOr write.\n":                                    "text",
		`{"type":"bundle","id":"bundle--x","objects":[]}`:                          "stix",
		"\ufeff{\"Event\":{}}":                                                     "misp",
		`[{"MediaID":1,"MD5":"x"}]`:                                                "vics",
		`{"@context":{},"@graph":[]}`:                                              "case-uco",
		"<?xml version=\"1.0\"?><report/>":                                         "cybertip",
		"{\"id\":1,\"text\":\"x\"}\n{\"id\":2,\"text\":\"y\"}\n":                   "jsonl",
		"From: a@example.org\nTo: b@example.org\nSubject: x\n\nHello\n":            "mail",
		"From a Mon Jan  1 00:00:00 2026\nFrom: a@example.org\nSubject: x\n\nHi\n": "mbox",
		"From=%2B12025550143&Body=hello\n":                                         "form",
		"\xFF\xD8\xFF\xE0 a,b,c":                                                   "image",
		"\x00\x01\x02":                                                             "file",
		"   \n":                                                                    "",
	} {
		if f, why, _ := format.Tell(reading.NewHead([]byte(text), true, "lies.csv")); f.Name != want {
			t.Errorf("%q: %q (%s), want %q", text, f.Name, why, want)
		}
	}
}

func TestVICSQuirks(t *testing.T) {
	const file = "\ufeff" + `{"odata.metadata":"http://x/DataModels/1.3.xml#Media","value":[
	{"MediaID":"1","Category":null,"MD5":"qy2M6NrUE66FSiAhEmg/HQ==","MediaSize":"81880","VictimIdentified":"True","IsDistributed":"false","DateUpdated":"/Date(1772445300000)/"},
	{"MediaID":2,"Category":1,"MD5":"AB2D8CE8DAF513AE854A202112683F1E","FilePath":"C:\export\"},
	{"MediaID":3,"Category":1,"MD5":"D41D8CD98F00B204E9800998ECF8427E","SHA1":"929dd0482c3da8b666aa29ae94d6b75f71bad926"},
	{"MediaID":3,"Category":2,"MD5":"not a hash","RelativeFilePath":"..\\..\\evil"},
	{"MediaID":4}
	]}`
	found, rep, err := read(t, "v.json", []byte(file), intake.Defaults{})
	if err != nil || rep.Format != "vics" {
		t.Fatalf("read as %s: %v", rep.Format, err)
	}
	want(t, found,
		"value/0\tmd5\tab2d8ce8dad413ae854a202112683f1d\tseen=2026-03-02T09:55:00Z\ttags=[\"VictimIdentified\"]",
		"value/2\tmd5\td41d8cd98f00b204e9800998ecf8427e\ttags=[\"vics category 1 (1.3)\"]",
		"value/2\tsha1\t929dd0482c3da8b666aa29ae94d6b75f71bad926\ttags=[\"vics category 1 (1.3)\"]",
	)
	var records []string
	for _, p := range rep.Problems {
		records = append(records, p.Record)
	}
	if !slices.Equal(records, []string{"value/1", "value/3", "value/4"}) || rep.Records != 5 || rep.Good != 2 {
		t.Errorf("problems at %v, %d of %d good", records, rep.Good, rep.Records)
	}
}

func TestHostileXML(t *testing.T) {
	for name, doc := range map[string]string{
		"external":  `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><report><personOrUserReported><email>&x;</email></personOrUserReported></report>`,
		"laughs":    `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><report><url>&b;</url></report>`,
		"undefined": `<report><url>&b;</url></report>`,
		"deep":      `<report>` + strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000) + `</report>`,
		"unclosed":  `<report><url>https://example.org/x</url>`,
		"crossed":   `<report><a></report></a>`,
		"long":      `<report><url>` + strings.Repeat("x", 5<<20) + `</url></report>`,
		"charset":   `<?xml version="1.0" encoding="EBCDIC"?><report><url>x</url></report>`,
	} {
		found, rep, err := read(t, name, []byte(doc), intake.Defaults{})
		if err != nil || rep.Faults == 0 {
			t.Errorf("%s: %v, %d problems", name, err, rep.Faults)
		}
		if name != "unclosed" && len(found) > 0 {
			t.Errorf("%s: %v", name, lines(found))
		}
	}
}

func TestCyberTipDetails(t *testing.T) {
	const doc = `<?xml version="1.0" encoding="ISO-8859-1"?><report><incidentSummary><incidentDateTime>2026-03-01T08:00:00Z</incidentDateTime></incidentSummary>
	<reporter><reportingPerson><email>abuse@example.org</email></reportingPerson></reporter>
	<victim><victimPerson><phone countryCallingCode="+44">07700 900145</phone><address><country>A1</country></address></victimPerson></victim>
	<personOrUserReported><screenName>some_name</screenName><deviceId><idType>IMEI</idType><idValue>490154203237518</idValue><dateTime>2026-02-01T08:00:00Z</dateTime></deviceId><espService>Telegram</espService></personOrUserReported>
	<fileDetails><originalFileHash hashType="SHA1">929dd0482c3da8b666aa29ae94d6b75f71bad926</originalFileHash></fileDetails></report>`
	found, rep, err := read(t, "r.xml", []byte(doc), intake.Defaults{})
	if err != nil || rep.Faults > 0 {
		t.Fatalf("%v %v", err, rep.Problems)
	}
	want(t, found,
		"report/victim/victimPerson/phone\tphone\t+447700900145\twhy-not=consent\tcategory=victim\tseen=2026-03-01T08:00:00Z",
		"report/personOrUserReported/deviceId\timei\t490154203237518\tseen=2026-02-01T08:00:00Z",
		"report/personOrUserReported/screenName\thandle\ttelegram:some_name\tseen=2026-03-01T08:00:00Z\tassumed=[\"platform telegram\"]",
		"report/fileDetails/originalFileHash\tsha1\t929dd0482c3da8b666aa29ae94d6b75f71bad926\tseen=2026-03-01T08:00:00Z\ttags=[\"fileViewedByEsp=false (not stated)\"]",
	)
}

// Markings stand before and behind what they mark; an unknown one is RED.
func TestMarkings(t *testing.T) {
	const file = `{"type":"bundle","id":"bundle--1","objects":[
	{"type":"email-addr","id":"email-addr--1","value":"a@example.org","object_marking_refs":["marking-definition--own"]},
	{"type":"email-addr","id":"email-addr--2","value":"b@example.org","object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],
	 "granular_markings":[{"marking_ref":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","selectors":["value"]},{"marking_ref":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed","selectors":["display_name"]}]},
	{"type":"email-addr","id":"email-addr--3","value":"c@example.org","object_marking_refs":["marking-definition--nowhere"]},
	{"type":"email-addr","id":"email-addr--4","value":"d@example.org"},
	{"type":"payment-card","id":"payment-card--1","value":"4111111111111111"},
	{"type":"marking-definition","id":"marking-definition--own","definition_type":"statement","definition":{"statement":"For unit 4 only"},"extensions":{"x":{"tlp_2_0":"amber+strict"}}},
	{"type":"marking-definition","id":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed","definition":{"tlp":"white"}}
	]}`
	found, rep, err := read(t, "b.json", []byte(file), intake.Defaults{Handling: casework.Handling{Codes: "H1"}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, found,
		"objects/0\temail\ta@example.org\ttlp=AMBER+STRICT\thandling=H1+H3 For unit 4 only",
		"objects/1\temail\tb@example.org\ttlp=AMBER\thandling=H1 ",
		"objects/2\temail\tc@example.org\ttlp=RED\thandling=H1 ",
		"objects/3\temail\td@example.org\thandling=H1 ",
	)
	if rep.Faults != 2 {
		t.Errorf("problems: %v", rep.Problems)
	}
}

// What stands before its marking, in a document with more values than are held
// back, is taken for the most restricted.
func TestMarkingsTooFarBehind(t *testing.T) {
	docs := map[string]string{}
	var stix, misp, uco strings.Builder
	stix.WriteString(`{"type":"bundle","id":"bundle--1","objects":[`)
	misp.WriteString(`{"Event":{"Attribute":[`)
	uco.WriteString(`{"@context":{},"@graph":[`)
	for i := range 50 {
		fmt.Fprintf(&stix, `{"type":"email-addr","id":"email-addr--%d","value":"a%d@example.org"},`, i, i)
		fmt.Fprintf(&misp, `{"type":"email","value":"a%d@example.org","distribution":"5"},`, i)
		fmt.Fprintf(&uco, `{"@id":"kb:%d","@type":"EmailAddress","hasFacet":{"@type":"EmailAddressFacet","addressValue":"a%d@example.org"}},`, i, i)
	}
	stix.WriteString(`{"type":"observed-data","id":"observed-data--1","object_refs":["email-addr--1"],"object_marking_refs":["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]}]}`)
	docs["stix"] = stix.String()
	docs["misp"] = strings.TrimSuffix(misp.String(), ",") + `],"distribution":"0","Tag":[{"name":"tlp:red"}]}}`
	docs["case-uco"] = strings.TrimSuffix(uco.String(), ",") + `]}`
	for name, doc := range docs {
		n := 0
		rep, err := intake.Read(context.Background(), intake.Source{}, strings.NewReader(doc), intake.Defaults{TLP: casework.TLPClear, Visibility: casework.Shared},
			intake.Options{Limits: intake.Limits{Held: 20}}, func(found []intake.Found) error {
				for _, f := range found {
					if n++; f.TLP != casework.TLPRed || name == "misp" && f.Visibility != casework.Local {
						t.Errorf("%s: %s", name, show(f))
					}
				}
				return nil
			})
		if err != nil || rep.Format != name || n != 50 || len(rep.Notes) != 1 {
			t.Errorf("%s read as %s: %v, %d found, notes %q", name, rep.Format, err, n, rep.Notes)
		}
	}
}
