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

// furtherNumbers are those of nine more languages: Portuguese, Italian, Dutch, Polish,
// Russian, Ukrainian, Turkish, Arabic, Hindi. They are looked up as a folded text writes
// them.
const furtherNumbers = `
0 zero nul ноль нуль sifir صفر शून्य zeros shunya
1 um uma uno een jeden jedna один одна одну раз bir واحد एक
2 dois duas due twee dwa dwie два две дві iki اثنان اثنين اتنين दो
3 tre drie trzy три uc ثلاثة ثلاث तीन
4 quatro quattro cztery четыре чотири dort اربعة أربعة اربع أربع चार
5 cinque vijf piec пять пять п’ять bes خمسة خمس पांच पाँच
6 sei zes szesc шесть шість alti ستة ست छह छः छे
7 sete sette zeven siedem семь сім yedi سبعة سبع सात
8 oito otto osiem восемь вісім sekiz ثمانية ثمان आठ
9 nove negen dziewiec девять дев’ять dokuz تسعة تسع नौ
10 dieci tien dziesiec десять dziesieć
11 undici elf jedenascie одиннадцать одинадцять
12 dodici twaalf dwanascie двенадцать дванадцять
13 tredici dertien trzynascie тринадцать тринадцять
14 catorze quattordici veertien czternascie четырнадцать чотирнадцять
15 quindici vijftien pietnascie пятнадцать п’ятнадцять
16 dezesseis dezasseis sedici zestien szesnascie шестнадцать шістнадцять
17 dezessete dezassete diciassette zeventien siedemnascie семнадцать сімнадцять
18 dezoito diciotto achttien osiemnascie восемнадцать вісімнадцять
19 dezenove dezanove diciannove negentien dziewietnascie девятнадцать дев’ятнадцять
20 vinte venti twintig dwadziescia двадцать двадцять yirmi
30 trinta dertig trzydziesci тридцать тридцять otuz
40 quarenta quaranta veertig czterdziesci сорок kirk
50 cinquenta cinquanta vijftig piecdziesiat пятьдесят п’ятдесят elli
60 sessenta sessanta zestig szescdziesiat шестьдесят шістдесят altmis
70 settanta zeventig siedemdziesiat семьдесят сімдесят yetmis
80 oitenta ottanta tachtig osiemdziesiat восемьдесят вісімдесят seksen
90 novanta negentig dziewiecdziesiat девяносто дев’яносто doksan`

// plainWords writes a word as folded texts do, from its small and from its capital letters:
// both are drawn differently in Cyrillic.
func plainWords(word string) []string {
	one := strings.ToLower(fold(word, true).text)
	two := strings.ToLower(fold(strings.ToUpper(word), true).text)
	if one == two {
		return []string{one}
	}
	return []string{one, two}
}

// further adds the numbers of the other languages, where no word of the first means
// something else.
func further(all map[string]said) {
	for line := range strings.SplitSeq(strings.TrimSpace(furtherNumbers), "\n") {
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
			for _, plain := range plainWords(w) {
				if _, taken := all[plain]; !taken {
					all[plain] = said{role: r, value: value}
				}
			}
		}
	}
	dutch := []string{"", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"}
	italian := []string{"", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"}
	for u := 1; u <= 9; u++ {
		for word, tens := range map[string]int{"twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "zeventig": 70, "tachtig": 80, "negentig": 90} {
			all[dutch[u]+"en"+word] = said{role: compound, value: tens + u}
		}
		for word, tens := range map[string]int{"venti": 20, "trenta": 30, "quaranta": 40, "cinquanta": 50, "sessanta": 60, "settanta": 70, "ottanta": 80, "novanta": 90} {
			if u == 1 || u == 8 {
				word = word[:len(word)-1]
			}
			all[word+italian[u]] = said{role: compound, value: tens + u}
		}
	}
	all["meia"] = said{role: unit, value: 6} // half a dozen, as numbers are told in Brazil
	for _, w := range strings.Fields("um uma due een sei otto tre nove раз meia elf bir alti kirk elli") {
		for _, plain := range plainWords(w) {
			s := all[plain]
			s.weak = true
			all[plain] = s
		}
	}
}

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
	for _, w := range strings.Fields("plus mas piu più artı плюс mais زائد") {
		for _, plain := range plainWords(w) {
			all[plain] = said{role: plusWord}
		}
	}
	for _, w := range strings.Fields("once elf un una une ein eine one opt sept null dix") {
		s := all[w]
		s.weak = true
		all[w] = s
	}
	further(all)
	for w, v := range map[string]int{"tow": 2, "thre": 3, "foor": 4, "fiv": 5, "sics": 6, "sevn": 7, "eigt": 8, "eigth": 8, "nien": 9, "zro": 0, "to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "won": 1, "tree": 3, "sicks": 6, "fife": 5} {
		all[w] = said{role: homophone, value: v, weak: true}
	}
	return all
}

// longestSaying bounds a look-up.
const longestSaying = 40

// joins says that a word stands between tens and units in one of the languages.
func joins(word string) bool { return word == "et" || word == "y" || word == "si" || word == "und" }
