package state_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// body reads what an agency does.
func (s *scenario) body(self casework.AgencyID, words []string) (entry.Body, error) {
	verb, rest := words[0], words[1:]
	me := s.agency(self)
	switch verb {
	case "founds":
		return &entry.Genesis{Agreement: s.terms.Bytes(), Founder: me.signed(s.t)}, nil
	case "proposes":
		if rest[0] == "agreement" {
			return &entry.AgreementPropose{Agreement: s.draft(rest[1:])}, nil
		}
		return &entry.MemberPropose{Member: s.candidate(rest).signed(s.t)}, nil
	case "approves":
		if rest[0] == "agreement" {
			return &entry.AgreementApprove{Agreement: hashOf(s.draft(rest[1:]))}, nil
		}
		c := s.candidate(rest)
		return &entry.MemberApprove{Agency: c.id, Record: c.record.Hash()}, nil
	case "expels":
		return &entry.MemberExpel{Agency: casework.AgencyID(rest[0]), Reason: "breach"}, nil
	case "replaces": // x by n
		return &entry.VoterReplace{Agency: casework.AgencyID(rest[0]), Identity: entry.Identity(bytesOf(16, "identity", rest[2]))}, nil
	case "leaves":
		return &entry.MemberExpel{Agency: self, Reason: "leaves"}, nil
	case "rotates", "moves", "takes":
		return s.rotation(verb, rest, me), nil
	case "publishes": // 1 to x
		return &entry.TagsPublished{Peer: casework.AgencyID(rest[2]), Epoch: s.epochOf(rest), Number: number(rest[0]), Added: 256, Bytes: 2048, Commitment: setHash(rest[0])}, nil
	case "acknowledges": // 1 of x
		b := &entry.TagsAcknowledged{Publisher: casework.AgencyID(rest[2]), Epoch: s.epochOf(rest), Number: number(rest[0]), Commitment: setHash(rest[0])}
		if slices.Contains(rest, "wrongly") {
			b.Commitment = entry.Hash{1}
		}
		return b, nil
	case "asks":
		return s.query(rest), nil
	case "answers", "refuses": // b1 of x
		q := casework.BatchID(bytesOf(16, "batch", rest[0]))
		known, _ := s.state().Query(q)
		b := &entry.Answer{Batch: q, Asker: casework.AgencyID(rest[2]), Query: known.Index, Count: known.Count}
		if verb == "refuses" {
			b.Count, b.Refusal = 0, "quota"
		} else if len(rest) > 3 { // of x with n
			b.Count = uint32(number(rest[4]))
		}
		if b.Count == 0 && b.Refusal == "" {
			b.Count = 1
		}
		return b, nil
	case "erases":
		return &entry.Erase{What: rest[1], Count: uint32(number(rest[0])), Reason: "retention"}, nil
	}
	return s.disclosing(verb, rest)
}

// disclosing reads the steps of a request r1.
func (s *scenario) disclosing(verb string, rest []string) (entry.Body, error) {
	id := casework.RequestID(bytesOf(16, "request", rest[0]))
	r, _ := s.state().Request(id)
	message := func(step string) entry.Hash { return entry.Hash(bytesOf(32, step, rest[0])) }
	disclosure := casework.DisclosureID(bytesOf(16, "disclosure", rest[0]))
	switch verb {
	case "requests": // r1 of x [urgently] [due date time]
		b := &entry.Request{
			Request: id, To: casework.AgencyID(rest[2]), Hash: message("request"), Urgency: casework.Routine,
			Officer: entry.Hash{1}, Approver: entry.Hash{2}, Detail: make([]byte, entry.SealedSize),
		}
		if slices.Contains(rest, "urgently") {
			b.Urgency = casework.Urgent
		}
		b.Due = s.at + b.Urgency.Limit().Milliseconds()
		if _, due, ok := cut(rest, "due"); ok {
			at, err := time.Parse("2006-01-02 15:04", strings.Join(due, " "))
			if err != nil {
				return nil, err
			}
			b.Due = at.UnixMilli()
		}
		return b, nil
	case "decides": // r1 of x full|refused
		b := &entry.Decision{
			Request: id, Asker: casework.AgencyID(rest[2]), Outcome: casework.Outcome(rest[3]), Hash: message("decision"),
			Officer: entry.Hash{3}, Approver: entry.Hash{4}, Detail: make([]byte, entry.SealedSize),
		}
		if b.Outcome == casework.Refused {
			b.Ground = casework.NotAvailable
		}
		return b, nil
	case "delivers": // r1 to x full [for n days]
		days := uint64(30)
		if len(rest) > 4 {
			days = number(rest[5])
		}
		return &entry.Delivery{
			Request: id, Disclosure: disclosure, To: casework.AgencyID(rest[2]), Outcome: casework.Outcome(rest[3]), Hash: message("package"),
			Bytes: 65536, DeleteBy: s.at + int64(days)*24*60*60*1000,
		}, nil
	case "opens": // r1 [swapped]
		b := &entry.Receipt{Request: id, Disclosure: disclosure, Hash: message("package")}
		if slices.Contains(rest, "swapped") {
			b.Hash = entry.Hash{9}
		}
		return b, nil
	case "reports": // r1 to x useful | 2 weeks [from 9 days ago]
		if rest[1] == "weeks" {
			b := &entry.Report{Until: s.at, From: s.at - int64(number(rest[0]))*7*24*60*60*1000, Detail: make([]byte, entry.SealedSize)}
			if _, ago, ok := cut(rest, "until"); ok { // until n days ago
				shift := int64(number(ago[0])) * 24 * 60 * 60 * 1000
				b.From, b.Until = b.From-shift, b.Until-shift
			}
			if slices.Contains(rest, "ahead") {
				b.From, b.Until = b.From+3_600_000, b.Until+3_600_000
			}
			return b, nil
		}
		return &entry.Use{Request: id, To: casework.AgencyID(rest[2]), Outcome: rest[3], Hash: message("use")}, nil
	}
	return nil, fmt.Errorf("%s does what? (request %d)", verb, r.Index)
}

// candidate is who wants to join, perhaps with something wrong: "fr-fiu",
// "fr-fiu of epoch 2", "fr-fiu with the peer-id of nl-police", "fr-fiu forged by x".
func (s *scenario) candidate(words []string) *agency {
	c := *s.agency(casework.AgencyID(words[0]))
	if len(words) == 1 {
		return &c
	}
	switch words[1] {
	case "of":
		c.epoch(s.t, uint32(number(words[3])))
	case "forged":
		c = *s.forged(c.id, words[3])
	case "with":
		of := s.agency(casework.AgencyID(words[5])) // which lends its secret
		other := of.record
		switch words[3] {
		case "peer-id":
			c.record.PeerID, c.node = other.PeerID, of.party.Node
		case "match-key":
			c.record.MatchKey, c.match = other.MatchKey, of.party.Match
		case "log-key":
			c.record.LogKey, c.log = other.LogKey, of.party.Log
		case "agency-key":
			c.record.AgencyKey, c.key = other.AgencyKey, s.agency(casework.AgencyID(words[5])).key
		}
	}
	return &c
}

func (s *scenario) rotation(verb string, rest []string, me *agency) entry.Body {
	next := *me
	switch verb {
	case "rotates": // [to epoch n] [keeping a key]
		epoch := next.record.Epoch + 1
		if len(rest) > 2 && rest[0] == "to" {
			epoch = uint32(number(rest[2]))
		}
		next.epoch(s.t, epoch)
		if slices.Contains(rest, "keeping") {
			next.record.MatchKey = me.record.MatchKey
		}
	case "moves": // to an address
		next.record.Addrs = []string{"/dns4/" + rest[1] + "/tcp/4001"}
	case "takes": // a new name|oversight|country|peer-id of x
		switch rest[1] {
		case "name":
			next.record.Name = "Somebody else"
		case "oversight":
			next.record.Oversight.Name = "No oversight"
		case "country":
			next.record.Country = "FR"
		case "peer-id":
			next.record.PeerID, next.node = s.agency(casework.AgencyID(rest[3])).record.PeerID, s.agency(casework.AgencyID(rest[3])).party.Node
		case "agency-key":
			next = *s.forged(me.id, "itself")
		}
	}
	b := &entry.MemberRotate{Member: next.signed(s.t)}
	if verb != "takes" && s.probe(me.id, b) {
		me.record = next.record
	}
	return b
}

// probe reports whether the ledger would take a body from an agency now.
func (s *scenario) probe(id casework.AgencyID, b entry.Body) bool {
	e, err := entry.Sign(s.next(id, s.at), b, s.agency(id).key)
	return err == nil && s.state().Check(e, s.at) == nil
}

// query reads "x,y for 3 phone,2 email as b1 [in epoch 2]".
func (s *scenario) query(words []string) *entry.Query {
	q := query(words[slices.Index(words, "as")+1], 1, casework.Phone, max(1, s.state().Epoch()))
	for _, p := range strings.Split(words[0], ",") {
		q.Peers = append(q.Peers, casework.AgencyID(p))
	}
	q.Count, q.Kinds = 0, map[casework.Kind]uint32{}
	counts, _, _ := cut(words[2:], "as")
	for part := range strings.SplitSeq(strings.Join(counts, " "), ",") {
		f := strings.Fields(part)
		q.Kinds[casework.Kind(f[1])] = uint32(number(f[0]))
		q.Count += uint32(number(f[0]))
	}
	if _, in, ok := cut(words, "in"); ok {
		q.Epoch = uint32(number(in[1]))
	}
	return q
}

// draft is an agreement of another version: "2 [max_batch 10] [voters 1]".
func (s *scenario) draft(words []string) []byte {
	a := s.terms
	a.Version = uint32(number(words[0]))
	for i := 1; i+1 < len(words); i += 2 {
		switch words[i] {
		case "max_batch":
			a.MaxBatch = uint32(number(words[i+1]))
		case "voters":
			a.Voters = uint32(number(words[i+1]))
		case "network":
			a.Network = words[i+1]
		case "join_share":
			a.JoinShare = agreement.Share(words[i+1])
		case "expel_share":
			a.ExpelShare = agreement.Share(words[i+1])
		case "amend_share":
			a.AmendShare = agreement.Share(words[i+1])
		case "level":
			a.Level = uint32(number(words[i+1]))
		}
	}
	return a.Bytes()
}

func (s *scenario) epochOf(words []string) uint32 {
	if _, in, ok := cut(words, "in"); ok {
		return uint32(number(in[1]))
	}
	return s.state().Epoch()
}

func setHash(number string) entry.Hash { return entry.Hash(bytesOf(32, "set", number)) }

func hashOf(b []byte) entry.Hash { return sha(bytes.Clone(b)) }
