package text

import "strings"

// A role is what a word does in a number that is said.
type role uint8

const (
	noRole    role = iota
	unit           // 0 to 9
	teen           // 10 to 19
	ten            // 20, 30 ... 90
	compound       // 21 to 99 in one word
	hundreds       // 100 to 900 in one word
	hundred        // the word that makes hundreds of a unit
	times          // double, triple: the next digit, that often
	filler         // then, dash: between the parts of a number
	plusWord       // plus, for the sign
	homophone      // to, for, ate: a digit only among words for digits
)

type said struct {
	role  role
	value int
	weak  bool // also an ordinary word: it costs nothing to leave it out
}

// sayings holds the words of five languages; none of them means one number in one
// and another in another.
var sayings = buildSayings()

const smallNumbers = `
0 zero oh nought naught null cero nul zeros
1 one un une uno una eins ein eine unu
2 two deux dos zwei zwo doi doua
3 three trois tres drei trei
4 four quatre cuatro vier patru
5 five cinq cinco funf fuenf cinci
6 six seis sechs sase
7 seven sept siete sieben sapte
8 eight huit ocho acht opt
9 nine neuf nueve neun noua niner
10 ten dix diez zehn zece
11 eleven onze once elf unsprezece unspe
12 twelve douze doce zwolf zwoelf doisprezece douasprezece doispe
13 thirteen treize trece dreizehn treisprezece treispe
14 fourteen quatorze catorce vierzehn paisprezece paispe
15 fifteen quinze quince funfzehn fuenfzehn cincisprezece cinspe
16 sixteen seize dieciseis sechzehn saisprezece saispe
17 seventeen diecisiete siebzehn saptesprezece
18 eighteen dieciocho achtzehn optsprezece
19 nineteen diecinueve neunzehn nouasprezece
20 twenty vingt vingts veinte zwanzig douazeci
30 thirty trente treinta dreissig dreizig treizeci
40 forty fourty quarante cuarenta vierzig patruzeci
50 fifty cinquante cincuenta funfzig fuenfzig cincizeci
60 sixty soixante sesenta sechzig saizeci
70 seventy septante setenta siebzig saptezeci
80 eighty huitante octante ochenta achtzig optzeci
90 ninety nonante noventa neunzig nouazeci`

func buildSayings() map[string]said {
	all := map[string]said{}
	for line := range strings.SplitSeq(strings.TrimSpace(smallNumbers), "\n") {
		words := strings.Fields(line)
		value := 0
		for _, c := range words[0] {
			value = 10*value + int(c-'0')
		}
		r := unit
		switch {
		case value >= 20:
			r = ten
		case value >= 10:
			r = teen
		}
		for _, w := range words[1:] {
			all[w] = said{role: r, value: value}
		}
	}
	germanUnits := []string{"", "ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun"}
	spanishUnits := []string{"", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"}
	for word, s := range map[string]int{"zwanzig": 20, "dreissig": 30, "vierzig": 40, "funfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90} {
		for u := 1; u <= 9; u++ {
			all[germanUnits[u]+"und"+word] = said{role: compound, value: s + u}
		}
	}
	for u := 1; u <= 9; u++ {
		all["veinti"+spanishUnits[u]] = said{role: compound, value: 20 + u}
	}
	all["veintiun"] = said{role: compound, value: 21}
	for value, word := range map[int]string{200: "doscientos", 300: "trescientos", 400: "cuatrocientos", 500: "quinientos", 600: "seiscientos", 700: "setecientos", 800: "ochocientos", 900: "novecientos"} {
		all[word] = said{role: hundreds, value: value}
	}
	for _, w := range strings.Fields("hundred cent cents hundert suta sute cientos") {
		all[w] = said{role: hundred, value: 100}
	}
	all["cien"], all["ciento"] = said{role: hundreds, value: 100}, said{role: hundreds, value: 100}
	for _, w := range strings.Fields("double doubles doble doppel doppelt zweimal dublu dubla dbl") {
		all[w] = said{role: times, value: 2}
	}
	for _, w := range strings.Fields("triple tripple dreimal dreifach triplu tripla trebble treble") {
		all[w] = said{role: times, value: 3}
	}
	for _, w := range strings.Fields("then and und et y si puis ensuite apres luego despues dann danach apoi dupa dash hyphen minus tiret guion strich bindestrich minusul liniuta linie " +
		"dot point punto punkt punct space espace espacio leerzeichen star slash area code followed by") {
		all[w] = said{role: filler}
	}
	all["plus"], all["mas"] = said{role: plusWord}, said{role: plusWord}
	for _, w := range strings.Fields("once elf un una une ein eine one opt sept null dix") {
		s := all[w]
		s.weak = true
		all[w] = s
	}
	for w, v := range map[string]int{"to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "won": 1, "tree": 3, "sicks": 6, "fife": 5} {
		all[w] = said{role: homophone, value: v, weak: true}
	}
	return all
}

// longestSaying bounds a look-up.
const longestSaying = 20

// joins says that a word stands between tens and units in one of the languages.
func joins(word string) bool { return word == "et" || word == "y" || word == "si" || word == "und" }
