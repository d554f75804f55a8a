package text_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/text"
)

func shown(written, region string) string {
	found, _ := text.Extract(written, identify.Hint{Region: region})
	var got []string
	for _, f := range found {
		s := fmt.Sprintf("%s %s", f.Identifier.Kind(), f.Identifier.Reveal())
		if !f.Match() {
			s = "(" + s + ")"
		}
		got = append(got, s)
	}
	return strings.Join(got, ", ")
}

// Numbers as people write them in adverts, by region; what is doubtful is in brackets.
func TestStylesOfAdverts(t *testing.T) {
	for _, c := range [][3]string{
		{"CN", "电话13800138000联系我", "phone +8613800138000"},
		{"CN", "加我微信一三八零零一三八零零零谢谢", "phone +8613800138000"},
		{"CN", "一个人，二手车，三间房", ""},
		{"JP", "お電話は090-1234-5678まで", "phone +819012345678"},
		{"TH", "โทร081-234-5678ค่ะ", "phone +66812345678"},
		{"KR", "전화010-1234-5678로연락", "phone +821012345678"},
		{"IT", "chiama tre tre tre uno due tre quattro cinque sei sette", "phone +393331234567"},
		{"PT", "liga nove um dois três quatro cinco seis sete oito", "phone +351912345678"},
		{"NL", "bel nul zes een twee drie vier vijf zes zeven acht", "phone +31612345678"},
		{"PL", "dzwoń pięć jeden dwa trzy cztery pięć sześć siedem osiem", "phone +48512345678"},
		{"RU", "звоните восемь девять один два три четыре пять шесть семь восемь девять", "phone +79123456789"},
		{"UA", "телефон нуль шість сім один два три чотири п'ять шість сім", "phone +380671234567"},
		{"TR", "ara sıfır beş üç iki bir iki üç dört beş altı yedi", "phone +905321234567"},
		{"AE", "اتصل صفر خمسة صفر واحد اثنان ثلاثة اربعة خمسة ستة سبعة", "phone +971501234567"},
		{"IN", "कॉल नौ आठ सात छह पांच चार तीन दो एक शून्य", "phone +919876543210"},
		{"US", "call too oh two five five five oh won for ate", "phone +12025550148"},
		{"US", "we ate too, for one or two, to go", ""},
		{"US", "call 202-555-0145/0146", "phone +12025550145, phone +12025550146"},
		{"US", "2!02!5!55!01!46", "phone +12025550146"},
		{"US", "call us! 24 hours! 7 days! 100 rooms", ""},
		{"US", "$200tel2025550145", "phone +12025550145"},
		{"US", "win10 iphone12 mp3 A4 34DD", ""},
		{"GB", "<p>call <b>07700</b>&nbsp;<i>900147</i></p>", "phone +447700900147"},
		{"GB", `<a href="tel:+447700900145">here</a>`, "phone +447700900145"},
		{"GB", "if a < b & c > d then 5 &amp; 6", ""},
	} {
		if got := shown(c[1], c[0]); got != c[2] {
			t.Errorf("%s %q:\n\tgot  %s\n\twant %s", c[0], c[1], got, c[2])
		}
	}
}

// What looks like an address and is none, and addresses by what they lead to.
func TestFalseAddresses(t *testing.T) {
	for written, want := range map[string]string{
		"I sent archive.zip and run.sh, see notes.md":                                "(domain archive.zip), (domain run.sh), (domain notes.md)",
		"e.g. foo, i.e.bar at 10.30.pm":                                              "(domain i.e.bar), (domain 10.30.pm)",
		"snap is down, telegram is better; kik is dead":                              "(handle telegram:better)",
		"telegram: abcdefghijklmnopqrstuvwxyz_abcdefghij":                            "",
		"block 198.51.100.0/24 and 203.0.113.7/32":                                   "ip 203.0.113.7",
		"txid 4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b sent": "",
		"join https://t.me/joinchat/AAAA or https://t.me/+AbCdEfGh":                  "url t.me/joinchat/AAAA, url t.me/+AbCdEfGh",
		"https://x.com/some_one/status/1":                                            "url x.com/some_one/status/1",
		"https://x.com/some_one and https://twitter.com/some_one":                    "handle x:some_one",
		"https://signal.me/#p/+447700900145 https://signal.me/#eu/abc":               "phone +447700900145",
		"https://tronscan.org/#/address/TNDzfERDpxLDS2w1q6yaFC7pzqaSQ3Bg3r":          "wallet tron:TNDzfERDpxLDS2w1q6yaFC7pzqaSQ3Bg3r",
		"viber://chat?number=%2B447700900145":                                        "phone +447700900145",
		"(https://example.org/wiki/Foo_(bar))":                                       "url example.org/wiki/Foo_(bar)",
		"访问https://example.org/a，电话见网站。":                                             "url example.org/a",
		"邮箱test@example.org联系":                                                       "email test@example.org",
	} {
		if got := shown(written, ""); got != want {
			t.Errorf("%q:\n\tgot  %s\n\twant %s", written, got, want)
		}
	}
}
