package adgen

import (
	"fmt"
	"strings"
)

// A decoyKind writes figures that are no telephone number.
type decoyKind struct {
	name  string
	write func(*writer) string
}

var currencies = map[string][]string{"en": {"$", "£", "USD", "GBP"}, "fr": {"€", "EUR", "euros"}, "es": {"€", "euros", "$", "pesos"}, "de": {"€", "EUR", "Euro"}, "ro": {"lei", "RON", "€", "euro"}}

func (w *writer) price() string {
	c := w.pick(currencies[w.lang])
	amount := w.pick([]string{w.digitsOf(2), w.digitsOf(3), w.digitsOf(4), w.digitsOf(1) + "," + w.digitsOf(3), w.digitsOf(1) + "." + w.digitsOf(3) + ",00", w.digitsOf(2) + " " + w.digitsOf(3), w.digitsOf(3) + ".50"})
	if c == "$" || c == "£" {
		return c + amount
	}
	return amount + w.pick([]string{" ", ""}) + c
}

func (w *writer) date() string {
	d, m, y := 1+w.IntN(28), 1+w.IntN(12), 1998+w.IntN(30)
	return w.pick([]string{
		fmt.Sprintf("%02d.%02d.%d", d, m, y), fmt.Sprintf("%02d/%02d/%d", d, m, y), fmt.Sprintf("%d-%02d-%02d", y, m, d),
		fmt.Sprintf("%d.%d.%02d", d, m, y%100), fmt.Sprintf("%02d-%02d-%d", d, m, y),
	})
}

func (w *writer) hour() string {
	h, m := 6+w.IntN(17), 15*w.IntN(4)
	return w.pick([]string{fmt.Sprintf("%d:%02d", h, m), fmt.Sprintf("%02d:%02d", h, m), fmt.Sprintf("%dh%02d", h, m)})
}

var ages = map[string][]string{
	"en": {"age %d", "%d years old", "%d yo", "I am %d"}, "fr": {"%d ans", "âge %d ans", "j'ai %d ans"}, "es": {"%d años", "tengo %d años", "edad %d"},
	"de": {"%d Jahre", "%d Jahre alt", "Alter %d"}, "ro": {"%d ani", "am %d ani", "vârsta %d ani"},
}

func (w *writer) age() string { return fmt.Sprintf(w.pick(ages[w.lang]), 18+w.IntN(40)) }

func (w *writer) body() string {
	return w.pick([]string{
		fmt.Sprintf("1m%02d %d kg", 50+w.IntN(40), 45+w.IntN(40)), fmt.Sprintf("%d cm, %d kg", 150+w.IntN(40), 45+w.IntN(40)), fmt.Sprintf("5'%d\", %d lbs", w.IntN(12), 100+w.IntN(90)),
		fmt.Sprintf("%d-%d-%d", 80+w.IntN(20), 55+w.IntN(20), 80+w.IntN(20)), fmt.Sprintf("1,%d m / %d kg", 50+w.IntN(40), 45+w.IntN(40)),
	})
}

var countWords = map[string][]string{
	"en": {"two bikes, five wheels and one seat", "make me an offer for two or three items", "one or two evenings a week, from seven to nine", "three rooms, two baths, one garage", "six chairs and four lamps"},
	"fr": {"deux vélos, cinq roues et une selle", "trois pièces, deux salles de bain", "un ou deux soirs par semaine, de sept à neuf heures", "six chaises et quatre lampes"},
	"es": {"dos bicis, cinco ruedas y un sillín", "tres habitaciones, dos baños", "una o dos tardes por semana, de siete a nueve", "seis sillas y cuatro lámparas"},
	"de": {"zwei Räder, fünf Reifen und ein Sattel", "drei Zimmer, zwei Bäder", "ein oder zwei Abende, von sieben bis neun", "sechs Stühle und vier Lampen"},
	"ro": {"două biciclete, cinci roți și o șa", "trei camere, două băi", "una sau două seri, de la șapte la nouă", "șase scaune și patru lămpi"},
}

// figure is a small thing that stands in most adverts.
func (w *writer) figure() string {
	switch w.IntN(7) {
	case 0, 1:
		return w.price()
	case 2:
		return w.age()
	case 3:
		return w.body()
	case 4:
		return w.date()
	case 5:
		return w.hour() + w.pick([]string{"-", " - ", " / "}) + w.hour()
	}
	return w.pick(countWords[w.lang])
}

var decoys = []decoyKind{
	{"prices", func(w *writer) string {
		return w.price() + w.pick([]string{", ", " / ", " - "}) + w.price() + ", " + w.price()
	}},
	{"age-body", func(w *writer) string { return w.age() + ", " + w.body() }},
	{"dates", func(w *writer) string {
		return w.date() + w.pick([]string{" - ", " ", ", "}) + w.date() + " " + w.hour()
	}},
	{"hours", func(w *writer) string { return w.hour() + "-" + w.hour() + ", " + w.hour() + "-" + w.hour() }},
	{"order", func(w *writer) string {
		return w.pick(w.labels) + w.pick([]string{" ", ": ", " # "}) + w.digitsOf(8+w.IntN(7))
	}},
	{"order-grouped", func(w *writer) string {
		sep := w.pick([]string{"-", " ", "/"})
		return w.pick(w.labels) + w.pick([]string{" ", ": "}) + w.digitsOf(3) + sep + w.digitsOf(3+w.IntN(2)) + sep + w.digitsOf(4)
	}},
	{"order-letters", func(w *writer) string {
		return w.pick(w.labels) + ": " + w.pick([]string{"AB", "1Z", "FR", "RX", "SN-"}) + w.digitsOf(9) + w.pick([]string{"", "DE", "X"})
	}},
	{"isbn", func(w *writer) string {
		return "ISBN 978-" + w.digitsOf(1) + "-" + w.digitsOf(3) + "-" + w.digitsOf(5) + "-" + w.digitsOf(1)
	}},
	{"measures", func(w *writer) string {
		return w.digitsOf(3) + "x" + w.digitsOf(3) + w.pick([]string{"x", " x "}) + w.digitsOf(2) + " cm, " + w.digitsOf(2) + ".5 kg"
	}},
	{"car", func(w *writer) string {
		return fmt.Sprintf("%d, %d %03d km, 1.%d TDI, %d PS, %s", 1998+w.IntN(25), 50+w.IntN(200), w.IntN(1000), 4+w.IntN(6), 70+w.IntN(120), w.price())
	}},
	{"coordinates", func(w *writer) string {
		return fmt.Sprintf("%d.%s, %s%d.%s", 20+w.IntN(60), w.digitsOf(4), w.pick([]string{"-", ""}), 1+w.IntN(99), w.digitsOf(5))
	}},
	{"version", func(w *writer) string {
		return fmt.Sprintf("version %d.%d.%d, port %d", w.IntN(20), w.IntN(20), w.IntN(20), 1024+w.IntN(9000))
	}},
	{"card", func(w *writer) string {
		return w.pick([]string{"4242 4242 4242 4242", "4111-1111-1111-1111", "5555 5555 5555 4444", "378282246310005"})
	}},
	{"iban", func(w *writer) string {
		return w.pick([]string{"IBAN DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606", "RO49AAAA1B31007593840000"})
	}},
	{"wallet", func(w *writer) string {
		return w.pick([]string{"BTC bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "ETH 0x52908400098527886E0F7030069857D2E4169EE7"})
	}},
	{"scores", func(w *writer) string {
		return fmt.Sprintf("%d : %d, %d-%d, %d %%", w.IntN(100), w.IntN(100), w.IntN(30), w.IntN(30), w.IntN(100))
	}},
	{"timestamps", func(w *writer) string {
		return fmt.Sprintf("2025%02d%02d%02d%02d%02d", 1+w.IntN(12), 1+w.IntN(28), w.IntN(24), w.IntN(60), w.IntN(60))
	}},
	{"draw", func(w *writer) string {
		var out []string
		for range 6 {
			out = append(out, fmt.Sprint(1+w.IntN(49)))
		}
		return map[string]string{"en": "Lottery numbers ", "fr": "Loto ", "es": "Lotería ", "de": "Lottozahlen ", "ro": "Loto "}[w.lang] + strings.Join(out, w.pick([]string{" ", ", ", "-"}))
	}},
	{"sizes", func(w *writer) string { return "S M L, 38 39 40 41 42, " + w.digitsOf(2) + "% " + w.digitsOf(2) + "%" }},
	{"short-codes", func(w *writer) string {
		return w.pick([]string{"112", "911", "999", "15", "17", "18", "116 000", "110"}) + ", " + w.digitsOf(5)
	}},
	{"counts", func(w *writer) string { return w.pick(countWords[w.lang]) }},
	{"item-address", func(w *writer) string { return "https://ads.example.net/item/" + w.digitsOf(10) }},
	{"years", func(w *writer) string {
		return fmt.Sprintf("%d-%d, %d, %d/%d", 1960+w.IntN(20), 1980+w.IntN(20), 2001+w.IntN(20), 2010+w.IntN(9), 2020+w.IntN(6))
	}},
	{"rent", func(w *writer) string {
		return fmt.Sprintf("%s, %d m2, %d m², %s", w.price(), 20+w.IntN(99), 20+w.IntN(99), w.date())
	}},
}
