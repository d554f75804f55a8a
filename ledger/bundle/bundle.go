// Package bundle proves to somebody who has nothing else, a court, when who asked,
// answered, sent and used what in one request for disclosure.
//
//	node --{policy, receipts of each step, member records}--> file --Check--> statement
//
// Each step is a ledger entry with a receipt: its inclusion in a checkpoint that a
// majority of the network's voters signed. The keys of those voters, the policy, are in
// the bundle too, so what it proves is: the holders of these keys certified this. Whose
// keys they are, the reader learns by comparing the policy's fingerprint with what any
// member of the network says ('crosscase network policy').
//
// A bundle holds hashes and commitments, and no identifier, name of an officer or text
// of a request. A step that is not in it may have happened: what is left out proves
// nothing.
package bundle

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/policy/casework"
)

// Version is that of the file.
const Version = "crosscase-bundle/1"

// MaxSize is the size of the largest bundle in bytes.
const MaxSize = 1 << 20

// Errors that callers branch on; those of receipts come through as they are.
var (
	ErrFormat = errors.New("not a bundle")
	ErrProof  = errors.New("the bundle does not prove what it says")
)

// A Bundle is the file.
type Bundle struct {
	Version  string             `json:"version"`
	Request  casework.RequestID `json:"request"`
	Policy   string             `json:"policy"`   // C2SP tlog-policy: the voters' keys
	Receipts [][]byte           `json:"receipts"` // of the request's entries, as receipt.Receipt travels
	Parties  []Party            `json:"parties"`  // the asker, and whom it asked
}

// A Party is one side's record, as it was signed, and the receipt of the entry that
// admitted it.
type Party struct {
	Record    entry.SignedMember `json:"record"`
	Admission []byte             `json:"admission"`
}

// Bytes writes the file.
func (b Bundle) Bytes() ([]byte, error) {
	b.Version = Version
	out, err := json.MarshalIndent(b, "", " ")
	if err == nil && len(out) > MaxSize {
		err = fmt.Errorf("%w: %d bytes", ErrFormat, len(out))
	}
	return append(out, '\n'), err
}

// Parse reads what Bytes wrote.
func Parse(data []byte) (Bundle, error) {
	var b Bundle
	if len(data) > MaxSize {
		return b, fmt.Errorf("%w: %d bytes", ErrFormat, len(data))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return b, fmt.Errorf("%w: something follows it", ErrFormat)
	}
	switch {
	case b.Version != Version:
		return b, fmt.Errorf("%w: version %q", ErrFormat, b.Version)
	case b.Request.IsZero() || len(b.Receipts) == 0 || len(b.Receipts) > 8 || len(b.Parties) != 2:
		return b, fmt.Errorf("%w: a request, its steps and two parties are wanted", ErrFormat)
	}
	return b, nil
}

// PolicyFingerprint is how a policy's keys are compared over the phone or on paper.
func PolicyFingerprint(policy string) string {
	return entry.Fingerprint(sha256.Sum256([]byte(policy)))
}

// A Statement is what a bundle proves.
type Statement struct {
	Network     string             `json:"network"`
	Request     casework.RequestID `json:"request"`
	Fingerprint string             `json:"policy_fingerprint"` // compare it with what a member says
	Voters      []string           `json:"voters"`
	Quorum      int                `json:"quorum"`
	Asker       Side               `json:"asker"`
	Asked       Side               `json:"asked"`
	Steps       []Step             `json:"steps"`
	Certified   time.Time          `json:"certified"` // of the newest checkpoint
}

// A Side is one of the two agencies.
type Side struct {
	Agency   casework.AgencyID `json:"agency"`
	Name     string            `json:"name"`
	Country  string            `json:"country"`
	Admitted time.Time         `json:"admitted"`
	Same     bool              `json:"same_record"` // the record is the one that was admitted
}

// A Step is one entry.
type Step struct {
	Index   uint64            `json:"index"`
	Type    entry.Type        `json:"type"`
	Agency  casework.AgencyID `json:"agency"`
	At      time.Time         `json:"at"` // appended to the ledger
	What    string            `json:"what"`
	Present bool              `json:"present_key"` // it is signed by the key in the party's record

	body entry.Body
}

// Check verifies a bundle by itself.
func (b Bundle) Check() (Statement, error) {
	policy, err := checkpoint.ParsePolicy(b.Policy)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Network: policy.Origin, Request: b.Request, Fingerprint: PolicyFingerprint(b.Policy), Quorum: policy.Quorum()}
	for _, v := range policy.Voters {
		s.Voters = append(s.Voters, string(v.Agency))
	}
	keys := map[casework.AgencyID]ed25519.PublicKey{}
	sides := []*Side{&s.Asker, &s.Asked}
	for i, p := range b.Parties {
		m, err := p.check(policy, sides[i])
		if err != nil {
			return Statement{}, err
		}
		keys[m.Agency] = m.AgencyKey
	}
	for _, raw := range b.Receipts {
		v, err := verify(raw, policy)
		if err != nil {
			return Statement{}, err
		}
		key, ok := keys[v.Entry.Agency]
		if !ok {
			return Statement{}, fmt.Errorf("%w: entry %d is of %s, who is no party", ErrProof, v.Index, v.Entry.Agency)
		}
		s.Steps = append(s.Steps, Step{
			Index: v.Index, Type: v.Entry.Type, Agency: v.Entry.Agency, At: time.UnixMilli(v.Appended).UTC(),
			Present: v.Entry.Verify(key) == nil, body: v.Entry.Body,
		})
		if s.Certified.Before(v.Certified.Time) {
			s.Certified = v.Certified.Time
		}
	}
	slices.SortFunc(s.Steps, func(a, b Step) int { return cmp.Compare(a.Index, b.Index) })
	return s, s.fits()
}

func verify(raw []byte, policy checkpoint.Policy) (receipt.Verified, error) {
	r, err := receipt.Parse(raw)
	if err != nil {
		return receipt.Verified{}, err
	}
	return r.Verify(policy)
}

// check reads a party's record and compares it with the entry that admitted it.
func (p Party) check(policy checkpoint.Policy, side *Side) (entry.Member, error) {
	m, err := p.Record.Open()
	if err != nil {
		return m, fmt.Errorf("%w: a party's record: %w", ErrProof, err)
	}
	v, err := verify(p.Admission, policy)
	if err != nil {
		return m, fmt.Errorf("the admission of %s: %w", m.Agency, err)
	}
	hash := m.Hash()
	*side = Side{Agency: m.Agency, Name: m.Name, Country: m.Country, Admitted: time.UnixMilli(v.Appended).UTC()}
	var of casework.AgencyID
	var admitted entry.Hash
	switch body := v.Entry.Body.(type) {
	case *entry.MemberApprove:
		of, admitted = body.Agency, body.Record
	case *entry.Genesis:
		of, admitted = v.Entry.Agency, sha256.Sum256(body.Founder.Record)
	case *entry.Recover:
		of, admitted = v.Entry.Agency, sha256.Sum256(body.Founder.Record)
	case *entry.MemberPropose:
		proposed, err := body.Member.Read()
		if err != nil {
			return m, fmt.Errorf("%w: the admission of %s: %w", ErrProof, m.Agency, err)
		}
		of, admitted = proposed.Agency, proposed.Hash()
	case *entry.MemberExpel: // fewer members had to approve after it
		of = m.Agency
	}
	if of != m.Agency {
		return m, fmt.Errorf("%w: entry %d admits %q, not %s", ErrProof, v.Index, of, m.Agency)
	}
	side.Same = admitted == hash
	return m, nil
}

// fits checks that the steps are those of one request between the two, each once and in
// order, and says what each is.
func (s *Statement) fits() error {
	var disclosure casework.DisclosureID
	var sent entry.Hash
	stage := 0
	for i := range s.Steps {
		step := &s.Steps[i]
		var id casework.RequestID
		var by, to casework.AgencyID
		order := 0
		switch b := step.body.(type) {
		case *entry.Request:
			id, by, to, order = b.Request, s.Asker.Agency, b.To, 1
			step.What = fmt.Sprintf("asked %s for disclosure, %s, to be answered by %s", b.To, b.Urgency, time.UnixMilli(b.Due).UTC().Format(time.RFC3339))
			if b.To != s.Asked.Agency {
				return fmt.Errorf("%w: entry %d asks %s", ErrProof, step.Index, b.To)
			}
		case *entry.Decision:
			id, by, to, order = b.Request, s.Asked.Agency, b.Asker, 2
			step.What = fmt.Sprintf("decided: %s", b.Outcome)
			if b.Ground != "" {
				step.What += fmt.Sprintf(" (%s)", b.Ground)
			}
		case *entry.Delivery:
			id, by, to, order = b.Request, s.Asked.Agency, b.To, 3
			disclosure, sent = b.Disclosure, b.Hash
			step.What = fmt.Sprintf("sent a sealed disclosure of up to %d bytes, SHA-256 %s, to be deleted by %s", b.Bytes, b.Hash, time.UnixMilli(b.DeleteBy).UTC().Format(time.DateOnly))
		case *entry.Receipt:
			id, by, order = b.Request, s.Asker.Agency, 4
			step.What = "opened the disclosure, whole and as it was sent"
			if !disclosure.IsZero() && (b.Disclosure != disclosure || b.Hash != sent) {
				return fmt.Errorf("%w: entry %d opens another disclosure than was sent", ErrProof, step.Index)
			}
		case *entry.Use:
			id, by, to, order = b.Request, s.Asker.Agency, b.To, 5
			step.What = fmt.Sprintf("reported the use: %s", b.Outcome)
		default:
			return fmt.Errorf("%w: entry %d is no step of a request", ErrProof, step.Index)
		}
		other := s.Asker.Agency
		if by == other {
			other = s.Asked.Agency
		}
		if id != s.Request || step.Agency != by || to != "" && to != other {
			return fmt.Errorf("%w: entry %d is of another request, or of another agency than the step is of", ErrProof, step.Index)
		}
		if order <= stage {
			return fmt.Errorf("%w: entry %d comes too late, or twice", ErrProof, step.Index)
		}
		stage = order
	}
	if s.Steps[0].Type != entry.TypeRequest {
		return fmt.Errorf("%w: the request itself is not in it", ErrProof)
	}
	return nil
}
