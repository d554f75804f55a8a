package identify

import (
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

func TestIBAN(t *testing.T) {
	var v struct{ Valid, Invalid []string }
	readJSON(t, "iban_open.json", &v)
	c := &tally{t: t, name: "iban"}
	for _, s := range v.Valid {
		want := strings.ToUpper(strings.ReplaceAll(s, " ", ""))
		for _, spelling := range []string{s, strings.ToLower(s), "IBAN: " + s, want} {
			f, err := canonical(spelling, Hint{Kind: casework.Bank})
			c.check(err == nil && f.value == want, "%s: %v", spelling, err)
		}
	}
	for _, s := range v.Invalid {
		_, err := canonical(s, Hint{Kind: casework.Bank})
		c.check(err != nil, "%s was taken", s)
	}
	c.report(65)
}

func TestIMEI(t *testing.T) {
	var v struct {
		Valid   []struct{ In, Out string }
		Invalid []string
	}
	readJSON(t, "imei_open.json", &v)
	c := &tally{t: t, name: "imei"}
	for _, row := range v.Valid {
		f, err := canonical(row.In, Hint{Kind: casework.IMEI})
		c.check(err == nil && f.value == row.Out, "%s: %q %v", row.In, f.value, err)
		if len(row.Out) != 15 {
			c.check(len(f.keys) == 1 && len(f.keys[0]) == 15 && luhn(f.keys[0]), "%s: another form %q", row.In, f.keys)
		}
	}
	for _, s := range v.Invalid {
		_, err := canonical(s, Hint{Kind: casework.IMEI})
		c.check(err != nil, "%s was taken", s)
	}
	c.report(4)
}

func TestOnion(t *testing.T) {
	var v struct {
		Valid   []struct{ In, Host, Service string }
		Invalid []string
	}
	readJSON(t, "onion_open.json", &v)
	c := &tally{t: t, name: "onion"}
	for _, row := range v.Valid {
		want := row.Service
		if want == "" {
			want = row.Host
		}
		f, err := canonical(row.In, Hint{Kind: casework.Onion})
		c.check(err == nil && f.value == want, "%s: %q %v", row.In, f.value, err)
	}
	for _, s := range v.Invalid {
		for _, kind := range []casework.Kind{casework.Onion, casework.URL} {
			s, _, _ := strings.Cut(s, " ")
			_, err := canonical("http://"+s+"/", Hint{Kind: kind})
			c.check(err != nil, "%s was taken as %s", s, kind)
		}
	}
	c.report(11)
}

// The collector's proposals are held to, with three differences that follow
// from the canonical forms: a URL has no scheme, a wallet has its chain, and a
// handle without a platform is refused rather than kept bare. What has a form and
// must not be matched is on a warning list.
func TestNormalisationProposals(t *testing.T) {
	var v struct {
		Cases []struct {
			Type      string  `json:"identifier_type"`
			Value     string  `json:"value"`
			Region    string  `json:"default_region"`
			Canonical *string `json:"canonical"`
			Note      string  `json:"note"`
		}
	}
	readJSON(t, "normalisation_open.json", &v)
	lists, err := warninglist.Load(warninglist.Shipped()...)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]casework.Kind{
		"username": casework.Handle, "image_sha256": casework.SHA256, "image_md5": casework.MD5, "image_pdq": casework.PDQ,
	}
	c := &tally{t: t, name: "normalisation"}
	for _, row := range v.Cases {
		kind, ok := kinds[row.Type]
		if !ok {
			kind = casework.Kind(row.Type)
		}
		h := Hint{Kind: kind, Region: row.Region}
		want := row.Canonical
		switch {
		case kind == casework.URL && want != nil:
			bare := strings.TrimPrefix(*want, "https://")
			want = &bare
		case kind == casework.Handle && strings.HasPrefix(row.Value, "@"):
			h.Platform = "telegram"
		case kind == casework.Handle && !strings.Contains(*want, ":"):
			want = nil
		}
		f, err := canonical(row.Value, h)
		if kind == casework.Wallet {
			_, f.value, _ = strings.Cut(f.value, ":")
		}
		switch {
		case want == nil && strings.Contains(row.Note, "must not be matched"):
			c.check(err == nil && len(lists.On(f.result().Identifier)) > 0, "%s %q may be matched: %v", kind, row.Value, err)
		case want == nil:
			c.check(err != nil, "%s %q became %q", kind, row.Value, f.value)
		default:
			c.check(err == nil && f.value == *want, "%s %q: %q %v", kind, row.Value, f.value, err)
		}
	}
	c.report(33)
}

func TestCanonicalIsItsOwnCanonicalForm(t *testing.T) {
	for _, row := range []struct {
		kind      casework.Kind
		in, want  string
		region    string
		platform  string
		lowBefore bool
	}{
		{kind: casework.Phone, in: "(202) 555-0143", region: "US", want: "+12025550143"},
		{kind: casework.Email, in: "Ann.Other+Shop@BÜCHER.example", want: "ann.other+shop@xn--bcher-kva.example"},
		{kind: casework.Wallet, in: "bitcoin:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4?amount=1", want: "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{kind: casework.Bank, in: "de89 3704 0044 0532 0130 00", want: "DE89370400440532013000"},
		{kind: casework.Handle, in: "https://www.instagram.com/Some.Name/?hl=en", want: "instagram:some.name"},
		{kind: casework.Handle, in: "@Some_Name", platform: "Snap", want: "snapchat:some_name"},
		{kind: casework.URL, in: "HTTP://user:pw@Ads.Example.org:80/a/../b%7Ec?z=1&utm_source=x&a=2#top", want: "ads.example.org/b~c?a=2&z=1"},
		{kind: casework.URL, in: "example.org:8080", want: "example.org:8080/"},
		{kind: casework.Domain, in: "BÜCHER.Example.", want: "xn--bcher-kva.example"},
		{kind: casework.Domain, in: "https://ads.example.net/item/4711", want: "ads.example.net"},
		{kind: casework.Onion, in: "http://PG6MMJIYJMCRSSLVYKFWNNTLARU7P5SVN6Y2YMMJU6NUBXNDF4PSCRYD.onion/x", want: "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"},
		{kind: casework.SHA1, in: "SHA-1:A9993E364706816ABA3E25717850C26C9CD0D89D", want: "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{kind: casework.MD5, in: "md5:D41D8CD98F00B204E9800998ECF8427E", want: "d41d8cd98f00b204e9800998ecf8427e"},
		{kind: casework.SHA1, in: "da39a3ee5e6b4b0d3255bfef95601890afd80709", want: "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{kind: casework.SHA256, in: "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", want: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{kind: casework.IMEI, in: "IMEI: 35-209900-176148-1", want: "352099001761481"},
		{kind: casework.IMSI, in: "001010123456789", want: "001010123456789"},
		{kind: casework.MAC, in: "00-00-5E-00-53-AF", want: "00:00:5e:00:53:af"},
		{kind: casework.MAC, in: "0000.5e00.53af", want: "00:00:5e:00:53:af"},
		{kind: casework.Plate, in: "M-AB 1234", region: "de", want: "DE:MAB1234"},
		{kind: casework.Document, in: "c01x 0000h", region: "DE", want: "DE:C01X0000H"},
		{kind: casework.IP, in: "198.51.100.7:8080 2026-01-02T15:04:05+02:00", want: "198.51.100.7:8080@2026-01-02T13Z"},
		{kind: casework.IP, in: "[2001:DB8::1]:443@2026-01-02T15Z", want: "[2001:db8::1]:443@2026-01-02T15Z"},
		{kind: casework.PGP, in: "0x cbaf 69f1 73a0 fea4 b537 f470 d66c 9593 1195 50fd", want: "CBAF69F173A0FEA4B537F470D66C9593119550FD"},
		{kind: casework.PhotoDNA, in: strings.Repeat("01,", 143) + "2", want: strings.Repeat("01", 143) + "02"},
		{kind: casework.PDQ, in: strings.Repeat("A5", 32), want: strings.Repeat("a5", 32)},
	} {
		h := Hint{Kind: row.kind, Region: row.region, Platform: row.platform}
		f, err := canonical(row.in, h)
		if err != nil || f.value != row.want {
			t.Errorf("%s %q: %q %v, want %q", row.kind, row.in, f.value, err, row.want)
			continue
		}
		again, err := canonical(f.value, Hint{Kind: row.kind})
		if err != nil || again.value != f.value {
			t.Errorf("%s %q is not its own canonical form: %q %v", row.kind, f.value, again.value, err)
		}
	}
}
