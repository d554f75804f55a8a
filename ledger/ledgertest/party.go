// Package ledgertest is the one fake ledger that tests of other packages use: members
// with all their keys, entries that the rules take, a tree, checkpoints that the
// voters sign, receipts and views, in memory.
//
//	nl, fr := ledgertest.NewParty(t, network, "nl-police"), ledgertest.NewParty(t, network, "fr-fiu")
//	l := ledgertest.New(t, agreement.Default(network), nl, fr) // founded, all admitted
//	l.Add(nl, &entry.Erase{What: "item", Count: 1, Reason: "consent"})
//	seat := l.Seat(fr)                                         // what a service of fr's gets
//
// What it holds is made by the packages that it stands for: entry, state, checkpoint,
// receipt. Only agreeing on an order is left out, which ledger/replica does. A test
// of a dishonest member signs with the party's keys what it likes.
package ledgertest

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// TB is what it needs of a test, a benchmark or a property.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// A Party is an agency with all its keys and those of its oversight body.
type Party struct {
	ID            casework.AgencyID
	Key           ed25519.PrivateKey // signs entries
	Node          ed25519.PrivateKey // libp2p identity
	Log, Cosigner string             // signers
	Match         *oprf.PrivateKey
	Disclosure    *seal.PrivateKey
	Overseer      *seal.PrivateKey // opens sealed details
	OverseerSign  ed25519.PrivateKey
	Record        entry.Member
}

// NewParty draws the keys of an agency of epoch 1.
func NewParty(t TB, network string, id casework.AgencyID) *Party {
	t.Helper()
	p := &Party{ID: id, Key: newKey(t), Node: newKey(t), OverseerSign: newKey(t)}
	var lv, cv string
	var err error
	if p.Log, lv, err = checkpoint.NewLogKey(network); err != nil {
		t.Fatalf("%v", err)
	}
	if p.Cosigner, cv, err = checkpoint.NewCosignerKey(checkpoint.CosignerName(network, id)); err != nil {
		t.Fatalf("%v", err)
	}
	if p.Overseer, err = seal.GenerateKey(); err != nil {
		t.Fatalf("%v", err)
	}
	p.Record = entry.Member{
		Agency: id, Name: "Sample " + string(id), Country: "NL", AgencyKey: public(p.Key), PeerID: entry.PeerID(public(p.Node)),
		Addrs: []string{"/dns4/" + string(id) + ".example/tcp/4001"}, LogKey: lv, CosignerKey: cv,
		Oversight:  entry.Oversight{Name: "Oversight of " + string(id), VerifyKey: public(p.OverseerSign), SealKey: p.Overseer.Public().Bytes()},
		Normaliser: casework.NormaliserVersion, Level: agreement.Level,
	}
	p.Epoch(t, 1)
	return p
}

func public(key ed25519.PrivateKey) []byte { return key.Public().(ed25519.PublicKey) }

func newKey(t TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return key
}

// Epoch draws the keys of an epoch and puts them into the record.
func (p *Party) Epoch(t TB, n uint32) {
	t.Helper()
	var err error
	if p.Match, err = oprf.GenerateKey(); err != nil {
		t.Fatalf("%v", err)
	}
	if p.Disclosure, err = seal.GenerateKey(); err != nil {
		t.Fatalf("%v", err)
	}
	p.Record.Epoch, p.Record.MatchKey, p.Record.DisclosureKey = n, p.Match.Public().Bytes(), p.Disclosure.Public().Bytes()
}

// Keys are the secrets behind the record.
func (p *Party) Keys() entry.MemberKeys {
	return entry.MemberKeys{Agency: p.Key, Node: p.Node, Log: p.Log, Cosigner: p.Cosigner, Match: p.Match}
}

// Signed is the record as the party shows it.
func (p *Party) Signed(t TB) entry.SignedMember {
	t.Helper()
	s, err := entry.SignMember(p.Record, p.Keys())
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// Cosign signs and cosigns a checkpoint, as at a time of the caller's choice: an
// honest voter's is its clock's.
func (p *Party) Cosign(t TB, c checkpoint.Checkpoint, at time.Time) []byte {
	t.Helper()
	lines, err := checkpoint.Sign(c, p.Log, p.Cosigner)
	if err != nil {
		t.Fatalf("%v", err)
	}
	logged, _, _ := strings.Cut(string(lines), "\n")
	// cosignature/v1 (https://c2sp.org/tlog-cosignature), with the time as it is given.
	fields := strings.SplitN(p.Cosigner, "+", 5) // PRIVATE+KEY+name+hash+key
	seed, err := base64.StdEncoding.DecodeString(fields[4])
	if err != nil {
		t.Fatalf("%v", err)
	}
	key := ed25519.NewKeyFromSeed(seed[1:])
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at.Unix(), c.Text())
	var id uint32
	if _, err := fmt.Sscanf(strings.SplitN(p.Record.CosignerKey, "+", 3)[1], "%x", &id); err != nil {
		t.Fatalf("%v", err)
	}
	line := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, id), uint64(at.Unix()))
	line = append(line, ed25519.Sign(key, []byte(message))...)
	return fmt.Appendf(nil, "%s\n— %s %s\n", logged, fields[2], base64.StdEncoding.EncodeToString(line))
}
