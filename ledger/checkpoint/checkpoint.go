// Package checkpoint makes and verifies the signed statements of how large the
// ledger is and what its root is.
//
// A checkpoint is a C2SP tlog-checkpoint: a signed note of origin, size and root
// (https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note). Every voter
// signs it with a log key of its own under the one origin, and cosigns it with a
// key of its own by cosignature/v1 (https://c2sp.org/tlog-cosignature), which
// carries the time at which it did. With cosignatures of a majority of voters, and
// of as many witnesses as the agreement says, it is certified ([Policy.Verify]).
// Any client of those specifications can follow the log.
//
// A voter that lies can sign two roots of one size; the majority that a certified
// checkpoint needs makes two certified histories need a voter that signed both,
// and both notes are its confession. Signatures of unknown keys are ignored, a
// wrong one under a known key refuses the whole note, and none counts twice.
package checkpoint

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/policy/casework"
)

// MaxSize is the size of the largest checkpoint in bytes.
const MaxSize = 16 << 10

// Errors that callers branch on.
var (
	ErrFormat    = errors.New("not a checkpoint")
	ErrOrigin    = errors.New("a checkpoint of another log")
	ErrSignature = errors.New("a signature of the checkpoint does not hold")
	ErrNoQuorum  = errors.New("too few voters cosigned the checkpoint")
	ErrWitnesses = errors.New("too few witnesses cosigned the checkpoint")
)

// A Checkpoint is the size and root of a log.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   tlog.Hash
}

// Text is the note's text, which is what is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// parseText reads a note's text, without extension lines.
func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("%w: %d lines, want origin, size and root", ErrFormat, len(lines)-1)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: the size is no number", ErrFormat)
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("%w: the root is not a hash", ErrFormat)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}, nil
}

// Parse reads a note's text without verifying any signature: for showing what an
// unverified note claims, and for nothing else.
func Parse(signed []byte) (Checkpoint, error) {
	if len(signed) > MaxSize {
		return Checkpoint{}, fmt.Errorf("%w: %d bytes", ErrFormat, len(signed))
	}
	text, _, ok := strings.Cut(string(signed), "\n\n")
	if !ok {
		return Checkpoint{}, fmt.Errorf("%w: no signatures", ErrFormat)
	}
	return parseText(text + "\n")
}

// NewLogKey draws a key with which a voter signs checkpoints of a log. The first
// result is secret; the second is the verifier that the member record shows.
func NewLogKey(origin string) (signer, verifier string, err error) {
	signer, verifier, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", "", fmt.Errorf("log key: %w", err)
	}
	return signer, verifier, nil
}

// NewCosignerKey draws a key with which a voter or witness cosigns.
func NewCosignerKey(name string) (signer, verifier string, err error) {
	signer, plain, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", "", fmt.Errorf("cosigner key: %w", err)
	}
	if verifier, err = fnote.VKeyToCosignatureV1(plain); err != nil {
		return "", "", fmt.Errorf("cosigner key: %w", err)
	}
	return signer, verifier, nil
}

// CosignerName is the name under which an agency cosigns in a network.
func CosignerName(origin string, agency casework.AgencyID) string {
	return origin + "/" + string(agency)
}

// CheckKeys reports whether a member's verifiers have the right form and names.
func CheckKeys(origin string, agency casework.AgencyID, logKey, cosignerKey string) error {
	lv, err := note.NewVerifier(logKey)
	if err != nil {
		return fmt.Errorf("%w: log key: %w", ErrFormat, err)
	}
	if lv.Name() != origin {
		return fmt.Errorf("%w: the log key is for %q", ErrOrigin, lv.Name())
	}
	cv, err := fnote.NewVerifierForCosignatureV1(cosignerKey)
	if err != nil {
		return fmt.Errorf("%w: cosigner key: %w", ErrFormat, err)
	}
	if cv.Name() != CosignerName(origin, agency) {
		return fmt.Errorf("%w: the cosigner key is of %q", ErrOrigin, cv.Name())
	}
	return nil
}

// Sign signs a checkpoint with a voter's log key and cosigns it with its cosigner
// key, and gives the two signature lines. The caller must have made sure that the
// checkpoint extends all that it signed before.
func Sign(c Checkpoint, logSigner, cosigner string) ([]byte, error) {
	ls, err := note.NewSigner(logSigner)
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	cs, err := fnote.NewSignerForCosignatureV1(cosigner)
	if err != nil {
		return nil, fmt.Errorf("cosigner key: %w", err)
	}
	if ls.Name() != c.Origin {
		return nil, fmt.Errorf("%w: the log key is for %q", ErrOrigin, ls.Name())
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, ls, cs)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed[len(c.Text())+1:], nil
}

// Assemble makes a note of a checkpoint and the signature lines of several voters.
func Assemble(c Checkpoint, lines ...[]byte) []byte {
	out := []byte(c.Text() + "\n")
	for _, l := range lines {
		out = append(out, l...)
	}
	return out
}

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
	Time      time.Time           // by when a quorum had cosigned
	Note      []byte
}

// Verify checks a note's signatures and its quorum. A voter counts when both its
// log signature and its cosignature hold.
func (p Policy) Verify(signed []byte) (Certified, error) {
	if len(signed) > MaxSize {
		return Certified{}, fmt.Errorf("%w: %d bytes", ErrFormat, len(signed))
	}
	if p.Origin == "" || len(p.Voters) == 0 {
		return Certified{}, fmt.Errorf("%w: nobody may vote", ErrNoQuorum)
	}
	var known []note.Verifier
	type key struct {
		name string
		hash uint32
	}
	logs, cosigners, witnesses := map[key]int{}, map[key]int{}, map[key]int{}
	add := func(text string, parse func(string) (note.Verifier, error), to map[key]int, i int) error {
		v, err := parse(text)
		if err != nil {
			return fmt.Errorf("%w: verifier: %w", ErrFormat, err)
		}
		known = append(known, v)
		to[key{v.Name(), v.KeyHash()}] = i
		return nil
	}
	for i, v := range p.Voters {
		if err := errors.Join(add(v.LogKey, note.NewVerifier, logs, i), add(v.CosignerKey, fnote.NewVerifierForCosignatureV1, cosigners, i)); err != nil {
			return Certified{}, err
		}
	}
	for i, w := range p.Witnesses {
		if err := add(w, fnote.NewVerifierForCosignatureV1, witnesses, i); err != nil {
			return Certified{}, err
		}
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			return Certified{}, fmt.Errorf("%w: none of %d", ErrNoQuorum, p.Quorum())
		}
		var invalid *note.InvalidSignatureError
		if errors.As(err, &invalid) {
			return Certified{}, fmt.Errorf("%w: of %s", ErrSignature, invalid.Name)
		}
		return Certified{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	c, err := parseText(n.Text)
	if err != nil {
		return Certified{}, err
	}
	if c.Origin != p.Origin {
		return Certified{}, fmt.Errorf("%w: %q, not %q", ErrOrigin, c.Origin, p.Origin)
	}
	loggedBy, cosignedAt, witnessed := map[int]bool{}, map[int]time.Time{}, map[int]bool{}
	for _, s := range n.Sigs {
		k := key{s.Name, s.Hash}
		if i, ok := logs[k]; ok {
			loggedBy[i] = true
		}
		if i, ok := cosigners[k]; ok {
			if cosignedAt[i], err = fnote.CoSigV1Timestamp(s); err != nil {
				return Certified{}, fmt.Errorf("%w: %w", ErrSignature, err)
			}
		}
		if i, ok := witnesses[k]; ok {
			witnessed[i] = true
		}
	}
	out := Certified{Checkpoint: c, Note: slices.Clone(signed)}
	var times []time.Time
	for i, v := range p.Voters {
		if at, ok := cosignedAt[i]; ok && loggedBy[i] {
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
	out.Time = times[p.Quorum()-1].UTC()
	return out, nil
}
