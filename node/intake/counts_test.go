package intake_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

// TestStatedCounts holds intake to what is known of each file from elsewhere: the
// objects that its maker counted, and the identifiers that a person counted in
// its text.
func TestStatedCounts(t *testing.T) {
	for path, want := range map[string]struct {
		format  string
		records int
		values  int // taken and refused together
	}{
		"csv/cases_open.csv":                                        {"csv", 33, 33},
		"csv/cases_open.json":                                       {"json", 33, 33},
		"csv/ftc_dnc_format_synthetic_open.csv":                     {"csv", 65, 58},
		"csv/pymisp_valid_fieldnames.csv":                           {"csv", 3, 9},
		"stix/ctidoc_malware-indicator-for-file-hash.json":          {"stix", 3, 1},
		"stix/ctidoc_sighting-of-an-indicator.json":                 {"stix", 4, 1},
		"stix/ctidoc_using-granular-markings.json":                  {"stix", 4, 0},
		"stix/disclosure_open.json":                                 {"stix", 12, 3},
		"misp/disclosure_open.json":                                 {"misp", 4, 3},
		"case/disclosure_open.json":                                 {"case-uco", 20, 3},
		"csv/disclosure_open.csv":                                   {"csv", 3, 3},
		"stix/dogesec_cryptocurrency-wallet.json":                   {"stix", 1, 1},
		"stix/mispstix_test_attributes_collection_stix21.json":      {"stix", 15, 6},
		"stix/mispstix_test_event1_stix20.json":                     {"stix", 7, 2},
		"stix/mispstix_test_event1_stix21.json":                     {"stix", 9, 2},
		"stix/oasis_indicator-for-c2-ip-address.json":               {"stix", 1, 1},
		"stix/oasis_infrastructure.json":                            {"stix", 10, 2},
		"stix/oasis_malicious-email-indicator-with-attachment.json": {"stix", 6, 0},
		"stix/synthetic_case_open.json":                             {"stix", 12, 13},
		"misp/mispstix_test_attributes_collection_1.json":           {"misp", 2, 1},
		"misp/mispstix_test_events_collection_1.json":               {"misp", 2, 1},
		"misp/pymisp_attribute_del.json":                            {"misp", 1, 0},
		"misp/pymisp_event_obj_attr_tag.json":                       {"misp", 2, 1},
		"misp/pymisp_misp_event.json":                               {"misp", 2, 1},
		"misp/pymisp_shadow.json":                                   {"misp", 2, 0},
		"misp/synthetic_event_open.json":                            {"misp", 10, 12},
		"case/accounts.json":                                        {"case-uco", 14, 6},
		"case/exif_data.json":                                       {"case-uco", 14, 1},
		"case/file.json":                                            {"case-uco", 27, 9},
		"case/location.json":                                        {"case-uco", 2, 0},
		"case/sms_and_contacts.json":                                {"case-uco", 13, 4},
		"vics/vics_1_3_synthetic.json":                              {"vics", 8, 32},
		"vics/vics_2_0_synthetic.json":                              {"vics", 15, 60},
		"cybertip/file_details_synthetic.xml":                       {"cybertip", 1, 4},
		"cybertip/report_synthetic_1.xml":                           {"cybertip", 1, 8},
		"mail/message.eml":                                          {"mail", 2, 10}, // with the picture attached to it
		"mail/box.mbox":                                             {"mbox", 2, 4},
		"mail/chat.txt":                                             {"chat", 3, 2},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "files", path))
		if err != nil {
			t.Error(err)
			continue
		}
		_, rep, err := read(t, path, data, intake.Defaults{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		sum := rep.Totals()
		if values := sum.New + sum.NeedsPerson + sum.Refused; rep.Format != want.format || rep.Records != want.records || values != want.values {
			t.Errorf("%s: read as %s, %d records, %d values; want %s, %d and %d", path, rep.Format, rep.Records, values, want.format, want.records, want.values)
		}
	}
}

// The same event as MISP and as STIX, and the same disclosure in all four formats of
// an export, give the same identifiers.
func TestTwins(t *testing.T) {
	for _, pair := range [][2]string{
		{"csv/cases_open.csv", "csv/cases_open.json"},
		{"stix/disclosure_open.json", "misp/disclosure_open.json"},
		{"stix/disclosure_open.json", "case/disclosure_open.json"},
		{"stix/disclosure_open.json", "csv/disclosure_open.csv"},
		{"misp/mispstix_test_events_collection_1.json", "stix/mispstix_test_event1_stix21.json"},
		{"misp/mispstix_test_events_collection_1.json", "stix/mispstix_test_event1_stix20.json"},
	} {
		var sets [2][]string
		for i, path := range pair {
			data, err := os.ReadFile(filepath.Join("testdata", "files", path))
			if err != nil {
				t.Fatal(err)
			}
			found, _, err := read(t, path, data, intake.Defaults{})
			if err != nil {
				t.Fatal(err)
			}
			sets[i] = distinct(found)
		}
		if !slices.Equal(sets[0], sets[1]) || len(sets[0]) == 0 {
			t.Errorf("%v: %v and %v", pair, sets[0], sets[1])
		}
	}
}

func distinct(found []intake.Found) []string {
	var out []string
	for _, f := range found {
		out = append(out, string(f.Identifier.Kind())+" "+f.Identifier.Reveal())
	}
	slices.Sort(out)
	return slices.Compact(out)
}
