package intake

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/rows"
	"github.com/crosscase/crosscase/policy/casework"
)

func init() { readers[Form] = readForms }

// A publicReport is what a member of the public told a hotline, an SMS number or a
// web form. Whoever reported is a self-reporter: without their recorded consent
// nothing of the report is matched, neither their number nor what they wrote,
// since people write their own number into a message too.
type publicReport struct {
	id      string
	caller  string // telephone number
	email   string
	text    string
	seen    string
	region  string
	consent string
}

// reportOf recognises a report by its members: those of hotline systems (event,
// caller, summary) and of SMS gateways (MessageSid, From, Body).
func reportOf(v jsonrec.Value) (publicReport, bool) {
	if params := v.Get("params"); params.Object() {
		v = params
	}
	get := func(names ...string) string {
		for _, n := range names {
			if t := v.Get(n).Text(); t != "" {
				return t
			}
		}
		return ""
	}
	switch {
	case strings.HasSuffix(get("event"), ".report"), has(v, "caller", "summary"), has(v, "reporter_phone"), has(v, "reporter_email"):
		return publicReport{
			id: get("id", "report_id"), caller: get("caller", "reporter_phone"), email: get("caller_email", "reporter_email"),
			text: strings.TrimSpace(get("summary", "text", "description") + "\n" + get("url")), seen: get("received_at", "created_at", "timestamp"),
			region: get("default_region", "country"), consent: get("consent_to_share", "consent"),
		}, true
	case has(v, "From", "Body"):
		return publicReport{
			id: get("MessageSid", "SmsSid", "SmsMessageSid"), caller: get("From"), text: get("Body"), seen: get("DateSent", "Timestamp"),
			region: get("FromCountry"), consent: get("Consent"),
		}, true
	}
	return publicReport{}, false
}

func has(v jsonrec.Value, names ...string) bool {
	for _, n := range names {
		if !hasName(v, n) {
			return false
		}
	}
	return true
}

func hasName(v jsonrec.Value, name string) bool {
	for _, n := range v.Names() {
		if n == name {
			return true
		}
	}
	return false
}

// noCaller are the senders that gateways and hotlines write for one who is not
// known.
var noCaller = map[string]bool{
	"": true, "anonymous": true, "unknown": true, "restricted": true, "private": true, "withheld": true, "unavailable": true,
	"266696687": true, "+266696687": true, "7378742833": true, "86282452253": true, // the words dialled on a keypad
}

// maxFolded is how many reports of one source are remembered to fold repetitions.
const maxFolded = 200_000

// report states what one report holds. A repetition, by its id or by its words
// and its caller, counts as a record and states nothing.
func (p *pipe) report(record string, r publicReport, s statement, a about) error {
	if p.folded == nil {
		p.folded = map[[32]byte]bool{}
	}
	if p.triage != nil {
		if err := p.triage(r.public(record)); err != nil {
			return err
		}
		return p.ignored()
	}
	key := sha256.Sum256([]byte("id\x00" + r.id))
	same := sha256.Sum256([]byte("words\x00" + plainName(r.caller) + "\x00" + plainName(r.email) + "\x00" + plainName(r.text)))
	if r.id != "" && p.folded[key] || p.folded[same] {
		p.repeated++
		return p.ignored()
	}
	if len(p.folded) < maxFolded {
		p.folded[key], p.folded[same] = r.id != "", true
	}
	if r.id != "" {
		record = printable(record + " (" + r.id + ")")
	}
	s.record, s.about = record, &a
	var reasons []string
	for _, reason := range []string{a.setSeen(r.seen), a.setConsent(r.consent)} {
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	if r.region != "" {
		if region, ok := regionOf(r.region); ok {
			s.region = region
		}
	}
	if a.consent == nil {
		no := false
		a.consent = &no
	}
	told := a // what the text holds
	a.category = casework.SelfReporter
	if !*a.consent {
		told.category = casework.SelfReporter
	}
	for _, reason := range reasons {
		if err := p.problem(record, reason); err != nil {
			return err
		}
	}
	for _, who := range []struct {
		kind  casework.Kind
		value string
	}{{casework.Phone, r.caller}, {casework.Email, r.email}} {
		value := strings.TrimSpace(who.value)
		if noCaller[strings.ToLower(value)] {
			continue
		}
		one := s
		one.kind, one.value = who.kind, value
		if rest, ok := strings.CutPrefix(value, "whatsapp:"); ok {
			one.value = rest
		}
		if err := p.value(one); err != nil {
			return err
		}
	}
	text := s
	text.about, text.prose, text.value = &told, true, r.text
	if err := p.value(text); err != nil {
		return err
	}
	return p.record()
}

// noteRepeated says how many reports were folded.
func (p *pipe) noteRepeated() error {
	if p.repeated == 0 {
		return nil
	}
	return p.note(fmt.Sprintf("%d reports repeat another one and were folded into it", p.repeated))
}

// isForm reports whether lines are posted forms of an SMS gateway or a web form.
func isForm(lines []string) bool {
	if len(lines) == 0 {
		return false
	}
	for _, l := range lines[:min(len(lines), 20)] {
		values, err := url.ParseQuery(l)
		if err != nil || len(values) < 2 || strings.ContainsAny(l, " \t<>\"") || !values.Has("From") && !values.Has("caller") && !values.Has("reporter_phone") {
			return false
		}
	}
	return true
}

// readForms reads one application/x-www-form-urlencoded post a line.
func readForms(in *input, p *pipe) error {
	d := rows.NewReader(in, 0, in.limits.Record)
	for {
		row, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		record := fmt.Sprintf("line %d", row.Line)
		if row.Err != nil {
			if err := p.broken(record, row.Err); err != nil {
				return err
			}
			continue
		}
		if strings.TrimSpace(row.Fields[0]) == "" {
			continue
		}
		values, err := url.ParseQuery(strings.TrimSpace(row.Fields[0]))
		if err != nil {
			if err := p.broken(record, fmt.Errorf("not a posted form")); err != nil {
				return err
			}
			continue
		}
		r, ok := reportOf(jsonrec.FromPairs(values))
		if !ok {
			if err := p.ignored(); err != nil {
				return err
			}
			continue
		}
		if err := p.report(record, r, statement{}, about{}); err != nil {
			return err
		}
	}
}
