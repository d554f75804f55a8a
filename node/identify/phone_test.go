package identify

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/crosscase/crosscase/policy/casework"
)

func phone(s, region string) (form, error) {
	return canonical(s, Hint{Kind: casework.Phone, Region: region})
}

// Each example of each region and type reads the same as E.164, as it is dialled
// abroad and as it is dialled at home.
func TestPhoneExamples(t *testing.T) {
	c := &tally{t: t, name: "libphonenumber_examples"}
	for _, row := range readCSV(t, "libphonenumber_examples_open.csv") {
		region, want := row["region"], row["e164"]
		f, err := phone(want, "")
		c.check(err == nil && f.value == want, "%s: %q %v", want, f.value, err)
		number, err := phonenumbers.Parse(want, "ZZ")
		if err != nil {
			t.Fatal(err)
		}
		f, err = phone(phonenumbers.Format(number, phonenumbers.INTERNATIONAL), "")
		c.check(err == nil && f.value == want, "%s in international form: %q %v", want, f.value, err)
		if region == "001" || len(row["national_significant_number"]) < 5 {
			continue
		}
		home := phonenumbers.Format(number, phonenumbers.NATIONAL)
		if region == "AR" && strings.HasPrefix(want, "+5491") {
			home = "011 15-2345-6789" // the Go library prints another area code than the one it read
		}
		f, err = phone(home, region)
		c.check(err == nil && f.value == want && len(f.assumed) > 0, "%s %s: %q %v, want %s", region, home, f.value, err, want)
	}
	c.report(1200)
}

// What libphonenumber's own tests parse, against what it makes of it; a number that
// no subscriber can have is refused here.
func TestPhoneParse(t *testing.T) {
	var v []struct {
		Input  string
		Region string `json:"default_region"`
		E164   *string
		Valid  bool   `json:"valid_number_real_metadata"`
		Error  string `json:"parse_error"`
	}
	readJSON(t, "libphonenumber_parse_open.json", &v)
	c := &tally{t: t, name: "libphonenumber_parse"}
	for _, row := range v {
		region := row.Region
		if region == "ZZ" {
			region = ""
		}
		f, err := phone(row.Input, region)
		if row.E164 == nil || !row.Valid {
			c.check(err != nil, "%q became %q", row.Input, f.value)
			continue
		}
		c.check(err == nil && f.value == *row.E164, "%q in %s: %q %v, want %s", row.Input, row.Region, f.value, err, *row.E164)
	}
	c.report(41)
}

// sixSpellings are twenty countries with the way in which a call abroad is begun.
var sixSpellings = map[string]string{
	"FR": "00", "DE": "00", "ES": "00", "IT": "00", "RO": "00", "NL": "00", "BE": "00", "GB": "00", "IE": "00", "PT": "00", "PL": "00", "AT": "00", "CH": "00", "SE": "00",
	"DK": "00", "BG": "00", "GR": "00", "UA": "00", "US": "011", "AU": "0011",
}

// One number in six spellings is one number.
func TestSixSpellings(t *testing.T) {
	c := &tally{t: t, name: "six spellings"}
	countries := 0
	for region, abroad := range sixSpellings {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
			number := phonenumbers.GetExampleNumberForType(region, kind)
			want := phonenumbers.Format(number, phonenumbers.E164)
			home := phonenumbers.Format(number, phonenumbers.NATIONAL)
			international := phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
			digits := strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, home)
			for _, s := range []struct{ spelling, region string }{
				{want, ""},
				{international, ""},
				{abroad + want[1:], region},
				{home, region},
				{digits, region},
				{strings.NewReplacer(" ", ".", "-", ".", "(", "", ")", "").Replace(home), region},
			} {
				f, err := phone(s.spelling, s.region)
				c.check(err == nil && f.value == want, "%s %q: %q %v, want %s", region, s.spelling, f.value, err, want)
				if s.region == "" && err == nil && len(f.assumed) > 0 {
					t.Errorf("%s %q: assumed %v", region, s.spelling, f.assumed)
				}
			}
			// without a region the national spelling is refused, never guessed
			if f, err := phone(home, ""); err == nil {
				t.Errorf("%s %q became %q without a region", region, home, f.value)
			}
		}
		countries++
	}
	if countries != 20 {
		t.Errorf("%d countries", countries)
	}
	c.report(240)
}

// Numbers reserved for fiction are numbers in form; emergency and short ones belong
// to no subscriber.
func TestReservedAndShort(t *testing.T) {
	var v struct {
		Ranges []struct {
			From string `json:"e164_from"`
			To   string `json:"e164_to"`
		}
		AU []string `json:"au_mobile_list"`
	}
	readJSON(t, "fictional_ranges_open.json", &v)
	c := &tally{t: t, name: "fictional_ranges"}
	for _, r := range v.Ranges {
		for _, s := range []string{r.From, r.To} {
			if s == "" {
				continue
			}
			f, err := phone(s, "")
			c.check(err == nil && f.value == s, "%s: %q %v", s, f.value, err)
		}
	}
	for _, s := range v.AU {
		f, err := phone(s, "AU")
		c.check(err == nil && f.value == "+61"+s[1:], "%s: %q %v", s, f.value, err)
	}
	c.report(40)

	c = &tally{t: t, name: "short_numbers"}
	for _, row := range readCSV(t, "short_numbers_open.csv") {
		for _, s := range []string{row["emergency_example"], "112", "911", "116000"} {
			if s == "" {
				continue
			}
			f, err := phone(s, row["region"])
			c.check(err != nil, "%s in %s became %q", s, row["region"], f.value)
		}
	}
	c.report(400)
}
