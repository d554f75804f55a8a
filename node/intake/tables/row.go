package tables

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

var (
	errKind   = errors.New("the kind of the value is none that is known")
	errParts  = errors.New("a value that has not the parts that its type says")
	errNoKind = errors.New("the value comes without its kind")
)

// A Row is one row of a table.
type Row struct {
	Record  string // "line 7", "sheet Calls row 7"
	Fields  []string
	Foreign bool // it was not in the encoding of the source
}

// Note tells the sink what the columns were taken for.
func (t *Table) Note(out *reading.Sink, of string) error {
	if !t.Useful {
		return out.Note(of + "no column is known by its header or its content: every row is searched as text")
	}
	if err := out.Note(of + "columns: " + t.Words()); err != nil {
		return err
	}
	if t.region != "" {
		return out.Note("the United States' Do Not Call reports: national numbers are read in region " + t.region)
	}
	return nil
}

// Take states what row n of those that hold something is: a line in front of the header,
// the header, or a record.
func (t *Table) Take(out *reading.Sink, n int, row Row) error {
	switch {
	case n > t.Header:
		return t.state(out, row)
	case n == t.Header:
		return nil
	}
	// who the report is on stands in front of the header
	if err := out.Value(reading.Statement{Record: row.Record, Prose: true, Value: strings.TrimSpace(strings.Join(row.Fields, " "))}); err != nil {
		return err
	}
	return out.Record()
}

// state states what one row holds and ends its record.
func (t *Table) state(out *reading.Sink, row Row) error {
	s := reading.Statement{Record: row.Record, Region: t.region}
	if row.Foreign {
		s.Assumed = []string{reading.ForeignEncoding}
	}
	for i, f := range row.Fields {
		row.Fields[i] = Unescape(f)
	}
	if !t.Useful {
		s.Prose, s.Value = true, strings.Join(row.Fields, "\n")
		if err := out.Value(s); err != nil {
			return err
		}
		return out.Record()
	}
	var a reading.About
	stated, faults := t.surroundings(row, &s, &a)
	if stated {
		s.About = &a
	}
	problems := 0
	for _, fault := range faults {
		var err error
		if errors.Is(fault, reading.ErrTime) {
			err = out.Note("times in some rows cannot be read, or their day and month can be taken for each other; they were left out")
		} else {
			problems++
			err = out.Problem(s.Record, fault)
		}
		if err != nil {
			return err
		}
	}
	if len(row.Fields) > len(t.Columns) {
		problems++
		if err := out.Problem(s.Record, fmt.Errorf("it has %d fields under %d columns; the others were read", len(row.Fields), len(t.Columns))); err != nil {
			return err
		}
	}
	values, err := t.values(out, row, s)
	if err != nil {
		return err
	}
	if values == 0 && problems == 0 {
		return out.Ignored()
	}
	return out.Record()
}

// surroundings reads the columns that say something about the values.
func (t *Table) surroundings(row Row, s *reading.Statement, a *reading.About) (stated bool, faults []error) {
	handling, words := "", ""
	for i, c := range t.Columns {
		if i >= len(row.Fields) || row.Fields[i] == "" || c.Role <= reading.RoleText {
			continue
		}
		field := row.Fields[i]
		stated = true
		switch c.Role {
		case reading.RoleHandling:
			handling = field
		case reading.RoleHandlingText:
			words = field
		default:
			if err := t.surround(c.Role, field, s, a); err != nil {
				faults = append(faults, err)
			}
		}
	}
	if err := a.SetHandling(handling, words); err != nil {
		faults = append(faults, err)
	}
	return stated, faults
}

func (t *Table) surround(role reading.Role, field string, s *reading.Statement, a *reading.About) error {
	switch role {
	case reading.RoleRegion:
		if r, ok := reading.ParseRegion(field); ok {
			s.Region = r
		} else if len(strings.TrimSpace(field)) <= 3 {
			return reading.ErrRegion
		}
	case reading.RolePlatform:
		s.Platform = strings.TrimSpace(field)
	case reading.RoleChain:
		s.Chain = strings.TrimSpace(field)
	case reading.RoleCase:
		a.CaseRef = strings.TrimSpace(field)
	case reading.RoleSeen:
		if at, ok := serialDate(field); ok && t.SerialDates {
			if at.After(a.Seen) {
				a.Seen = at
			}
			return nil
		}
		return a.SetSeen(field)
	case reading.RoleCategory:
		return t.category(a, field)
	case reading.RoleConsent:
		return a.SetConsent(field)
	case reading.RoleGrading:
		return a.SetGrading(field)
	case reading.RoleTLP:
		return a.SetTLP(field)
	case reading.RoleTool:
		a.Tool = reading.Printable(strings.TrimSpace(field))
	case reading.RoleCaptured:
		a.Captured, _ = reading.ParseTime(field)
	case reading.RoleDisclosedBy:
		a.SetOrigin(field, "")
	case reading.RoleCondition:
		a.SetConditions(field)
	case reading.RoleDeleteBy:
		a.SetTerm(reading.DeleteByTerm + field)
	case reading.RoleAlert:
		s.Alert = reading.PlainName(field) == "1" || reading.PlainName(field) == "true"
	}
	return nil
}

// serialDate reads a time as a spreadsheet keeps it: days since 30 December 1899
// (ECMA-376 part 1, 18.17.4), here those from 1970 to 2099.
func serialDate(field string) (time.Time, bool) {
	days, err := strconv.ParseFloat(field, 64)
	if err != nil || days < 25569 || days > 73050 {
		return time.Time{}, false
	}
	whole := math.Floor(days)
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole))
	return day.Add(time.Duration(math.Round((days-whole)*86400)) * time.Second), true
}

// category reads a column whose header may mean a person's category or, as in
// MISP's exports, that of an attribute: only a known word says something.
func (t *Table) category(a *reading.About, field string) error {
	err := a.SetCategory(field)
	if err != nil && t.has(reading.RoleType) {
		a.Category = ""
		return nil
	}
	return err
}

// values states the fields that hold identifiers or prose.
func (t *Table) values(out *reading.Sink, row Row, s reading.Statement) (int, error) {
	n := 0
	for i, c := range t.Columns {
		if i >= len(row.Fields) || strings.TrimSpace(row.Fields[i]) == "" {
			continue
		}
		v := s
		v.Value = row.Fields[i]
		var err error
		switch c.Role {
		case reading.RoleKind:
			v.Kind = c.Kind
			v.Platform, v.Chain = cmp.Or(c.Platform, v.Platform), cmp.Or(c.Chain, v.Chain)
			err = out.Value(v)
		case reading.RoleText:
			v.Prose = true
			err = out.Value(v)
		case reading.RoleMixed:
			var ok bool
			if v, ok = mixed(v); !ok {
				continue
			}
			err = out.Value(v)
		case reading.RoleValue:
			err = t.typed(out, row, v)
		default:
			continue
		}
		if n++; err != nil {
			return n, err
		}
	}
	return n, nil
}

// mixed tells a cell of a column that holds different things.
func mixed(v reading.Statement) (reading.Statement, bool) {
	if kind, ok := reading.Evident(v.Value); ok {
		v.Kind = kind
		return v, true
	}
	if reading.Sentence(v.Value) {
		v.Prose = true
		return v, true
	}
	return v, false
}

// typed states a value whose kind stands in another column.
func (t *Table) typed(out *reading.Sink, row Row, v reading.Statement) error {
	typ := t.field(row, reading.RoleType)
	if strings.Contains(typ, "|") {
		return composite(out, v, typ)
	}
	named, ok := reading.KindOf(typ)
	switch {
	case ok:
		v.Kind = named.Kind
		v.Platform, v.Chain = cmp.Or(named.Platform, v.Platform), cmp.Or(named.Chain, v.Chain)
	case typ != "":
		return out.Problem(v.Record, errKind)
	case t.has(reading.RoleType):
		return out.Problem(v.Record, errNoKind)
	}
	return out.Value(v)
}

// composite states a value that is made of several, as MISP writes them:
// "filename|sha256", "domain|ip", "ip-dst|port".
func composite(out *reading.Sink, v reading.Statement, typ string) error {
	types := strings.Split(typ, "|")
	parts := strings.SplitN(v.Value, "|", len(types))
	if len(parts) != len(types) {
		return out.Problem(v.Record, errParts)
	}
	for i, t := range types {
		named, ok := reading.KindOf(t)
		if !ok {
			continue // a file's name, a port
		}
		one := v
		one.Kind, one.Value = named.Kind, parts[i]
		one.Platform, one.Chain = cmp.Or(named.Platform, v.Platform), cmp.Or(named.Chain, v.Chain)
		if one.Kind == casework.IP && i+1 < len(types) && types[i+1] == "port" {
			if strings.Contains(one.Value, ":") {
				one.Value = "[" + one.Value + "]"
			}
			one.Value += ":" + parts[i+1]
		}
		if err := out.Value(one); err != nil {
			return err
		}
	}
	return nil
}

// field returns the first field under a role.
func (t *Table) field(row Row, r reading.Role) string {
	for i, c := range t.Columns {
		if c.Role == r && i < len(row.Fields) {
			return strings.TrimSpace(row.Fields[i])
		}
	}
	return ""
}

// Unescape takes off what keeps a spreadsheet from taking a cell for a formula or for a
// number: an apostrophe in front, ="..." or =T("...").
func Unescape(field string) string {
	if strings.HasPrefix(field, "=") {
		if m := constant.FindStringSubmatch(field); m != nil {
			return strings.ReplaceAll(m[1]+m[2], `""`, `"`)
		}
	}
	rest, ok := strings.CutPrefix(field, "'")
	if first, _ := utf8.DecodeRuneInString(rest); ok && rest != "" && strings.ContainsRune("=+-@'\t\r\n \u00a0＝＋－＠", first) {
		return rest
	}
	return field
}

// constant is a formula that is one string.
var constant = regexp.MustCompile(`^=\s*(?:"((?:[^"]|"")*)"|T\("((?:[^"]|"")*)"\))\s*$`)
