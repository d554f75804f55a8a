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
// wrong one under a known key refuses the whole note, and none counts twice. Who
// gathers signatures takes each voter's own lines alone ([Policy.OwnLines]), or one
// voter could spoil every note with a broken line in another's name. A cosigner
// that claims to have signed later than it did cannot make an old checkpoint look
// fresh by itself: the time of a certified checkpoint is one that a whole quorum
// vouches for. What a key may look like is fixed to the byte ([CheckKeys]), for two
// spellings of one key would be two votes.
package checkpoint

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
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
	ErrKey       = errors.New("not a verifying key that may be used")
	ErrPolicy    = errors.New("not a policy")
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
	c := Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}
	if c.Text() != text { // the decoder passes over carriage returns
		return Checkpoint{}, fmt.Errorf("%w: the root is written in another way than its own", ErrFormat)
	}
	return c, nil
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
