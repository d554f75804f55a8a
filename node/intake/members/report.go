package members

import (
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// A report is what a member of the public told a hotline, an SMS number or a web
// form. Whoever reported is a self-reporter: without their recorded consent nothing of
// the report is matched, neither their number nor what they wrote, since people write
// their own number into a message too.
type report struct {
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
func reportOf(v jsonrec.Value) (report, bool) {
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
	case strings.HasSuffix(get("event"), ".report"), v.Has("caller", "summary"), v.Has("reporter_phone"), v.Has("reporter_email"):
		return report{
			id: get("id", "report_id"), caller: get("caller", "reporter_phone"), email: get("caller_email", "reporter_email"),
			text: strings.TrimSpace(get("summary", "text", "description") + "\n" + get("url")), seen: get("received_at", "created_at", "timestamp"),
			region: get("default_region", "country"), consent: get("consent_to_share", "consent"),
		}, true
	case v.Has("From", "Body"):
		return report{
			id: get("MessageSid", "SmsSid", "SmsMessageSid"), caller: get("From"), text: get("Body"), seen: get("DateSent", "Timestamp"),
			region: get("FromCountry"), consent: get("Consent"),
		}, true
	}
	return report{}, false
}

// Report states what an object holds if it is a report of the public. A repetition
// counts as a record and states nothing.
func Report(out *reading.Sink, record string, v jsonrec.Value, s reading.Statement, a reading.About) (is bool, err error) {
	r, ok := reportOf(v)
	if !ok {
		return false, nil
	}
	public := r.public(record)
	if out.Triage != nil {
		if err := out.Triage(public); err != nil {
			return true, err
		}
		return true, out.Ignored()
	}
	if out.Reports.Repeats(public) {
		return true, out.Ignored()
	}
	return true, r.state(out, record, s, a)
}

func (r report) state(out *reading.Sink, record string, s reading.Statement, a reading.About) error {
	if r.id != "" {
		record = reading.Printable(record + " (" + r.id + ")")
	}
	s.Record, s.About = record, &a
	if err := out.Problems(record, a.SetSeen(r.seen), a.SetConsent(r.consent)); err != nil {
		return err
	}
	if region, ok := reading.ParseRegion(r.region); ok {
		s.Region = region
	}
	if a.Consent == nil {
		no := false
		a.Consent = &no
	}
	told := a // what the text holds
	a.Category = casework.SelfReporter
	if !*a.Consent {
		told.Category = casework.SelfReporter
	}
	for _, who := range []struct {
		kind  casework.Kind
		value string
	}{{casework.Phone, r.caller}, {casework.Email, r.email}} {
		if reading.Nobody(who.value) {
			continue
		}
		one := s
		one.Kind, one.Value = who.kind, strings.TrimPrefix(strings.TrimSpace(who.value), "whatsapp:")
		if err := out.Value(one); err != nil {
			return err
		}
	}
	text := s
	text.About, text.Prose, text.Value = &told, true, r.text
	if err := out.Value(text); err != nil {
		return err
	}
	return out.Record()
}

// public returns a report for a person. Its country is the one that it states, or else
// that of the caller's number.
func (r report) public(record string) reading.PublicReport {
	var a reading.About
	_, _ = a.SetSeen(r.seen), a.SetConsent(r.consent) // what cannot be read is no time and no consent
	out := reading.PublicReport{
		Record: record, ID: reading.Printable(r.id), Email: strings.TrimSpace(r.email), Text: r.text, Seen: a.Seen,
		Consent: a.Consent != nil && *a.Consent,
	}
	if !reading.Nobody(r.caller) {
		out.Caller = strings.TrimPrefix(strings.TrimSpace(r.caller), "whatsapp:")
	}
	if region, ok := reading.ParseRegion(r.region); ok {
		out.Country, out.Why = region, "stated"
		return out
	}
	if region, ok := reading.ParseRegion(identify.PhoneCountry(out.Caller)); ok {
		out.Country, out.Why = region, "of the caller's number"
	}
	return out
}
