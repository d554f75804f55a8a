package entry

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/sign"
)

// MemberKeys are the secrets behind a record, each of which proves that its holder
// made the record.
type MemberKeys struct {
	Agency, Node  ed25519.PrivateKey
	Log, Cosigner string // note signers
	Match         *oprf.PrivateKey
}

// Proofs show that who made a record holds the secret of each key in it that can
// sign or evaluate. A disclosure key, which can do neither, is only tried.
type Proofs struct {
	Node     []byte `cbor:"1,keyasint"` // signatures over the record
	Log      []byte `cbor:"2,keyasint"`
	Cosigner []byte `cbor:"3,keyasint"`
	Element  []byte `cbor:"4,keyasint"` // the match key's evaluation of the record, with its proof
	Match    []byte `cbor:"5,keyasint"`
}

// prove makes the proofs for a record.
func (k MemberKeys) prove(record []byte) (Proofs, error) {
	message := append(bytes.Clone(memberDomain), record...)
	var p Proofs
	for _, s := range []struct {
		secret string
		to     *[]byte
	}{{k.Log, &p.Log}, {k.Cosigner, &p.Cosigner}} {
		signer, err := note.NewSigner(s.secret)
		if err != nil {
			return Proofs{}, fmt.Errorf("note signer: %w", err)
		}
		if *s.to, err = signer.Sign(message); err != nil {
			return Proofs{}, fmt.Errorf("note signer: %w", err)
		}
	}
	if len(k.Node) != ed25519.PrivateKeySize || k.Match == nil {
		return Proofs{}, errors.New("node key or match key is missing")
	}
	p.Node = ed25519.Sign(k.Node, message)
	blinded, err := blindedRecord(message)
	if err != nil {
		return Proofs{}, err
	}
	element, proof, err := oprf.NewServer(k.Match, oprf.Options{}).Evaluate(context.Background(), blinded.Elements())
	if err != nil {
		return Proofs{}, fmt.Errorf("match key: %w", err)
	}
	p.Element, p.Match = element, proof[:]
	return p, nil
}

// blindedRecord is the record as an element that both sides compute: no identifier
// begins as a record does, so that its evaluation tells nothing.
func blindedRecord(message []byte) (*oprf.Blinded, error) {
	one, err := oprf.ParseBlind(append([]byte{1}, make([]byte, 31)...))
	if err != nil {
		return nil, err
	}
	h := Hash(sha256.Sum256(message))
	return oprf.BlindBatch(context.Background(), oprf.Options{}, [][]byte{append(bytes.Clone(memberDomain), h[:]...)}, []oprf.Blind{one})
}

// check verifies the proofs under the record's keys.
func (p Proofs) check(m Member, record []byte) error {
	message := append(bytes.Clone(memberDomain), record...)
	node, err := nodeKey(m.PeerID)
	if err != nil {
		return err
	}
	for _, s := range []struct {
		name      string
		key       func() ([]byte, error)
		signature []byte
	}{
		{"node key", func() ([]byte, error) { return node, nil }, p.Node},
		{"log key", func() ([]byte, error) { return noteKey(m.LogKey) }, p.Log},
		{"cosigner key", func() ([]byte, error) { return noteKey(m.CosignerKey) }, p.Cosigner},
	} {
		key, err := s.key()
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if !sign.Verify(key, message, s.signature) {
			return fmt.Errorf("%w: nothing shows that %s holds the secret of its %s", ErrSignature, m.Agency, s.name)
		}
	}
	pk, err := oprf.ParsePublicKey(m.MatchKey)
	if err != nil {
		return fmt.Errorf("match key: %w", err)
	}
	blinded, err := blindedRecord(message)
	if err != nil {
		return err
	}
	if _, err := oprf.NewClient(pk, oprf.Options{}).Finalize(context.Background(), blinded, p.Element, p.Match); err != nil {
		return fmt.Errorf("%w: nothing shows that %s holds the secret of its match key: %w", ErrSignature, m.Agency, err)
	}
	return nil
}

// noteKey reads the Ed25519 key out of a note verifier.
func noteKey(verifier string) ([]byte, error) {
	fields := strings.SplitN(verifier, "+", 3)
	raw, err := base64.StdEncoding.Strict().DecodeString(fields[len(fields)-1])
	if err != nil || len(fields) != 3 || len(raw) != 1+ed25519.PublicKeySize {
		return nil, errors.New("not a note verifier of an Ed25519 key")
	}
	return raw[1:], sign.CheckKey(raw[1:])
}

// matchKey parses a match key by the code that uses it.
func matchKey(key []byte) error {
	if _, err := oprf.ParsePublicKey(key); err != nil {
		return fmt.Errorf("match key: %w", err)
	}
	return nil
}

// sealKey parses a key that others seal to by the code that uses it, and seals to it:
// a point of small order parses, and seals nothing.
func sealKey(name string, key []byte) error {
	k, err := seal.ParsePublicKey(key)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := seal.Seal(k, nil, nil, nil); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
