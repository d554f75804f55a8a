package warninglist_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

func list(t *testing.T, typ string, matching []string, entries ...string) *warninglist.List {
	t.Helper()
	data, err := json.Marshal(map[string]any{"name": "a list", "version": 3, "type": typ, "matching_attributes": matching, "list": entries})
	if err != nil {
		t.Fatal(err)
	}
	l, err := warninglist.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		list *warninglist.List
		kind casework.Kind
		yes  []string
		no   []string
	}{
		{list(t, "string", nil, "Example.ORG", "https://a.example/x", "1KFHE7w8BhaENAswwryaoccDb6qcT6DbYY"), casework.URL,
			[]string{"example.org", "example.org/", "a.example/x", "bitcoin:1KFHE7w8BhaENAswwryaoccDb6qcT6DbYY"}, []string{"www.example.org", "a.example"}},
		{list(t, "substring", nil, "microsoft"), casework.Domain, []string{"login.microsoft.example"}, []string{"example.org"}},
		{list(t, "hostname", nil, "example.org", ".example.net"), casework.Email, []string{"a@example.org", "a@x.example.org", "a@example.net"}, []string{"a@badexample.org", "example.org@x.example"}},
		{list(t, "hostname", nil, "example.org"), casework.URL, []string{"www.example.org/path?q=1", "example.org:8080/x"}, []string{"x.example/example.org"}},
		{list(t, "cidr", nil, "192.0.2.0/24", "2001:db8::/32", "198.51.100.7"), casework.IP,
			[]string{"192.0.2.9", "192.0.2.9:80@2026-03-01T07Z", "[2001:db8::9]:80", "198.51.100.7"}, []string{"198.51.100.8", "not an address"}},
		{list(t, "cidr", nil, "192.0.2.0/24"), casework.URL, []string{"192.0.2.9/x"}, []string{"example.org/192.0.2.9"}},
		{list(t, "regex", nil, `/^\+1555\d+$/i`, `^abc\/d`), casework.Phone, []string{"+15551234", "abc/def"}, []string{"+4415551234"}},
		{list(t, "string", []string{"md5", "filename|sha1"}, "aa"), casework.SHA1, []string{"aa"}, nil},
		{list(t, "string", []string{"md5"}, "aa"), casework.SHA1, nil, []string{"aa"}},
		{list(t, "string", []string{"vulnerability"}, "aa"), casework.MD5, nil, []string{"aa"}},
	} {
		for _, v := range c.yes {
			if !c.list.Matches(c.kind, v) {
				t.Errorf("%s %q is not on the list", c.kind, v)
			}
		}
		for _, v := range c.no {
			if c.list.Matches(c.kind, v) {
				t.Errorf("%s %q is on the list", c.kind, v)
			}
		}
	}
}

func TestBadLists(t *testing.T) {
	for _, bad := range []string{
		"", "[]", `{"name":"","type":"string","list":[]}`, `{"name":"x","type":"mystery","list":[]}`,
		`{"name":"x","type":"cidr","list":["10.0.0.0/99"]}`, `{"name":"x","type":"regex","list":["(?=back)"]}`, `{"name":"x","type":"regex","list":["["]}`,
	} {
		if _, err := warninglist.Parse([]byte(bad)); !errors.Is(err, warninglist.ErrList) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := warninglist.Load("no-such"); !errors.Is(err, warninglist.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if _, err := warninglist.Load("../set"); !errors.Is(err, warninglist.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func TestShipped(t *testing.T) {
	if got, want := warninglist.Shipped(), []string{"common-wallets", "disposable-mail", "empty-files", "infrastructure", "link-in-bio", "platforms", "reserved-numbers", "role-mailboxes"}; !slices.Equal(got, want) {
		t.Fatalf("shipped: %v", got)
	}
	set, err := warninglist.Load(warninglist.Shipped()...)
	if err != nil {
		t.Fatal(err)
	}
	for value, on := range map[string]bool{
		"+12025550143": true, "+12025550243": false, "+12125551234": false, "+447700900145": true, "+447911123456": false, "+442079460958": true, "+33199000000": true,
		"+33144556677": false, "+493023125000": true, "+493023125999": true, "+496990009123": true, "+61491570006": true, "+441134960123": true,
	} {
		if got := len(set.On(casework.NewIdentifier(casework.Phone, value))) > 0; got != on {
			t.Errorf("%s: %v", value, got)
		}
	}
	if set.On(casework.NewIdentifier(casework.MD5, "d41d8cd98f00b204e9800998ecf8427e")) == nil {
		t.Error("the hash of an empty file is not on a list")
	}
	var none *warninglist.Set
	if none.On(casework.NewIdentifier(casework.Phone, "+12025550143")) != nil || none.Lists() != nil {
		t.Error("no set holds a list")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"name":"x","type":"regex","list":["/a/i"]}`), "abc")
	f.Fuzz(func(t *testing.T, data []byte, value string) {
		l, err := warninglist.Parse(data)
		if err != nil {
			return
		}
		for _, k := range casework.Kinds() {
			l.Matches(k, value)
		}
	})
}

// Of every range that a regulator keeps for fiction, a number is read as one and is on the
// list; the numbers beside the ranges are not.
func TestRangesForFiction(t *testing.T) {
	set, err := warninglist.Load("reserved-numbers")
	if err != nil {
		t.Fatal(err)
	}
	for body, numbers := range map[string]string{
		"NANPA":             "+12025550100 +12025550199 +14165550123",
		"Ofcom":             "+441134960123 +441144960123 +441154960123 +441164960123 +441174960123 +441184960123 +441214960123 +441314960123 +441414960123 +441514960123 +441614960123 +441914980123 +442079460123 +442896496012 +442920180123 +441632960123 +447700900123 +448081570123 +449098790123 +443069990123",
		"ComReg":            "+353209100123 +353209170123",
		"ARCEP":             "+33199001234 +33261911234 +33353011234 +33465711234 +33536491234 +33639981234",
		"Bundesnetzagentur": "+493023125123 +496990009123 +494066969123 +492214710123 +498999998123 +4915228817386 +491729925904",
		"ACMA":              "+61491570006 +61491570156 +61491578957 +61255501234 +61370101234",
		"PTS":               "+46313900612 +46406280412 +46846500412 +46980319212 +46701740612",
	} {
		for number := range strings.FieldsSeq(numbers) {
			r, err := identify.Canonical(number, identify.Hint{Kind: casework.Phone})
			if err != nil {
				t.Errorf("%s: %s is not read: %v", body, number, err)
				continue
			}
			if got := r.Identifier.Reveal(); got != number || len(set.On(r.Identifier)) == 0 {
				t.Errorf("%s: %s is read as %s, on %v", body, number, got, set.On(r.Identifier))
			}
		}
	}
	for _, number := range []string{"+12025550200", "+447700901123", "+33639991234", "+493023225123", "+61491570007"} {
		if on := set.On(casework.NewIdentifier(casework.Phone, number)); len(on) > 0 {
			t.Errorf("%s is on %v", number, on)
		}
	}
}

// What stands in files because of how they were made links no two people; what people
// write in the same places may.
func TestInfrastructureAndRoles(t *testing.T) {
	set, err := warninglist.Load("infrastructure", "role-mailboxes", "platforms", "disposable-mail", "common-wallets")
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{
		"url schemas.openxmlformats.org/package/2006/content-types": true, "url www.w3.org/1999/xhtml": true, "domain fonts.gstatic.com": true,
		"email noreply@example.org": true, "email abuse@example.org": true, "email support@paypal.com": true,
		"url facebook.com/": true, "domain www.instagram.com": true, "url facebook.com/groups/123": false, "email a@mailinator.com": true, "url play.google.com/store/apps/details?id=com.whatsapp": true,
		"wallet bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": true, "wallet bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2": false,
		"url example.org/w3.org": false, "domain example.org": false, "email seller@example.org": false, "email support@example.org": false, "email noreplyman@example.org": false,
	} {
		kind, value, _ := strings.Cut(value, " ")
		if got := len(set.On(casework.NewIdentifier(casework.Kind(kind), value))) > 0; got != want {
			t.Errorf("%s %s: on a list %v, want %v", kind, value, got, want)
		}
	}
}

// Every wallet on the list is one, in the form in which it is compared.
func TestListedWalletsAreRead(t *testing.T) {
	set, err := warninglist.Load("common-wallets")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("lists/common-wallets.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ List []string }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for i, address := range file.List {
		r, err := identify.Canonical(address, identify.Hint{Kind: casework.Wallet})
		if err != nil {
			t.Errorf("entry %d: %v", i+1, err)
			continue
		}
		if len(set.On(r.Identifier)) == 0 {
			t.Errorf("entry %d is not found on its own list", i+1)
		}
	}
}
