package identify

import "strings"

// A renumbering is a change of a country's numbering plan: numbers are still written, and
// sent by services, as they were before. The present form is the canonical one and the
// older one a second key, so that both meet whichever a file has.
type renumbering struct {
	code    string                  // with its plus
	present func(old string) string // the present form of the digits behind the code, "" if they are no older form
	older   func(now string) string // the older form of present digits, "" if there is none
	why     string
}

var renumberings = []renumbering{
	{"+52", mexicoPresent, func(n string) string { return prefixed(n, 10, "1") }, "Mexico's 1 for mobiles, left out since 2019"},
	{"+55", brazilPresent, brazilOlder, "Brazil's ninth digit of mobiles"},
	{"+229", func(old string) string { return prefixed(old, 8, "01") }, func(n string) string { return without(n, 10, "01") }, "Benin's 01 since 2024"},
	{"+225", ivoryPresent, func(n string) string { return dropped(n, 10, 2) }, "Ivory Coast's ten digits since 2021"},
	{"+39", italyPresent, func(n string) string { return without(n, -1, "0") }, "Italy's leading zero, a part of the number since 1998"},
	{"+54", func(string) string { return "" }, func(n string) string { return without(n, 11, "9") }, "Argentina's 9 for mobiles"},
}

// prefixed puts digits in front of a number of a length.
func prefixed(n string, length int, digits string) string {
	if len(n) != length {
		return ""
	}
	return digits + n
}

// without takes digits off the front of a number of a length; -1 is any.
func without(n string, length int, digits string) string {
	rest, ok := strings.CutPrefix(n, digits)
	if !ok || length >= 0 && len(n) != length {
		return ""
	}
	return rest
}

// dropped leaves out the first digits of a number of a length.
func dropped(n string, length, digits int) string {
	if len(n) != length {
		return ""
	}
	return n[digits:]
}

func mexicoPresent(old string) string {
	if len(old) == 11 && old[0] == '1' {
		return old[1:]
	}
	return ""
}

// brazilPresent adds the ninth digit to mobiles of eight, which began with 6 to 9.
func brazilPresent(old string) string {
	if len(old) == 10 && old[2] >= '6' {
		return old[:2] + "9" + old[2:]
	}
	return ""
}

func brazilOlder(now string) string {
	if len(now) == 11 && now[2] == '9' && now[3] >= '6' {
		return now[:2] + now[3:]
	}
	return ""
}

// ivoryPresent puts the operator's two digits in front of eight, by the plan of ARTCI of
// 31 January 2021: for mobiles by the second digit, for fixed lines by the third.
func ivoryPresent(old string) string {
	if len(old) != 8 {
		return ""
	}
	if old[0] == '2' || old[0] == '3' {
		switch old[2] {
		case '8':
			return "21" + old
		case '0':
			return "25" + old
		}
		return "27" + old
	}
	switch old[1] {
	case '0', '1', '2', '3':
		return "01" + old
	case '4', '5', '6':
		return "05" + old
	case '7', '8', '9':
		return "07" + old
	}
	return ""
}

func italyPresent(old string) string {
	if old != "" && old[0] != '0' && old[0] != '3' && len(old) >= 8 {
		return "0" + old
	}
	return ""
}

// presentForm returns the present form of a number in international form that is in no
// numbering plan any more.
func presentForm(e164 string) (present, why string) {
	for _, r := range renumberings {
		if old, ok := strings.CutPrefix(e164, r.code); ok {
			if now := r.present(old); now != "" {
				return r.code + now, r.why
			}
		}
	}
	return "", ""
}

// olderForm returns the form that a number had before its country's plan changed.
func olderForm(e164 string) string {
	for _, r := range renumberings {
		if now, ok := strings.CutPrefix(e164, r.code); ok {
			if old := r.older(now); old != "" {
				return r.code + old
			}
		}
	}
	return ""
}
