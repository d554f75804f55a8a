package identify

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

// readPhone reads a number the way a subscriber would dial it in the hinted
// region, or with its country code anywhere.
func readPhone(s string, h Hint) (form, error) {
	s = plainDigits(s)
	region := strings.ToUpper(strings.TrimSpace(h.Region))
	if region != "" && phonenumbers.GetCountryCodeForRegion(region) == 0 {
		return form{}, fmt.Errorf("region is not an ISO 3166 code with telephones: %w", ErrRegionNeeded)
	}
	if e164, ok := inFull(s); ok {
		f := form{value: e164, confidence: 1}
		if older := olderForm(e164); older != "" {
			f.keys = []string{older}
		}
		return f, nil
	}
	digits := countDigits(s)
	if digits < 5 {
		return form{}, fmt.Errorf("too short for a subscriber's number, perhaps an emergency or short number: %w", ErrNotIdentifier)
	}
	if digits > 30 {
		return form{}, fmt.Errorf("too many digits for a telephone number: %w", ErrNotIdentifier)
	}
	f, err := parsePhone(s, region)
	if err == nil {
		return f, nil
	}
	// 00 is dialled for + in most of the world; where it is not, no national
	// number begins with it.
	if international, ok := doubleZero(s); ok && region != "" {
		if f, err := parsePhone(international, ""); err == nil {
			f.assumed = append(f.assumed, "00 read as the international prefix")
			f.confidence = 0.7
			return f, nil
		}
	}
	return form{}, err
}

func parsePhone(s, region string) (form, error) {
	parseIn := region
	if parseIn == "" {
		parseIn = "ZZ"
	}
	number, err := phonenumbers.Parse(s, parseIn)
	if err != nil {
		if region == "" && errors.Is(err, phonenumbers.ErrInvalidCountryCode) && !strings.Contains(s, "+") {
			return form{}, fmt.Errorf("a national number: %w", ErrRegionNeeded)
		}
		return form{}, fmt.Errorf("not a telephone number that can be dialled: %w", ErrNotIdentifier)
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	renumbered := ""
	if !phonenumbers.IsValidNumber(number) && !reservedNumber(e164) {
		if now, why := presentForm(e164); now != "" && validE164(now) {
			e164, renumbered = now, why
		}
	}
	if renumbered == "" && !phonenumbers.IsValidNumber(number) && !reservedNumber(e164) {
		return form{}, fmt.Errorf("no subscriber can have this number, it is not in the numbering plan: %w", ErrNotIdentifier)
	}
	if region != "" && !strings.Contains(s, "+") && isShort(number, s, region) {
		return form{}, fmt.Errorf("an emergency or short number: %w", ErrNotIdentifier)
	}
	f := form{value: e164, confidence: 1}
	if region != "" && !hasCountryCode(s, e164) {
		f.assumed = append(f.assumed, "region "+region)
		f.confidence = 0.9
	}
	if renumbered != "" {
		f.assumed = append(f.assumed, "the present form of a number that was renumbered: "+renumbered)
	}
	if older := olderForm(e164); older != "" {
		f.keys = []string{older}
	}
	if number.GetExtension() != "" {
		f.assumed = append(f.assumed, "extension left out")
	}
	return f, nil
}

// validE164 reports whether a number in international form is in its numbering plan.
func validE164(e164 string) bool {
	n, err := phonenumbers.Parse(e164, "ZZ")
	return err == nil && phonenumbers.IsValidNumber(n) && phonenumbers.Format(n, phonenumbers.E164) == e164
}

// hasCountryCode says whether the number was written with its country code
// after a plus, so that the region had no part in reading it.
func hasCountryCode(s, e164 string) bool {
	at := strings.IndexAny(s, "+")
	if at < 0 {
		return false
	}
	var b strings.Builder
	b.WriteByte('+')
	for _, r := range s[at+1:] {
		if r >= '0' && r <= '9' {
			b.WriteByte(byte(r))
			if b.Len() == 3 {
				break
			}
		}
	}
	return strings.HasPrefix(e164, b.String()) || strings.HasPrefix(b.String(), e164[:2])
}

// isShort tells emergency and other short numbers of the region, which are
// dialled as they are and belong to no subscriber.
func isShort(number *phonenumbers.PhoneNumber, s, region string) bool {
	n := countDigits(s)
	if n > 6 {
		return false
	}
	if n == 6 && strings.HasPrefix(chars.Compact(s, "-./()"), "116") {
		return true // harmonised services of social value: missing children, victims
	}
	return phonenumbers.IsEmergencyNumber(s, region) || phonenumbers.IsValidShortNumberForRegion(number, region)
}

// reserved lists number ranges that regulators keep for films and examples and
// that the metadata does not hold as valid. They are numbers in form, so they
// are read; that they belong to nobody is for the warning list to say.
var reserved = []struct {
	prefix string
	digits int
}{
	{"+44113496", 12}, {"+44114496", 12}, {"+44115496", 12}, {"+44116496", 12}, {"+44117496", 12}, {"+44118496", 12}, // Ofcom, geographic
	{"+44121496", 12}, {"+44131496", 12}, {"+44141496", 12}, {"+44151496", 12}, {"+44161496", 12}, {"+44191498", 12},
	{"+442079460", 12}, {"+442890180", 12}, {"+442896496", 12}, {"+442920180", 12},
	{"+441632960", 12}, {"+447700900", 12}, {"+448081570", 12}, {"+449098790", 12}, {"+443069990", 12},
	{"+3363998", 11}, {"+3319900", 11}, {"+3326191", 11}, {"+3335301", 11}, {"+3346571", 11}, {"+3353649", 11}, // ARCEP
	{"+35320910", 11}, {"+35320911", 11}, {"+35320912", 11}, {"+35320913", 11}, // ComReg, 020 910 0000 to 020 917 9999
	{"+35320914", 11}, {"+35320915", 11}, {"+35320916", 11}, {"+35320917", 11},
	{"+35320910", 12}, {"+35320911", 12}, {"+35320912", 12}, {"+35320913", 12},
	{"+35320914", 12}, {"+35320915", 12}, {"+35320916", 12}, {"+35320917", 12},
	{"+61255500", 11}, {"+61355500", 11}, {"+61755500", 11}, {"+61855500", 11}, {"+61270100", 11}, {"+61370100", 11}, {"+61770100", 11}, {"+61870100", 11}, // ACMA
	{"+46313906", 11}, {"+4640628", 11}, {"+468465004", 11}, {"+46980319", 11}, {"+46701740", 11}, // PTS
}

func reservedNumber(e164 string) bool {
	for _, r := range reserved {
		if len(e164) == r.digits+1 && strings.HasPrefix(e164, r.prefix) {
			return true
		}
	}
	return false
}

func doubleZero(s string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(s, " ("), "00")
	return "+" + rest, ok
}

func countDigits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// PhoneCountry returns the ISO 3166 code of the country that a number, written with its
// country code, is of; "" where that is not one.
func PhoneCountry(value string) string {
	f, err := canonical(value, Hint{Kind: casework.Phone})
	if err != nil {
		return ""
	}
	n, err := phonenumbers.Parse(f.value, "ZZ")
	if err != nil {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(n); region != "" {
		return region
	}
	return phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())) // of a range that is not in use
}

// PhoneLike reports whether a value has the form of a telephone number as people write
// them: enough digits, nothing that numbers do not have, and no date.
func PhoneLike(value string) bool {
	s := strings.TrimSpace(plainDigits(value))
	digits := countDigits(s)
	if digits < 7 || digits > 16 || !phoneShape(s) {
		return false
	}
	if at := strings.IndexByte(s, '.'); at >= 0 && strings.Count(s, ".") == 1 && len(s)-at <= 3 && chars.AllDigits(s[:at]) {
		return false // an amount
	}
	return !dateLike.MatchString(s)
}

var dateLike = regexp.MustCompile(`^(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d)(?:[ T].*)?$|^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?$|:\d\d$`)

// Dial reads digits as a subscriber of a region dials them, or in international form
// where no region is given. It returns E.164 and what was assumed.
func Dial(digits, region string) (e164 string, assumed []string, err error) {
	f, err := parsePhone(digits, region)
	return f.value, f.assumed, err
}

// NationalDigits returns the digits of a number as it is dialled within its country.
func NationalDigits(e164 string) string {
	n, err := phonenumbers.Parse(e164, "ZZ")
	if err != nil {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phonenumbers.Format(n, phonenumbers.NATIONAL))
}
