package tables

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Column is one column of a table and what it is used for.
type Column struct {
	Header string
	Role   reading.Role
	reading.Naming
	guessed bool // by its content
	looks   looks
}

// looks counts what the cells of a column look like.
type looks struct {
	filled    int
	kinds     map[casework.Kind]int // that show by themselves
	sentences int
	national  int // numbers that a telephone may have, without a plus
}

// A Table is what the first rows of a table tell about all of it.
type Table struct {
	Columns []Column
	Header  int // rows up to and with the header; 0 where there is none
	Useful  bool
	Told    bool // some column is told by its name, or by all of its content
	Regular bool // under a header, nearly all rows have the same number of fields, two or more
	Feed    bool // a MISP feed's list of hashes of values
	named   int  // columns whose header is known
	region  string

	SerialDates bool // times may be the numbers of a spreadsheet
}

// Plausible reports whether what was judged is a table at all.
func (t *Table) Plausible() bool { return t.Told || t.Regular }

// maxPreamble is how many rows may stand before the header.
const maxPreamble = 50

// Judge tells from the first rows what the columns of a table are. given says otherwise
// for columns by their header: "Partner" -> "phone".
func Judge(sample [][]string, given map[string]string) *Table {
	t := &Table{}
	t.findHeader(sample)
	rows := sample[t.Header:]
	if t.Header == 0 {
		t.Columns = make([]Column, modalWidth(rows))
	}
	same := 0
	for _, row := range rows {
		if len(row) == len(t.Columns) {
			same++
		}
	}
	t.Regular = t.Header > 0 && len(t.Columns) >= 2 && same*10 >= len(rows)*9
	typed := t.has(reading.RoleType) && t.has(reading.RoleValue)
	t.drop(rows, typed)
	for i := range t.Columns {
		c := &t.Columns[i]
		if kind, ok := given[c.Header]; ok {
			c.giveKind(kind)
		}
		switch {
		case c.Role == reading.RoleKind, c.Role == reading.RoleText:
			t.Useful = true
		case c.Role == reading.RoleValue && !typed:
			t.Useful = true // each value's kind is guessed
		case c.Role == reading.Unused && !typed:
			c.judge(i, rows, t.Header > 0)
			t.Useful = t.Useful || c.Role != reading.Unused
		}
		t.Told = t.Told || c.Role != reading.Unused && c.Role != reading.RoleMixed && t.Useful
	}
	t.Useful, t.Told = t.Useful || typed, t.Told || typed
	t.Feed = t.Header == 0 && len(t.Columns) == 2 && t.Columns[0].Kind == casework.MD5 && uuids(rows, 1)
	if doNotCall(t.Columns) {
		t.region = "US"
	}
	return t
}

// giveKind takes the kind that a person said a column is of; "-" leaves it out.
func (c *Column) giveKind(kind string) {
	c.Role, c.Naming = reading.Unused, reading.Naming{}
	if n, ok := reading.KindOf(kind); ok {
		c.Role, c.Naming = reading.RoleKind, n
	} else if r := reading.RoleOf(kind); r != reading.Unused {
		c.Role = r
	}
}

func modalWidth(rows [][]string) int {
	counts := map[int]int{}
	best := 0
	for _, row := range rows {
		if counts[len(row)]++; counts[len(row)] > counts[best] || counts[len(row)] == counts[best] && len(row) > best {
			best = len(row)
		}
	}
	return best
}

// judge tells what a column without a known name holds.
func (c *Column) judge(i int, rows [][]string, header bool) {
	hinted, isHinted := reading.KindIn(c.Header)
	c.looks = look(rows, i)
	l := c.looks
	if isHinted && c.fits(rows, i, hinted) {
		c.Role, c.Naming = reading.RoleKind, hinted
		return
	}
	if plus := l.kinds[casework.Phone]; reading.Party(c.Header) && l.national > 0 && (plus+l.national)*10 >= l.filled*8 {
		c.Role, c.Naming = reading.RoleKind, reading.Naming{Kind: casework.Phone}
		return
	}
	for kind, n := range l.kinds {
		if n*10 >= l.filled*8 && l.filled > 0 {
			c.Role, c.Naming, c.guessed = reading.RoleKind, reading.Naming{Kind: kind}, true
			return
		}
	}
	if kind, ok := c.shape(rows, i, header); ok {
		c.Role, c.Naming, c.guessed = reading.RoleKind, reading.Naming{Kind: kind}, true
		return
	}
	shown := 0
	for _, n := range l.kinds {
		shown += n
	}
	// some cells show that they are numbers, and all the others may be
	if plus := l.kinds[casework.Phone]; plus > 0 && (plus+l.national)*10 >= l.filled*9 {
		c.Role, c.Naming, c.guessed = reading.RoleKind, reading.Naming{Kind: casework.Phone}, true
		return
	}
	if shown > 0 || l.sentences > 0 {
		c.Role = reading.RoleMixed
	}
}

// fits reports whether at least half of the filled cells may be of a kind that the
// column's name speaks of. A number that lacks its country fits.
func (c *Column) fits(rows [][]string, i int, n reading.Naming) bool {
	filled, fit := 0, 0
	for _, row := range rows {
		if i >= len(row) || strings.TrimSpace(row[i]) == "" {
			continue
		}
		filled++
		for _, part := range strings.FieldsFunc(row[i], func(r rune) bool { return strings.ContainsRune(";,\n", r) }) {
			if fitsKind(part, n) {
				fit++
				break
			}
		}
	}
	return filled == 0 || fit*2 >= filled
}

func fitsKind(cell string, n reading.Naming) bool {
	if parts := strings.Split(cell, ":::"); len(parts) > 1 {
		cell = parts[0]
	}
	cell = Unescape(cell)
	if n.Kind == casework.Phone {
		return identify.PhoneLike(cell)
	}
	_, err := identify.Canonical(cell, identify.Hint{Kind: n.Kind, Platform: n.Platform, Chain: n.Chain, Region: "US"})
	return err == nil
}

// maxLooked is how many cells of a column are looked at.
const maxLooked = 100

func look(rows [][]string, i int) looks {
	l := looks{kinds: map[casework.Kind]int{}}
	for _, row := range rows {
		if i >= len(row) || strings.TrimSpace(row[i]) == "" {
			continue
		}
		if l.filled++; l.filled > maxLooked {
			l.filled = maxLooked
			break
		}
		cell := strings.TrimSpace(row[i])
		kind, ok := reading.Evident(cell)
		switch {
		case ok:
			l.kinds[kind]++
		case reading.Sentence(cell):
			l.sentences++
		case identify.PhoneLike(cell):
			l.national++
		}
	}
	return l
}

// shape takes a column for a kind when nearly all that stands in it has the form of
// that kind alone. Names of hosts are taken only without a header, and numbers of
// devices never: a column of long numbers is anything, cards among it.
func (c *Column) shape(rows [][]string, i int, header bool) (casework.Kind, bool) {
	counts := map[casework.Kind]int{}
	total := 0
	for _, row := range rows {
		if i >= len(row) || strings.TrimSpace(row[i]) == "" {
			continue
		}
		if total++; total > maxLooked {
			break
		}
		if r, err := identify.Canonical(row[i], identify.Hint{}); err == nil && r.Match() {
			counts[r.Identifier.Kind()]++
		}
	}
	delete(counts, casework.IMEI)
	delete(counts, casework.IMSI)
	for kind, n := range counts {
		if n*10 >= total*8 && (kind != casework.Domain || !header) && (kind != casework.Phone || !header) {
			return kind, true
		}
	}
	return "", false
}

// drop leaves columns unused whose header is one of ours and whose content is
// not: a category of goods, a value in money.
func (t *Table) drop(rows [][]string, typed bool) {
	for i := range t.Columns {
		var ok func(string) bool
		switch t.Columns[i].Role {
		case reading.RoleCategory:
			ok = func(f string) bool { return new(reading.About).SetCategory(f) == nil }
		case reading.RoleValue:
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
		for _, row := range rows {
			if i < len(row) && strings.TrimSpace(row[i]) != "" {
				filled++
				if ok(row[i]) {
					fits++
				}
			}
		}
		if filled > 0 && fits*5 < filled {
			t.Columns[i].Role = reading.Unused
		}
	}
}

func (t *Table) has(r reading.Role) bool {
	for _, c := range t.Columns {
		if c.Role == r {
			return true
		}
	}
	return false
}

// uuids reports whether a column holds nothing but UUIDs.
func uuids(rows [][]string, i int) bool {
	for _, row := range rows {
		if i >= len(row) || len(row[i]) != 36 || strings.Count(row[i], "-") != 4 {
			return false
		}
	}
	return len(rows) > 0
}

// doNotCall tells the complaint files of the FTC by their columns: their numbers
// are national ones and the file does not say of which nation.
func doNotCall(columns []Column) bool {
	want := map[string]bool{"companyphonenumber": true, "violationdate": true, "consumerareacode": true}
	for _, c := range columns {
		delete(want, reading.PlainName(c.Header))
	}
	return len(want) == 0
}

// maxWords is how many columns are named to a person.
const maxWords = 30

// Words says what the columns were taken for, and what those that are not used look
// like.
func (t *Table) Words() string {
	var parts []string
	for i, c := range t.Columns {
		name := reading.Printable(c.Header)
		if t.Header == 0 || name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		switch {
		case c.Role == reading.RoleKind && c.guessed:
			parts = append(parts, fmt.Sprintf("%s -> %s (by its content)", name, c.Kind))
		case c.Role == reading.RoleKind:
			parts = append(parts, fmt.Sprintf("%s -> %s", name, c.Kind))
		case c.Role != reading.Unused:
			parts = append(parts, fmt.Sprintf("%s -> %s", name, c.Role.Title()))
		case t.Header > 0 && c.looks.national > 0:
			parts = append(parts, fmt.Sprintf("%s not used: %d of %d cells look like a telephone number (--column '%s=phone' takes them)", name, c.looks.national, c.looks.filled, name))
		case t.Header > 0:
			parts = append(parts, name+" not used")
		}
		if len(parts) == maxWords {
			parts = append(parts, "...")
			break
		}
	}
	return strings.Join(parts, ", ")
}
