package intake

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/intake/rows"
)

func init() {
	readers[CSV] = readCSV
	readers[List] = readList
}

// readCSV reads a delimited table by what its head tells about its columns.
func readCSV(in *input, p *pipe) error {
	t := sniff(in.head, in.whole, delimiterOf(in.head, in.whole))
	region := ""
	switch {
	case t.feed:
		return p.note("the list of a MISP feed: hashes of what its events hold, not of files. Nothing was taken; read the events themselves")
	case t.useful:
		if err := p.note("columns: " + t.words()); err != nil {
			return err
		}
	default:
		if err := p.note("no column is known by its header or its content: every row is searched as text"); err != nil {
			return err
		}
	}
	if doNotCall(t) {
		region = "US"
		if err := p.note("the United States' Do Not Call reports: national numbers are read in region US"); err != nil {
			return err
		}
	}
	d := rows.NewReader(in, t.comma, in.limits.Record)
	header, foreign := t.header, 0
	for {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if row.Err == nil && row.Empty() {
			continue
		}
		for i, f := range row.Fields {
			row.Fields[i] = unescape(f)
		}
		if header && row.Err == nil {
			header = false
			continue
		}
		if row.Foreign {
			foreign++
		}
		if err := t.row(p, row, region); err != nil {
			return err
		}
	}
	return noteForeign(p, foreign)
}

func noteForeign(p *pipe, n int) error {
	if n == 0 {
		return nil
	}
	return p.note(fmt.Sprintf("%d rows are not UTF-8 and were read as Windows-1252", n))
}

// row states what one row holds.
func (t *table) row(p *pipe, row rows.Row, region string) error {
	s := statement{record: fmt.Sprintf("line %d", row.Line), region: region}
	if row.Err != nil {
		if err := p.problem(s.record, row.Err.Error()); err != nil {
			return err
		}
		return p.record()
	}
	if row.Foreign {
		s.assumed = []string{"encoding Windows-1252"}
	}
	if !t.useful {
		s.prose, s.value = true, strings.Join(row.Fields, "\n")
		if err := p.value(s); err != nil {
			return err
		}
		return p.record()
	}
	var a about
	stated, reasons := t.surroundings(row, &s, &a)
	if stated {
		s.about = &a
	}
	for _, reason := range reasons {
		var err error
		if reason == badTime {
			err = p.note("times in some rows cannot be read, or their day and month can be taken for each other; they were left out")
		} else {
			err = p.problem(s.record, reason)
		}
		if err != nil {
			return err
		}
	}
	if len(row.Fields) > len(t.columns) {
		if err := p.problem(s.record, fmt.Sprintf("it has %d fields under %d columns; the others were read", len(row.Fields), len(t.columns))); err != nil {
			return err
		}
	}
	values, err := t.values(p, row, s)
	if err != nil {
		return err
	}
	if values == 0 && len(reasons) == 0 {
		return p.ignored()
	}
	return p.record()
}

// surroundings reads the columns that say something about the values.
func (t *table) surroundings(row rows.Row, s *statement, a *about) (stated bool, reasons []string) {
	handling, words := "", ""
	for i, c := range t.columns {
		if i >= len(row.Fields) || row.Fields[i] == "" || c.role <= roleText {
			continue
		}
		field, reason := row.Fields[i], ""
		stated = true
		switch c.role {
		case roleRegion:
			if r, ok := regionOf(field); ok {
				s.region = r
			} else if len(strings.TrimSpace(field)) <= 3 {
				reason = badRegion
			}
		case rolePlatform:
			s.platform = strings.TrimSpace(field)
		case roleChain:
			s.chain = strings.TrimSpace(field)
		case roleCase:
			a.caseRef = strings.TrimSpace(field)
		case roleSeen:
			reason = a.setSeen(field)
		case roleCategory:
			reason = t.category(a, field)
		case roleConsent:
			reason = a.setConsent(field)
		case roleGrading:
			reason = a.setGrading(field)
		case roleHandling:
			handling = field
		case roleHandlingText:
			words = field
		case roleTLP:
			reason = a.setTLP(field)
		case roleTool:
			a.tool = printable(strings.TrimSpace(field))
		case roleCaptured:
			a.captured, _ = timeOf(field)
		case roleCondition:
			a.setConditions(field)
		case roleDeleteBy:
			a.setTerm(deleteByTerm + field)
		case roleAlert:
			s.alert = plainName(field) == "1" || plainName(field) == "true"
		}
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	if reason := a.setHandling(handling, words); reason != "" {
		reasons = append(reasons, reason)
	}
	return stated, reasons
}

// category reads a column whose header may mean a person's category or, as in
// MISP's exports, that of an attribute: only a known word says something.
func (t *table) category(a *about, field string) string {
	reason := a.setCategory(field)
	if reason != "" && t.has(roleType) {
		a.category = ""
		return ""
	}
	return reason
}

// values states the fields that hold identifiers or prose.
func (t *table) values(p *pipe, row rows.Row, s statement) (int, error) {
	n := 0
	for i, c := range t.columns {
		if i >= len(row.Fields) || strings.TrimSpace(row.Fields[i]) == "" {
			continue
		}
		v := s
		v.value = row.Fields[i]
		switch c.role {
		case roleKind:
			v.kind = c.kind
			v.platform, v.chain = or(c.platform, v.platform), or(c.chain, v.chain)
		case roleText:
			v.prose = true
		case roleValue:
			typ := t.field(row, roleType)
			named, ok := kindOf(typ)
			switch {
			case ok:
				v.kind = named.kind
				v.platform, v.chain = or(named.platform, v.platform), or(named.chain, v.chain)
			case typ != "":
				n++
				if err := p.problem(s.record, "the kind of the value is none that is known"); err != nil {
					return n, err
				}
				continue
			case t.has(roleType):
				n++
				if err := p.problem(s.record, "the value comes without its kind"); err != nil {
					return n, err
				}
				continue
			}
		default:
			continue
		}
		n++
		if err := p.value(v); err != nil {
			return n, err
		}
	}
	return n, nil
}

// field gives the first field under a role.
func (t *table) field(row rows.Row, r role) string {
	for i, c := range t.columns {
		if c.role == r && i < len(row.Fields) {
			return strings.TrimSpace(row.Fields[i])
		}
	}
	return ""
}

// doNotCall tells the complaint files of the FTC by their columns: their numbers
// are national ones and the file does not say of which nation.
func doNotCall(t table) bool {
	want := []string{"companyphonenumber", "violationdate", "consumerareacode"}
	for _, c := range t.columns {
		for i, w := range want {
			if plainName(c.header) == w {
				want = append(want[:i:i], want[i+1:]...)
				break
			}
		}
	}
	return len(want) == 0
}

// readList reads one value a line; what stands behind a # is a comment.
func readList(in *input, p *pipe) error {
	d := rows.NewReader(in, 0, in.limits.Record)
	foreign := 0
	for {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		s := statement{record: fmt.Sprintf("line %d", row.Line)}
		if row.Err != nil {
			if err := p.problem(s.record, row.Err.Error()); err != nil {
				return err
			}
			if err := p.record(); err != nil {
				return err
			}
			continue
		}
		s.value = strings.TrimSpace(row.Fields[0])
		if s.value == "" || strings.HasPrefix(s.value, "#") {
			continue
		}
		if row.Foreign {
			foreign++
			s.assumed = []string{"encoding Windows-1252"}
		}
		if !likeValue(s.value) {
			s.prose = true // a sentence among values
		}
		if err := p.value(s); err != nil {
			return err
		}
		if err := p.record(); err != nil {
			return err
		}
	}
	return noteForeign(p, foreign)
}

// unescape takes off the apostrophe that keeps a spreadsheet from taking a cell
// for a formula.
func unescape(field string) string {
	rest, ok := strings.CutPrefix(field, "'")
	if first, _ := utf8.DecodeRuneInString(rest); ok && rest != "" && strings.ContainsRune("=+-@'\t\r\n \u00a0＝＋－＠", first) {
		return rest
	}
	return field
}
