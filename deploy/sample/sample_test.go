package sample

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "make the sample files anew")

// A number of the fictional ranges, in national digits after the trunk prefix.
type number struct{ region, code, national string }

// universe lists all fictional numbers that the samples draw from.
func universe() []number {
	var all []number
	block := func(region, code, prefix string, digits int) {
		for i := range pow10(digits) {
			all = append(all, number{region, code, fmt.Sprintf("%s%0*d", prefix, digits, i)})
		}
	}
	for _, area := range []string{"113496", "115496", "117496", "121496", "141496", "161496", "191498", "163296"} {
		block("GB", "44", area+"0", 3)
	}
	for _, b := range []string{"19900", "35301", "53649"} {
		block("FR", "33", b, 4)
	}
	block("DE", "49", "3023125", 3)
	block("DE", "49", "6990009", 3)
	for _, npa := range []string{"202", "212", "303", "312", "415", "512", "617", "702", "808", "904"} {
		block("US", "1", npa+"55501", 2)
	}
	return all
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// at returns the i-th number in an order that mixes the countries.
func at(all []number, i int) number { return all[i*7919%len(all)] }

// spell writes a number in one of eight layouts that files of the field use.
func spell(n number, layout int) (text, region string) {
	d := n.national
	trunk := map[string]string{"GB": "0", "FR": "0", "DE": "0", "US": ""}[n.region]
	half := len(d) / 2
	switch layout % 8 {
	case 0:
		return "+" + n.code + d, ""
	case 1:
		return "+" + n.code + " " + d[:half] + " " + d[half:], ""
	case 2:
		return "00" + n.code + d, "NL" // the international prefix of the file's country
	case 3:
		return trunk + d, n.region
	case 4:
		return "(" + trunk + d[:3] + ") " + d[3:half+1] + "-" + d[half+1:], n.region
	case 5:
		return "tel:+" + n.code + "-" + d[:3] + "-" + d[3:], ""
	case 6:
		return trunk + d[:2] + "." + d[2:half] + "." + d[half:], n.region
	}
	return "+" + n.code + "-" + d[:half] + "-" + d[half:], ""
}

type agency struct {
	dir    string
	phones [][2]int // ranges of positions in the universe's order
	hashes [2]int
	wallet func(i int) bool
	delim  rune
	header []string
	lines  int // position of a broken line, to show what intake says of it
}

var agencies = []agency{
	{"nl", [][2]int{{0, 3000}}, [2]int{0, 600}, func(i int) bool { return i%3 != 2 }, ';', []string{"telefoon", "land", "eerst_gezien"}, 56},
	{"fr", [][2]int{{2700, 5900}}, [2]int{580, 1180}, func(i int) bool { return i%3 != 0 }, ';', []string{"téléphone", "pays", "vu_le"}, 211},
	{"gb", [][2]int{{5700, 8700}, {0, 120}}, [2]int{1150, 1750}, func(i int) bool { return i%5 == 0 }, ',', []string{"phone", "region", "first_seen"}, 1009},
}

func generate(t *testing.T, a agency) map[string][]byte {
	t.Helper()
	all := universe()
	out := map[string][]byte{}

	var phones bytes.Buffer
	w := csv.NewWriter(&phones)
	w.Comma = a.delim
	row := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	row(a.header...)
	lines := 1
	for _, r := range a.phones {
		for i := r[0]; i < r[1]; i++ {
			if lines++; lines == a.lines {
				row("see attached note", "", "2026-02-30") // a line that holds no number
				lines++
			}
			text, region := spell(at(all, i), i+len(a.dir)+int(a.dir[0]))
			row(text, region, fmt.Sprintf("2026-%02d-%02d", 1+i%9, 1+i%28))
		}
	}
	if a.dir == "nl" { // six spellings of one number
		for layout := range 6 {
			text, region := spell(at(all, 1), layout)
			row(text, region, "2026-03-01")
		}
	}
	w.Flush()
	out["phones.csv"] = phones.Bytes()

	published, err := os.ReadFile("ofac.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(published)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var wallets bytes.Buffer
	w = csv.NewWriter(&wallets)
	for i, cells := range rows {
		if i == 0 || a.wallet(i) {
			row(cells[:2]...)
		}
	}
	w.Flush()
	out["wallets.csv"] = wallets.Bytes()

	var sha, md strings.Builder
	for i := a.hashes[0]; i < a.hashes[1]; i++ {
		s := sha256.Sum256(fmt.Appendf(nil, "crosscase sample %d", i))
		fmt.Fprintln(&sha, hex.EncodeToString(s[:]))
		if i%3 == 0 {
			m := md5.Sum(fmt.Appendf(nil, "crosscase sample %d", i))
			fmt.Fprintln(&md, strings.ToUpper(hex.EncodeToString(m[:])))
		}
	}
	out["sha256.txt"], out["md5.txt"] = []byte(sha.String()), []byte(md.String())
	out["case.stix.json"] = bundle(t, a, all)
	return out
}

// bundle is a STIX 2.1 case of some twenty observables, of which three are in
// every agency's bundle.
func bundle(t *testing.T, a agency, all []number) []byte {
	t.Helper()
	id := func(kind string, what any) string {
		h := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", a.dir, kind, what))
		h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
		return fmt.Sprintf("%s--%x-%x-%x-%x-%x", kind, h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
	}
	type object map[string]any
	var objects []object
	add := func(kind string, what any, o object) {
		o["type"], o["spec_version"], o["id"] = kind, "2.1", id(kind, what)
		o["object_marking_refs"] = []string{"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"}
		objects = append(objects, o)
	}
	for i := range 6 {
		n := at(all, 9000+100*int(a.dir[0])+i)
		add("phone-number", i, object{"value": n.code + n.national})
	}
	n := at(all, 8999) // in all three
	add("phone-number", "shared", object{"value": "+" + n.code + n.national})
	add("email-addr", "shared", object{"value": "Broker.Transit@example.org"})
	add("user-account", "shared", object{"account_type": "telegram", "account_login": "Transit_Broker_77"})
	for i := range 4 {
		add("email-addr", i, object{"value": fmt.Sprintf("contact%d.%s@example.net", i, a.dir)})
		add("url", i, object{"value": fmt.Sprintf("https://ads.example.com/%s/item/%d?utm_source=x", a.dir, 4700+i)})
	}
	add("domain-name", 0, object{"value": a.dir + "-rooms.example"})
	add("cryptocurrency-wallet", 0, object{"value": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"})
	js, err := json.MarshalIndent(map[string]any{"type": "bundle", "id": id("bundle", 0), "objects": objects}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(js, '\n')
}

// TestFilesAreAsMade holds the committed files to what the generator makes.
func TestFilesAreAsMade(t *testing.T) {
	for _, a := range agencies {
		for name, want := range generate(t, a) {
			path := filepath.Join(a.dir, name)
			if *update {
				if err := os.WriteFile(path, want, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the generator makes; run with -update", path)
			}
		}
	}
}
