package adgen

import "strings"

// tongue is what a language needs: how digits and pairs are said, and sentences.
type tongue struct {
	regions                []string
	digits                 [10][]string // ways to say one digit
	double, triple         string
	pair                   func(int) string // 10 to 99
	join                   []string         // between groups of a number said in parts
	offers, calls, closers []string
	labels                 []string // that stand before numbers of other things
}

var langs = []string{"en", "fr", "es", "de", "ro"}

// say says one digit.
func (w *writer) say(d byte) string { return w.pick(w.digits[d-'0']) }

// sayAll says each digit.
func (w *writer) sayAll(digits string) []string {
	out := make([]string, len(digits))
	for i := range digits {
		out[i] = w.say(digits[i])
	}
	return out
}

// sayPairs says a number by pairs, as one is read aloud where numbers are printed so;
// a pair that begins with zero is said digit by digit.
func (w *writer) sayPairs(digits string) []string {
	var out []string
	for len(digits) > 0 {
		if len(digits) == 1 || digits[0] == '0' || len(digits)%2 == 1 {
			out = append(out, w.say(digits[0]))
			digits = digits[1:]
			continue
		}
		out = append(out, w.pair(int(digits[0]-'0')*10+int(digits[1]-'0')))
		digits = digits[2:]
	}
	return out
}

func english(n int) string {
	teens := []string{"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tens := []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	units := []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n < 20 {
		return teens[n-10]
	}
	return strings.Trim(tens[n/10]+"-"+units[n%10], "-")
}

func french(n int) string {
	small := []string{"", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"}
	tens := []string{"", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt"}
	if n < 20 {
		return small[n]
	}
	base, rest := tens[n/10], n%10
	if n/10 == 7 || n/10 == 9 {
		rest += 10
	}
	switch {
	case n == 80:
		return "quatre-vingts"
	case rest == 0:
		return base
	case (rest == 1 || rest == 11) && n < 80:
		return base + " et " + small[rest]
	}
	return base + "-" + small[rest]
}

func spanish(n int) string {
	teens := []string{"diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve"}
	twenties := []string{"veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve"}
	tens := []string{"", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"}
	units := []string{"", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"}
	switch {
	case n < 20:
		return teens[n-10]
	case n < 30:
		return twenties[n-20]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + " y " + units[n%10]
}

func german(n int) string {
	teens := []string{"zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"}
	tens := []string{"", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"}
	units := []string{"", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"}
	switch {
	case n < 20:
		return teens[n-10]
	case n%10 == 0:
		return tens[n/10]
	}
	return units[n%10] + "und" + tens[n/10]
}

func romanian(n int) string {
	teens := []string{"zece", "unsprezece", "doisprezece", "treisprezece", "paisprezece", "cincisprezece", "șaisprezece", "șaptesprezece", "optsprezece", "nouăsprezece"}
	tens := []string{"", "", "douăzeci", "treizeci", "patruzeci", "cincizeci", "șaizeci", "șaptezeci", "optzeci", "nouăzeci"}
	units := []string{"", "unu", "doi", "trei", "patru", "cinci", "șase", "șapte", "opt", "nouă"}
	switch {
	case n < 20:
		return teens[n-10]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + " și " + units[n%10]
}
