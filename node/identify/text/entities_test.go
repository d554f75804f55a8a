package text_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/text"
)

// What stands in texts besides telephone numbers, plainly and defanged; a value in
// brackets is shown and not matched.
func TestExtractOthers(t *testing.T) {
	const onion = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
	for written, want := range map[string]string{
		"write to Seller.Test@Example.org now":                       "email seller.test@example.org",
		"seller (at) example (dot) org":                              "email seller@example.org",
		"seller[at]example[.]org or seller2 AT example DOT net":      "email seller@example.org, email seller2@example.net",
		"vendeur arobase example point org":                          "email vendeur@example.org",
		"see hxxps://ads[.]example[.]net/item/1, and more":           "url ads.example.net/item/1",
		"hxxp://198.51.100[.]7/x":                                    "url 198.51.100.7/x",
		"https://ads.example.net/item/1?utm_source=x.":               "url ads.example.net/item/1",
		"look at www.example.org/ads or ads.example.net":             "url www.example.org/ads, domain ads.example.net",
		"barely used.No texts please":                                "",
		"barely used.no texts":                                       "(domain used.no)",
		"shop: http://" + onion + "/a":                               "onion " + onion,
		"shop " + strings.Replace(onion, ".", "[.]", 1):              "onion " + onion,
		"shop " + strings.Replace(onion, "2gz", "3gz", 1):            "",
		"BTC bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4!":            "wallet bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
		"BTC bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5":             "",
		"eth 0x52908400098527886E0F7030069857D2E4169EE7":             "wallet evm:0x52908400098527886e0f7030069857d2e4169ee7",
		"pay to DE89 3704 0044 0532 0130 00 today":                   "bank DE89370400440532013000",
		"telegram: @test_user_77, insta some.name_x":                 "handle telegram:test_user_77, handle instagram:some.name_x",
		"my snap is test_user77":                                     "handle snapchat:test_user77",
		"t.me/test_user_77":                                          "handle telegram:test_user_77",
		"@test_user_77 without a platform":                           "",
		"telegram only please":                                       "",
		"https://wa.me/447700900145":                                 "phone +447700900145",
		"md5 ab2d8ce8daf513ae854a202112683f1d":                       "md5 ab2d8ce8daf513ae854a202112683f1d",
		"IMEI: 49-015420-323751-8":                                   "imei 490154203237518",
		"from 192.0.2.55 port 8080, version 10.15.7.1":               "ip 192.0.2.55",
		"mac 00:00:5e:00:53:01":                                      "mac 00:00:5e:00:53:01",
		"key ABCD EF01 2345 6789 ABCD  EF01 2345 6789 ABCD EF01":     "pgp ABCDEF0123456789ABCDEF0123456789ABCDEF01",
		"card 4242 4242 4242 4242 exp 12/30":                         "",
		"bücher@bücher.example and ｓｅｌｌｅｒ＠ｅｘａｍｐｌｅ．ｏｒｇ":               "email bücher@xn--bcher-kva.example, email seller@example.org",
		"seller\u200b@exam\u200dple.org":                             "email seller@example.org",
		"tel:+44-7700-900145":                                        "phone +447700900145",
		"order id 447700900145 shipped":                              "(phone +447700900145)",
		"call +44 7700 900145 or +44 7700 900146 (reference 447700)": "phone +447700900145, phone +447700900146",
	} {
		found, _ := text.Extract(written, identify.Hint{})
		var got []string
		for _, f := range found {
			s := fmt.Sprintf("%s %s", f.Identifier.Kind(), f.Identifier.Reveal())
			if !f.Match() {
				s = "(" + s + ")"
			}
			got = append(got, s)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q:\n\tgot  %v\n\twant %s", written, got, want)
		}
	}
}

// A number that lacks its country is counted, and never guessed.
func TestExtractWithoutRegion(t *testing.T) {
	found, national := text.Extract("Call 07700 900145. Sofa, 250 EUR, order 12345678", identify.Hint{})
	if len(found) != 0 || national != 1 {
		t.Errorf("%d found, %d national", len(found), national)
	}
	found, national = text.Extract("Call 07700 900145", identify.Hint{Region: "gb"})
	if len(found) != 1 || national != 0 || !slices.Contains(found[0].Assumed, "region GB") {
		t.Errorf("%d found, %d national", len(found), national)
	}
}
