package warninglist_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

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
	if got, want := warninglist.Shipped(), []string{"empty-files", "link-in-bio", "reserved-numbers"}; !slices.Equal(got, want) {
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
