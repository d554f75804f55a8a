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
		format  intake.Format
		records int
		values  int // taken and refused together
	}{
		"csv/cases_open.csv":                                        {intake.CSV, 33, 33},
		"csv/cases_open.json":                                       {intake.JSON, 33, 33},
		"csv/ftc_dnc_format_synthetic_open.csv":                     {intake.CSV, 65, 58},
		"csv/pymisp_valid_fieldnames.csv":                           {intake.CSV, 3, 9},
		"stix/ctidoc_malware-indicator-for-file-hash.json":          {intake.STIX, 3, 1},
		"stix/ctidoc_sighting-of-an-indicator.json":                 {intake.STIX, 4, 1},
		"stix/ctidoc_using-granular-markings.json":                  {intake.STIX, 4, 0},
		"stix/disclosure_open.json":                                 {intake.STIX, 12, 3},
		"misp/disclosure_open.json":                                 {intake.MISP, 4, 3},
		"case/disclosure_open.json":                                 {intake.CASE, 20, 3},
		"csv/disclosure_open.csv":                                   {intake.CSV, 3, 3},
		"stix/dogesec_cryptocurrency-wallet.json":                   {intake.STIX, 1, 1},
		"stix/mispstix_test_attributes_collection_stix21.json":      {intake.STIX, 15, 6},
		"stix/mispstix_test_event1_stix20.json":                     {intake.STIX, 7, 2},
		"stix/mispstix_test_event1_stix21.json":                     {intake.STIX, 9, 2},
		"stix/oasis_indicator-for-c2-ip-address.json":               {intake.STIX, 1, 1},
		"stix/oasis_infrastructure.json":                            {intake.STIX, 10, 2},
		"stix/oasis_malicious-email-indicator-with-attachment.json": {intake.STIX, 6, 0},
		"stix/synthetic_case_open.json":                             {intake.STIX, 12, 13},
		"misp/mispstix_test_attributes_collection_1.json":           {intake.MISP, 2, 1},
		"misp/mispstix_test_events_collection_1.json":               {intake.MISP, 2, 1},
		"misp/pymisp_attribute_del.json":                            {intake.MISP, 1, 0},
		"misp/pymisp_event_obj_attr_tag.json":                       {intake.MISP, 2, 1},
		"misp/pymisp_misp_event.json":                               {intake.MISP, 2, 1},
		"misp/pymisp_shadow.json":                                   {intake.MISP, 2, 0},
		"misp/synthetic_event_open.json":                            {intake.MISP, 10, 12},
		"case/accounts.json":                                        {intake.CASE, 14, 6},
		"case/exif_data.json":                                       {intake.CASE, 14, 1},
		"case/file.json":                                            {intake.CASE, 27, 9},
		"case/location.json":                                        {intake.CASE, 2, 0},
		"case/sms_and_contacts.json":                                {intake.CASE, 13, 4},
		"vics/vics_1_3_synthetic.json":                              {intake.VICS, 8, 32},
		"vics/vics_2_0_synthetic.json":                              {intake.VICS, 15, 60},
		"cybertip/file_details_synthetic.xml":                       {intake.CyberTip, 1, 4},
		"cybertip/report_synthetic_1.xml":                           {intake.CyberTip, 1, 8},
		"mail/message.eml":                                          {intake.Mail, 1, 8},
		"mail/box.mbox":                                             {intake.Mbox, 2, 4},
		"mail/chat.txt":                                             {intake.Text, 2, 2},
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
