package entry_test

import (
	"crypto/ed25519"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// with returns a copy of the good body of its type with a change.
func with[B any](t *testing.T, change func(*B)) entry.Body {
	t.Helper()
	for _, b := range samples(t) {
		if v, ok := any(b).(*B); ok {
			change(v)
			return b
		}
	}
	t.Fatalf("no sample of %s", reflect.TypeFor[B]())
	return nil
}

// badOfNetwork returns bad bodies on members, the agreement and the clock.
func badOfNetwork(t *testing.T) map[string]entry.Body {
	t.Helper()
	return map[string]entry.Body{
		"genesis without agreement":      with(t, func(b *entry.Genesis) { b.Agreement = nil }),
		"genesis without founder":        with(t, func(b *entry.Genesis) { b.Founder.Record = nil }),
		"approval without record":        with(t, func(b *entry.MemberApprove) { b.Record = entry.Hash{} }),
		"approval of nobody":             with(t, func(b *entry.MemberApprove) { b.Agency = "" }),
		"expulsion without reason":       with(t, func(b *entry.MemberExpel) { b.Reason = "" }),
		"expulsion with prose":           with(t, func(b *entry.MemberExpel) { b.Reason = "a Name and a number" }),
		"successor without a seam":       with(t, func(b *entry.Recover) { b.Seam = entry.Seam{} }),
		"successor of nobody":            with(t, func(b *entry.Recover) { b.Seam.Survivors = []entry.Survivor{} }),
		"successor that nobody oversees": with(t, func(b *entry.Recover) { b.Seam.Bodies = []entry.BodySignature{} }),
		"successor on other terms":       with(t, func(b *entry.Recover) { b.Agreement = []byte{0xa1} }),
		"successor of its own name":      with(t, func(b *entry.Recover) { b.Seam.Network = b.Seam.Successor }),
		"successor by another founder":   with(t, func(b *entry.Recover) { b.Seam.Founder = "fr-fiu" }),
		"seam with a forged signature":   with(t, func(b *entry.Recover) { b.Seam.Note = []byte("another checkpoint") }),
		"seam signed twice by one": with(t, func(b *entry.Recover) {
			b.Seam.Survivors = append(b.Seam.Survivors, b.Seam.Survivors[0])
		}),
		"replacement of nobody":               with(t, func(b *entry.VoterReplace) { b.Agency = "" }),
		"replacement by nothing":              with(t, func(b *entry.VoterReplace) { b.Identity = entry.Identity{} }),
		"agreement without text":              with(t, func(b *entry.AgreementPropose) { b.Agreement = nil }),
		"approval of no agreement":            with(t, func(b *entry.AgreementApprove) { b.Agreement = entry.Hash{} }),
		"clock without a checkpoint":          with(t, func(b *entry.Clock) { b.Note = nil }),
		"clock with a huge checkpoint":        with(t, func(b *entry.Clock) { b.Note = make([]byte, 8<<10+1) }),
		"rotation without signature":          with(t, func(b *entry.MemberRotate) { b.Member.Signature = nil }),
		"proposal with a signature of others": with(t, func(b *entry.MemberPropose) { b.Member.Signature = make([]byte, 64) }),
	}
}

// badOfMatching returns bad bodies on sets, queries, answers and reports.
func badOfMatching(t *testing.T) map[string]entry.Body {
	t.Helper()
	return map[string]entry.Body{
		"set without epoch":             with(t, func(b *entry.TagsPublished) { b.Epoch = 0 }),
		"set without number":            with(t, func(b *entry.TagsPublished) { b.Number = 0 }),
		"set without commitment":        with(t, func(b *entry.TagsPublished) { b.Commitment = entry.Hash{} }),
		"set without bytes":             with(t, func(b *entry.TagsPublished) { b.Bytes = 0 }),
		"acknowledgement of no number":  with(t, func(b *entry.TagsAcknowledged) { b.Number = 0 }),
		"acknowledgement of nothing":    with(t, func(b *entry.TagsAcknowledged) { b.Commitment = entry.Hash{} }),
		"query without batch":           with(t, func(b *entry.Query) { b.Batch = casework.BatchID{} }),
		"query of nobody":               with(t, func(b *entry.Query) { b.Peers = nil }),
		"query of one peer twice":       with(t, func(b *entry.Query) { b.Peers = []casework.AgencyID{"fr-fiu", "fr-fiu"} }),
		"query with peers out of order": with(t, func(b *entry.Query) { slices.Reverse(b.Peers) }),
		"query of too many peers":       with(t, func(b *entry.Query) { b.Peers = make([]casework.AgencyID, entry.MaxPeers+1) }),
		"query of no element":           with(t, func(b *entry.Query) { b.Count, b.Kinds = 0, nil }),
		"query of too many elements": with(t, func(b *entry.Query) {
			b.Count, b.Kinds = entry.MaxBatch+1, map[casework.Kind]uint32{casework.Phone: entry.MaxBatch + 1}
		}),
		"query whose kinds add up to less": with(t, func(b *entry.Query) { b.Count++ }),
		"query whose kinds wrap around": with(t, func(b *entry.Query) {
			b.Count, b.Kinds = 4, map[casework.Kind]uint32{casework.Phone: 1 << 31, casework.Email: 1 << 31, casework.URL: 4}
		}),
		"query of an unknown kind":      with(t, func(b *entry.Query) { b.Kinds = map[casework.Kind]uint32{"name": 5} }),
		"query of none of a kind":       with(t, func(b *entry.Query) { b.Kinds[casework.Email] = 0 }),
		"query without part size":       with(t, func(b *entry.Query) { b.PartSize = 0 }),
		"query without commitment":      with(t, func(b *entry.Query) { b.Commitment = entry.Hash{} }),
		"query without case":            with(t, func(b *entry.Query) { b.Case = entry.Hash{} }),
		"query without officer":         with(t, func(b *entry.Query) { b.Officer = entry.Hash{} }),
		"query without justification":   with(t, func(b *entry.Query) { b.Justification = entry.Hash{} }),
		"query with nothing sealed":     with(t, func(b *entry.Query) { b.Detail = nil }),
		"query with a byte more sealed": with(t, func(b *entry.Query) { b.Detail = make([]byte, entry.SealedSize+1) }),
		"answer that refuses and answers": with(t, func(b *entry.Answer) {
			b.Refusal = "quota"
		}),
		"answer that does neither":   with(t, func(b *entry.Answer) { b.Count = 0 }),
		"refusal in prose":           with(t, func(b *entry.Answer) { b.Count, b.Refusal = 0, "because I say so" }),
		"refusal too long":           with(t, func(b *entry.Answer) { b.Count, b.Refusal = 0, strings.Repeat("x", 65) }),
		"report of a day":            with(t, func(b *entry.Report) { b.Until = b.From + 86_400_000 }),
		"report of a small count":    with(t, func(b *entry.Report) { b.Hits = 1 }),
		"report of an exact count":   with(t, func(b *entry.Report) { b.Hits = 31 }),
		"report with nothing sealed": with(t, func(b *entry.Report) { b.Detail = nil }),
	}
}

// badOfCasework returns bad bodies on requests, what came of them, and erasure.
func badOfCasework(t *testing.T) map[string]entry.Body {
	t.Helper()
	return map[string]entry.Body{
		"request without approver":           with(t, func(b *entry.Request) { b.Approver = entry.Hash{} }),
		"request of unknown urgency":         with(t, func(b *entry.Request) { b.Urgency = "asap" }),
		"request without due time":           with(t, func(b *entry.Request) { b.Due = 0 }),
		"request with nothing sealed":        with(t, func(b *entry.Request) { b.Detail = nil }),
		"decision of unknown outcome":        with(t, func(b *entry.Decision) { b.Outcome = "maybe" }),
		"refusal without ground":             with(t, func(b *entry.Decision) { b.Ground = "" }),
		"refusal on an unknown ground":       with(t, func(b *entry.Decision) { b.Ground = "no" }),
		"disclosure with a ground to refuse": with(t, func(b *entry.Decision) { b.Outcome = casework.Full }),
		"disclosure by one officer":          with(t, func(b *entry.Decision) { b.Outcome, b.Ground, b.Approver = casework.Full, "", b.Officer }),
		"disclosure by nobody":               with(t, func(b *entry.Decision) { b.Outcome, b.Ground, b.Officer = casework.Full, "", entry.Hash{} }),
		"delivery of a refusal":              with(t, func(b *entry.Delivery) { b.Outcome = casework.Refused }),
		"delivery of nothing":                with(t, func(b *entry.Delivery) { b.Bytes = 0 }),
		"delivery that is kept for ever":     with(t, func(b *entry.Delivery) { b.DeleteBy = 0 }),
		"receipt of nothing":                 with(t, func(b *entry.Receipt) { b.Hash = entry.Hash{} }),
		"use of unknown outcome":             with(t, func(b *entry.Use) { b.Outcome = "great" }),
		"erasure of something else":          with(t, func(b *entry.Erase) { b.What = "the evidence" }),
		"erasure of none":                    with(t, func(b *entry.Erase) { b.Count = 0 }),
		"erasure with a reason in prose":     with(t, func(b *entry.Erase) { b.Reason = "Person asked" }),
	}
}

// TestShapes: a body with a value missing or out of range cannot be written, and
// cannot be read when another program wrote it.
func TestShapes(t *testing.T) {
	bad := badOfNetwork(t)
	maps.Copy(bad, badOfMatching(t))
	maps.Copy(bad, badOfCasework(t))
	mode := encodeRaw(t)
	head, _ := splitPayload(t, payloadOf(t, sign(t, samples(t)[entry.TypeErase]).Raw()))
	covered := map[entry.Type]bool{}
	for name, b := range bad {
		covered[b.Type()] = true
		if _, err := entry.Sign(header(), b, keyOf("nl-police")); !errors.Is(err, entry.ErrShape) {
			t.Errorf("%s was signed: %v", name, err)
		}
		typed := mode(replaceType(t, head, b.Type()))
		raw := coseSign(t, concat([]byte{0x82}, typed, mode(b)), nil)
		if _, err := entry.Parse(raw); !errors.Is(err, entry.ErrShape) && !errors.Is(err, entry.ErrFormat) {
			t.Errorf("%s was read: %v", name, err)
		}
	}
	for _, typ := range entry.Types() {
		if !covered[typ] {
			t.Errorf("no bad body of type %s is tried", typ)
		}
	}
}

func TestHeaders(t *testing.T) {
	for name, change := range map[string]func(*entry.Header){
		"no network":            func(h *entry.Header) { h.Network = "" },
		"a long network":        func(h *entry.Header) { h.Network = strings.Repeat("x", 129) },
		"no agency":             func(h *entry.Header) { h.Agency = "" },
		"an agency with spaces": func(h *entry.Header) { h.Agency = "nl police" },
		"seq 0":                 func(h *entry.Header) { h.Seq = 0 },
		"a first with prev":     func(h *entry.Header) { h.Seq = 1 },
		"a second without prev": func(h *entry.Header) { h.Prev = entry.Hash{} },
		"no time":               func(h *entry.Header) { h.Time = 0 },
		"a negative time":       func(h *entry.Header) { h.Time = -1 },
		"a time out of range":   func(h *entry.Header) { h.Time = entry.MaxTime + 1 },
	} {
		h := header()
		change(&h)
		if _, err := entry.Sign(h, samples(t)[entry.TypeErase], keyOf("nl-police")); !errors.Is(err, entry.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := header().At(); !got.Equal(time.UnixMilli(1_700_000_000_000)) || got.Location() != time.UTC {
		t.Error(got)
	}
}

func TestMembers(t *testing.T) {
	for name, change := range map[string]func(*entry.Member){
		"no name":                   func(m *entry.Member) { m.Name = "" },
		"a name that moves cursors": func(m *entry.Member) { m.Name = "Politie\x1b[2J" },
		"a name turned around":      func(m *entry.Member) { m.Name = "Politie\u202eeciloP" },
		"a contact of two lines":    func(m *entry.Member) { m.Contact = "a\nb" },
		"a country of three":        func(m *entry.Member) { m.Country = "NLD" },
		"a country in lower case":   func(m *entry.Member) { m.Country = "nl" },
		"a short key":               func(m *entry.Member) { m.AgencyKey = m.AgencyKey[:31] },
		"a key of small order":      func(m *entry.Member) { m.AgencyKey = append([]byte{1}, make([]byte, 31)...) },
		"no address":                func(m *entry.Member) { m.Addrs = nil },
		"too many addresses":        func(m *entry.Member) { m.Addrs = make([]string, 17) },
		"an address that is empty":  func(m *entry.Member) { m.Addrs = []string{""} },
		"no peer id":                func(m *entry.Member) { m.PeerID = "" },
		"no log key":                func(m *entry.Member) { m.LogKey = "" },
		"no cosigner key":           func(m *entry.Member) { m.CosignerKey = "" },
		"no epoch":                  func(m *entry.Member) { m.Epoch = 0 },
		"a short match key":         func(m *entry.Member) { m.MatchKey = m.MatchKey[:31] },
		"a short disclosure key":    func(m *entry.Member) { m.DisclosureKey = m.DisclosureKey[:32] },
		"no oversight body":         func(m *entry.Member) { m.Oversight = entry.Oversight{} },
		"no normaliser":             func(m *entry.Member) { m.Normaliser = 0 },
		"no feature level":          func(m *entry.Member) { m.Level = 0 },
	} {
		m := record()
		change(&m)
		if _, err := entry.SignMember(m, keys()); !errors.Is(err, entry.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
		// Another program signs it all the same.
		forged := entry.SignedMember{Record: m.Bytes()}
		forged.Signature = ed25519.Sign(keyOf("nl-police"), append([]byte("crosscase/2 member record\x00"), forged.Record...))
		if _, err := forged.Open(); !errors.Is(err, entry.ErrShape) {
			t.Errorf("%s was opened: %v", name, err)
		}
	}
	s := signed(t)
	if m, err := s.Open(); err != nil || cmp.Diff(m, record()) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(m, record()))
	}
	back, err := entry.ParseSignedMember(s.Bytes())
	if err != nil || cmp.Diff(back, s) != "" {
		t.Errorf("%v", err)
	}
	if _, err := entry.ParseSignedMember(append(s.Bytes(), 0)); !errors.Is(err, entry.ErrFormat) {
		t.Errorf("trailing byte: %v", err)
	}
	of := keys()
	of.Agency = keyOf("fr-fiu") // not the key in the record
	other, err := entry.SignMember(record(), of)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(); !errors.Is(err, entry.ErrSignature) {
		t.Errorf("a record that somebody else signed: %v", err)
	}
	s.Record = append(s.Record[:len(s.Record):len(s.Record)], 0)
	if _, err := s.Open(); !errors.Is(err, entry.ErrFormat) {
		t.Errorf("a record with a byte more: %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	f := record().Fingerprint()
	if groups := strings.Fields(f); len(groups) != 8 || len(f) != 39 {
		t.Errorf("%q", f)
	}
	if !entry.SameFingerprint(strings.ToLower(strings.ReplaceAll(f, " ", "-")), f) || entry.SameFingerprint("", "") || entry.SameFingerprint(f[:35], f) {
		t.Error("fingerprints do not compare as people write them")
	}
}

func encodeRaw(t *testing.T) func(any) []byte { return func(v any) []byte { return wrap(t, v) } }

// replaceType returns the elements of a header with another type.
func replaceType(t *testing.T, header []byte, typ entry.Type) []any {
	t.Helper()
	h := headerFields(t, header)
	h[2] = string(typ)
	return h
}

// An identity is read as people write it, and nothing else is one.
func TestIdentityIsReadAloud(t *testing.T) {
	id := entry.Identity{0x3f, 0x2a, 15: 0x0d}
	for _, text := range []string{id.String(), strings.ToUpper(id.String()), strings.ReplaceAll(id.String(), " ", "-")} {
		if got, err := entry.ParseIdentity(text); err != nil || got != id {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3f2a", id.String() + "00", strings.Replace(id.String(), "f", "x", 1)} {
		if got, err := entry.ParseIdentity(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
