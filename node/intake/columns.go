package intake

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/rows"
	"github.com/crosscase/crosscase/policy/casework"
)

// A role is what a column is used for.
type role uint8

const (
	unused role = iota
	roleKind
	roleType // the kind of what stands in the value column
	roleValue
	roleText // prose to search
	roleRegion
	rolePlatform
	roleChain
	roleCase
	roleSeen
	roleCategory
	roleConsent
	roleGrading
	roleHandling
	roleHandlingText
	roleTLP
	roleTool
	roleAlert
	roleCaptured
	roleCondition
	roleDeleteBy
)

// A column is one column of a table and what it was taken for.
type column struct {
	header string
	role   role
	naming
	guessed bool // by its content
}

// A table is what the head of a delimited file tells about all of it.
type table struct {
	comma   byte
	header  bool
	columns []column
	named   []int // columns whose header is known
	useful  bool  // some column holds identifiers, values or prose
	feed    bool  // a MISP feed's list of hashes of values
	regular bool  // under a header, nearly all rows have the same number of fields, two or more
}

// plausible reports whether the text is a table at all.
func (t table) plausible() bool { return t.useful || t.regular }

var roleWords = func() map[string]role {
	m := map[string]role{}
	for r, words := range map[role]string{
		roleType:         "identifier_type type kind idtype typ art tipo valuetype attributetype indicatortype selectortype",
		roleValue:        "value identifier wert valeur valor waarde valoare selector indicator identifiervalue",
		roleText:         "text message messagetext body content adtext advert adverttext ad_text adtitle nachricht mensaje mensagem messaggio bericht texte anzeige anzeigentext anuncio annonce",
		roleRegion:       "default_region region country countrycode land pays pais paese país isocountry",
		rolePlatform:     "platform service app application source_app network plattform plateforme plataforma",
		roleChain:        "chain currency coin blockchain symbol asset",
		roleCase:         "case_ref case caseid casenumber caseno caseref reference aktenzeichen fall dossier expediente caso sprawa dosar zaaknummer",
		roleSeen:         "first_seen last_seen seen date datetime timestamp violation_date datum fecha posted postdate vu_le vu visto vista gesehen gezien eerst_gezien laatst_gezien zuerst_gesehen zuletzt_gesehen premiere_vue derniere_vue widziano vazut",
		roleCategory:     "category subject_category subjectcategory personrole rolle kategorie categorie rol categoria",
		roleConsent:      "consent consent_to_share einwilligung consentement consentimiento consenso",
		roleGrading:      "grading grade evaluation 4x4 reliability bewertung",
		roleHandling:     "handling handling_code handlingcode handlingcodes",
		roleHandlingText: "handling_text handlingtext restriction",
		roleTLP:          "tlp marking trafficlight",
		roleTool:         "tool source_tool extractiontool software",
		roleAlert:        "to_ids",
		roleCondition:    "disclosure_conditions",
		roleDeleteBy:     "delete_by",
		roleCaptured:     "captured capturedat extracted extractedat acquired acquisitiontime",
	} {
		for w := range strings.FieldsSeq(words) {
			m[plainName(w)] = r
		}
	}
	return m
}()

// delimiterOf guesses the delimiter: the one under which the first row is a header
// that names most columns, else the one that splits the rows most alike.
func delimiterOf(head []byte, whole bool) byte {
	best, most := byte(0), 0
	for _, c := range []byte{',', ';', '\t', '|'} {
		if t := sniff(head, whole, c); t.header && len(t.columns) > 1 && len(t.named) > most {
			best, most = c, len(t.named)
		}
	}
	if best != 0 {
		return best
	}
	return rows.Delimiter(head, whole)
}

// sniffRows is how many rows a column is judged by.
const sniffRows = 200

// sniff reads the first rows of a table and settles what its columns are.
func sniff(head []byte, whole bool, comma byte) table {
	t := table{comma: comma}
	d := rows.NewReader(bytes.NewReader(head), comma, headSize)
	var sample []rows.Row
	for len(sample) < sniffRows {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if row.Err == nil && !row.Empty() {
			sample = append(sample, row)
		}
	}
	if !whole && len(sample) > 1 && len(sample) < sniffRows {
		sample = sample[:len(sample)-1] // it may be cut
	}
	if len(sample) == 0 {
		return t
	}
	t.readHeader(sample[0].Fields)
	if t.header {
		sample = sample[1:]
	} else {
		t.columns = make([]column, len(sample[0].Fields))
	}
	widths := map[int]int{}
	for _, row := range sample {
		widths[len(row.Fields)]++
	}
	width := len(t.columns)
	t.regular = comma != 0 && width >= 2 && widths[width]*10 >= len(sample)*9 && t.header
	typed := t.has(roleType) && t.has(roleValue)
	t.drop(sample, typed)
	for i := range t.columns {
		c := &t.columns[i]
		switch {
		case c.role == roleKind, c.role == roleText:
			t.useful = true
		case c.role == roleValue && !typed:
			t.useful = true // each value's kind is guessed
		case c.role == unused && !typed:
			t.guess(i, sample)
			t.useful = t.useful || c.role == roleKind
		}
	}
	t.useful = t.useful || typed
	t.feed = !t.header && len(t.columns) == 2 && t.columns[0].kind == casework.MD5 && uuids(sample, 1)
	return t
}

// uuids reports whether a column holds nothing but UUIDs.
func uuids(sample []rows.Row, i int) bool {
	for _, row := range sample {
		if i >= len(row.Fields) || len(row.Fields[i]) != 36 || strings.Count(row.Fields[i], "-") != 4 {
			return false
		}
	}
	return len(sample) > 0
}

// drop leaves columns unused whose header is one of ours and whose content is
// not: a category of goods, a value in money.
func (t *table) drop(sample []rows.Row, typed bool) {
	for i := range t.columns {
		var ok func(string) bool
		switch t.columns[i].role {
		case roleCategory:
			ok = func(f string) bool { return new(about).setCategory(f) == "" }
		case roleValue:
			if typed {
				continue
			}
			ok = func(f string) bool {
				_, err := identify.Canonical(f, identify.Hint{Region: "US"})
				return err == nil
			}
		default:
			continue
		}
		filled, fits := 0, 0
		for _, row := range sample {
			if i < len(row.Fields) && strings.TrimSpace(row.Fields[i]) != "" {
				filled++
				if ok(row.Fields[i]) {
					fits++
				}
			}
		}
		if filled > 0 && fits*5 < filled {
			t.columns[i].role = unused
		}
	}
}

// readHeader takes the first row for a header when it names a column that is
// known and holds nothing that looks like data.
func (t *table) readHeader(fields []string) {
	columns := make([]column, len(fields))
	var named []int
	for i, f := range fields {
		f = strings.TrimSpace(f)
		columns[i] = column{header: f}
		if n, ok := kindOf(f); ok {
			columns[i].role, columns[i].naming = roleKind, n
		} else if r, ok := roleWords[plainName(f)]; ok {
			columns[i].role = r
		} else {
			if len(f) > 64 || likeData(f) {
				return
			}
			continue
		}
		named = append(named, i)
	}
	if len(named) > 0 || len(fields) > 1 && wordsOnly(fields) {
		t.header, t.columns, t.named = true, columns, named
	}
}

// likeData reports whether a field can hardly be a header.
func likeData(f string) bool {
	digits := 0
	for _, r := range f {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if strings.Contains(f, "_") && digits < len(f)/2 {
		return false // listed_2024_09_27
	}
	return digits >= 5 || strings.ContainsAny(f, "@/") || digits > 0 && digits == len(f)
}

func wordsOnly(fields []string) bool {
	seen := map[string]bool{}
	for _, f := range fields {
		name := plainName(f)
		if name == "" || seen[name] || likeData(f) || len(f) > 40 {
			return false
		}
		seen[name] = true
	}
	return true
}

func (t *table) has(r role) bool {
	for _, c := range t.columns {
		if c.role == r {
			return true
		}
	}
	return false
}

// guess takes an unnamed column for a kind when nearly all that stands in it is
// of that kind. National telephone numbers are taken only without a header:
// under one, a column of numbers is called what it is.
func (t *table) guess(i int, sample []rows.Row) {
	counts := map[casework.Kind]int{}
	total := 0
	for _, row := range sample {
		if i >= len(row.Fields) || strings.TrimSpace(row.Fields[i]) == "" {
			continue
		}
		total++
		if total > 100 {
			break
		}
		r, err := identify.Canonical(row.Fields[i], identify.Hint{})
		if err != nil || !r.Match() {
			continue
		}
		counts[r.Identifier.Kind()]++
	}
	// a column of long numbers is anything, cards among it
	delete(counts, casework.IMEI)
	delete(counts, casework.IMSI)
	for kind, n := range counts {
		sure := n*10 >= total*8 && (kind != casework.Domain || !t.header)
		if sure {
			t.columns[i].role, t.columns[i].naming, t.columns[i].guessed = roleKind, naming{kind: kind}, true
		}
	}
}

// words says what the columns were taken for.
func (t table) words() string {
	var parts []string
	for i, c := range t.columns {
		name := printable(c.header)
		if !t.header || name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		switch {
		case c.role == roleKind && c.guessed:
			parts = append(parts, fmt.Sprintf("%s -> %s (by its content)", name, c.kind))
		case c.role == roleKind:
			parts = append(parts, fmt.Sprintf("%s -> %s", name, c.kind))
		case c.role != unused:
			parts = append(parts, fmt.Sprintf("%s -> %s", name, roleNames[c.role]))
		case t.header:
			parts = append(parts, name+" not used")
		}
		if len(parts) == 30 {
			parts = append(parts, "...")
			break
		}
	}
	return strings.Join(parts, ", ")
}

var roleNames = map[role]string{
	roleType: "kind of the value", roleValue: "value", roleText: "text to search", roleRegion: "region", rolePlatform: "platform",
	roleChain: "chain", roleCase: "case", roleSeen: "time", roleCategory: "category of the person", roleConsent: "consent",
	roleGrading: "grading", roleHandling: "handling", roleHandlingText: "words of the handling", roleTLP: "TLP", roleTool: "tool", roleAlert: "alert",
	roleCaptured: "time of capture", roleCondition: "conditions of the disclosure", roleDeleteBy: "when to delete it",
}
