package identify

import (
	"errors"
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

// An address is what it leads to, whatever kind it was given as.
func TestAddressesLeadToOneThing(t *testing.T) {
	for address, want := range map[string]string{
		"https://t.me/Probe_User": "handle telegram:probe_user", "t.me/probe_user": "handle telegram:probe_user", "tg://resolve?domain=probe_user": "handle telegram:probe_user",
		"https://twitter.com/probe_user": "handle x:probe_user", "https://mobile.twitter.com/probe_user?s=21": "handle x:probe_user",
		"https://www.facebook.com/profile.php?id=100001234567890": "handle facebook:100001234567890", "https://nl-nl.facebook.com/people/T-P/100001234567890/": "handle facebook:100001234567890",
		"https://de.linkedin.com/in/test-person/": "handle linkedin:test-person", "https://www.tiktok.com/@some.one": "handle tiktok:some.one",
		"https://wa.me/447700900145": "phone +447700900145", "https://api.whatsapp.com/send?phone=447700900145&text=x": "phone +447700900145", "whatsapp://send?phone=447700900145": "phone +447700900145",
		"447700900145@s.whatsapp.net": "phone +447700900145", "447700900145:12@s.whatsapp.net": "phone +447700900145", "tel:+44-7700-900145": "phone +447700900145",
		"https://signal.me/#p/+447700900145": "phone +447700900145", "mailto:Seller@Example.org?subject=x": "email seller@example.org",
		"https://matrix.to/#/@probe:example.org":                                  "handle matrix:probe:example.org",
		"http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/x": "onion 2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion",
		"bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4?amount=1":             "wallet bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
		"https://etherscan.io/address/0xde709f2102306220921060314715629080e2fb77": "wallet evm:0xde709f2102306220921060314715629080e2fb77",
	} {
		for _, kind := range []casework.Kind{"", casework.URL, casework.Handle, casework.Phone, casework.Email} {
			r, err := Canonical(address, Hint{Kind: kind})
			if err != nil {
				t.Errorf("%s as %q: %v", address, kind, err)
				continue
			}
			if got := string(r.Identifier.Kind()) + " " + r.Identifier.Reveal(); got != want {
				t.Errorf("%s as %q: %s, want %s", address, kind, got, want)
			}
		}
	}
}

// Pages that are nobody's are addresses, and no names.
func TestPagesOfNobody(t *testing.T) {
	for _, address := range []string{
		"https://t.me/joinchat/AAAAAE", "https://t.me/+AbCdEf", "https://t.me/addstickers/Some", "https://t.me/some_channel/12", "https://x.com/some_one/status/1", "https://x.com/i/events/1",
		"https://www.facebook.com/story.php?story_fbid=1&id=2", "https://www.facebook.com/groups/123456/", "https://www.facebook.com/messages/t/1", "https://www.instagram.com/p/Cabc/",
		"https://www.linkedin.com/company/test-co/", "https://www.tiktok.com/@some.one/video/1", "https://vk.com/wall-123_4", "https://github.com/features", "https://chat.whatsapp.com/AbCdEf",
		"https://www.reddit.com/r/test/", "https://www.youtube.com/watch?v=abc", "https://cash.app/help", "https://onlyfans.com/123456789/someone",
	} {
		r, err := Canonical(address, Hint{Kind: casework.URL})
		if err != nil || r.Identifier.Kind() != casework.URL {
			t.Errorf("%s: %s, %v", address, r.Identifier.Kind(), err)
		}
		if r, err := Canonical(address, Hint{Kind: casework.Handle}); err == nil {
			t.Errorf("%s is %s", address, r.Identifier.Reveal())
		}
	}
	for _, shared := range []string{"https://signal.me/#eu/abc", "https://simplex.chat/contact#/?v=1", "https://web.telegram.org/k/", "120363041@g.us", "184069530861739@lid", "status@broadcast"} {
		if r, err := Canonical(shared, Hint{Kind: casework.URL}); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s is %s %s: %v", shared, r.Identifier.Kind(), r.Identifier.Reveal(), err)
		}
	}
}

func TestPresentFormsOfNumbers(t *testing.T) {
	for written, want := range map[string][2]string{
		"+52 1 222 123 4567": {"+522221234567", "+5212221234567"}, "+52 222 123 4567": {"+522221234567", "+5212221234567"},
		"+55 11 8765 4321": {"+5511987654321", "+551187654321"}, "+229 97 12 34 56": {"+2290197123456", "+22997123456"},
		"+225 07 12 34 56": {"+2250707123456", "+22507123456"}, "+54 9 11 2345 6789": {"+5491123456789", "+541123456789"},
		"+39 2 1234 5678": {"+390212345678", "+39212345678"}, "+44 7700 900145": {"+447700900145", ""},
	} {
		r, err := Canonical(written, Hint{Kind: casework.Phone})
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		older := ""
		if len(r.Keys) > 0 {
			older = r.Keys[0].Reveal()
		}
		if got := [2]string{r.Identifier.Reveal(), older}; got != want {
			t.Errorf("%s: %v, want %v", written, got, want)
		}
	}
}
