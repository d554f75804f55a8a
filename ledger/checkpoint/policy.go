package checkpoint

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Voter is an agency whose signatures count.
type Voter struct {
	Agency      casework.AgencyID
	LogKey      string // verifiers
	CosignerKey string
}

// A Policy says which signatures make a checkpoint certified. Its zero value
// certifies nothing.
type Policy struct {
	Origin    string
	Voters    []Voter
	Witnesses []string // verifiers of cosignatures
	Needed    int      // witnesses
}

// Quorum is how many voters must have cosigned: more than half.
func (p Policy) Quorum() int { return len(p.Voters)/2 + 1 }

// Certified is a checkpoint that satisfied a policy.
type Certified struct {
	Checkpoint
	Cosigners []casework.AgencyID // voters, in the policy's order
	Time      time.Time           // a whole quorum cosigned at this time or later
	Note      []byte
}

// keyID is how a signature line names a key.
type keyID struct {
	name string
	hash uint32
}

// A ring holds the verifiers of a policy, and whose they are.
type ring struct {
	known                     []note.Verifier
	logs, cosigners, watchers map[keyID]int // position among voters, and witnesses
}

func (p Policy) ring() (ring, error) {
	r := ring{logs: map[keyID]int{}, cosigners: map[keyID]int{}, watchers: map[keyID]int{}}
	add := func(text string, parse func(string) (note.Verifier, error), to map[keyID]int, i int) error {
		v, err := parse(text)
		if err != nil {
			return fmt.Errorf("%w: verifier: %w", ErrKey, err)
		}
		r.known = append(r.known, v)
		to[keyID{v.Name(), v.KeyHash()}] = i
		return nil
	}
	for i, v := range p.Voters {
		if err := errors.Join(add(v.LogKey, logVerifier, r.logs, i), add(v.CosignerKey, cosignerVerifier, r.cosigners, i)); err != nil {
			return ring{}, err
		}
	}
	for i, w := range p.Witnesses {
		if err := add(w, cosignerVerifier, r.watchers, i); err != nil {
			return ring{}, err
		}
	}
	if len(r.logs) < len(p.Voters) || len(r.cosigners) < len(p.Voters) || len(r.watchers) < len(p.Witnesses) {
		return ring{}, fmt.Errorf("%w: two of the policy's keys cannot be told apart", ErrKey)
	}
	return r, nil
}

// open reads a note and verifies every signature under a key of the ring.
func (r ring) open(signed []byte) (*note.Note, Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(r.known...))
	if err != nil {
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			return nil, Checkpoint{}, fmt.Errorf("%w: none did", ErrNoQuorum)
		}
		var invalid *note.InvalidSignatureError
		if errors.As(err, &invalid) {
			return nil, Checkpoint{}, fmt.Errorf("%w: of %s", ErrSignature, invalid.Name)
		}
		return nil, Checkpoint{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for _, s := range n.Sigs {
		if !proper(s) {
			return nil, Checkpoint{}, fmt.Errorf("%w: of %s, in a form of its own", ErrSignature, s.Name)
		}
	}
	c, err := parseText(n.Text)
	return n, c, err
}

// proper holds a line under a known key to the one spelling of its bytes (the
// library's reader ignores the last bits of base64, and line breaks), and to the rule
// of package sign on R.
func proper(s note.Signature) bool {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 || len(raw) < ed25519.SignatureSize {
		return false
	}
	return sign.ProperR(raw[len(raw)-ed25519.SignatureSize:]) // behind the key's hash, and a cosignature's time
}

// Verify checks a note's signatures and its quorum. A voter counts when its
// cosignature holds; besides, at least one voter's log signature must be there.
func (p Policy) Verify(signed []byte) (Certified, error) {
	if len(signed) > MaxSize {
		return Certified{}, fmt.Errorf("%w: %d bytes", ErrFormat, len(signed))
	}
	if p.Origin == "" || len(p.Voters) == 0 {
		return Certified{}, fmt.Errorf("%w: nobody may vote", ErrNoQuorum)
	}
	r, err := p.ring()
	if err != nil {
		return Certified{}, err
	}
	n, c, err := r.open(signed)
	if err != nil {
		return Certified{}, err
	}
	if c.Origin != p.Origin {
		return Certified{}, fmt.Errorf("%w: %q, not %q", ErrOrigin, c.Origin, p.Origin)
	}
	logged, cosignedAt, witnessed := false, map[int]time.Time{}, map[int]bool{}
	for _, s := range n.Sigs {
		k := keyID{s.Name, s.Hash}
		if _, ok := r.logs[k]; ok {
			logged = true
		}
		if i, ok := r.cosigners[k]; ok {
			if cosignedAt[i], err = fnote.CoSigV1Timestamp(s); err != nil {
				return Certified{}, fmt.Errorf("%w: %w", ErrSignature, err)
			}
		}
		if i, ok := r.watchers[k]; ok {
			witnessed[i] = true
		}
	}
	if !logged {
		return Certified{}, fmt.Errorf("%w: no voter's log key signed it", ErrNoQuorum)
	}
	out := Certified{Checkpoint: c, Note: slices.Clone(signed)}
	var times []time.Time
	for i, v := range p.Voters {
		if at, ok := cosignedAt[i]; ok {
			out.Cosigners = append(out.Cosigners, v.Agency)
			times = append(times, at)
		}
	}
	if len(times) < p.Quorum() {
		return Certified{}, fmt.Errorf("%w: %d of %d", ErrNoQuorum, len(times), p.Quorum())
	}
	if len(witnessed) < p.Needed {
		return Certified{}, fmt.Errorf("%w: %d of %d", ErrWitnesses, len(witnessed), p.Needed)
	}
	slices.SortFunc(times, time.Time.Compare)
	out.Time = times[len(times)-p.Quorum()].UTC()
	return out, nil
}

// OwnLines gives, of what a voter sent when it was asked to sign, its own two
// lines and nothing else: what it may have slipped in over another's name would
// spoil the note that they go into.
func (p Policy) OwnLines(c Checkpoint, from casework.AgencyID, lines []byte) ([]byte, error) {
	i := slices.IndexFunc(p.Voters, func(v Voter) bool { return v.Agency == from })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s is no voter", ErrNoQuorum, from)
	}
	whole := Assemble(c, lines)
	if len(whole) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, len(whole))
	}
	r, err := Policy{Origin: p.Origin, Voters: p.Voters[i : i+1]}.ring()
	if err != nil {
		return nil, err
	}
	n, got, err := r.open(whole)
	if err != nil {
		return nil, err
	}
	if got != c || len(n.Sigs) != 2 {
		return nil, fmt.Errorf("%w: %s did not sign and cosign it", ErrNoQuorum, from)
	}
	var out strings.Builder
	for _, s := range n.Sigs {
		fmt.Fprintf(&out, "— %s %s\n", s.Name, s.Base64)
	}
	return []byte(out.String()), nil
}

// Signers lists the voters whose log signature or cosignature a note bears,
// whether it is certified or not; none where a signature in it does not hold.
func (p Policy) Signers(signed []byte) []casework.AgencyID {
	if len(signed) > MaxSize {
		return nil
	}
	r, err := p.ring()
	if err != nil {
		return nil
	}
	n, c, err := r.open(signed)
	if err != nil || c.Origin != p.Origin {
		return nil
	}
	signs := make([]bool, len(p.Voters))
	for _, s := range n.Sigs {
		k := keyID{s.Name, s.Hash}
		for _, keys := range []map[keyID]int{r.logs, r.cosigners} {
			if i, ok := keys[k]; ok {
				signs[i] = true
			}
		}
	}
	var out []casework.AgencyID
	for i, v := range p.Voters {
		if signs[i] {
			out = append(out, v.Agency)
		}
	}
	return out
}
