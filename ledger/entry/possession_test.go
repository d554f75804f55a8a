package entry_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/entry"
)

// forge signs and proves a record whatever is in it, as another program can.
func forge(t *testing.T, m entry.Member, k entry.MemberKeys) entry.SignedMember {
	t.Helper()
	s := entry.SignedMember{Record: m.Bytes()}
	message := append([]byte("crosscase/2 member record\x00"), s.Record...)
	s.Signature = ed25519.Sign(k.Agency, message)
	s.Proofs.Node = ed25519.Sign(k.Node, message)
	s.Proofs.Log, s.Proofs.Cosigner = ed25519.Sign(keyOf("log"), message), ed25519.Sign(keyOf("cosigner"), message)
	return s
}

// TestAttackKeysThatCannotWork: two honest members approved such a record by the
// ordinary commands, and every question to that member then waited. None is opened.
func TestAttackKeysThatCannotWork(t *testing.T) {
	small := append([]byte{1}, make([]byte, 31)...)
	for name, change := range map[string]func(*entry.Member){
		"the identity as match key":      func(m *entry.Member) { m.MatchKey = make([]byte, 32) },
		"no point as match key":          func(m *entry.Member) { m.MatchKey = fill(32, 0xff) },
		"ones as disclosure key":         func(m *entry.Member) { m.DisclosureKey = fill(1216, 0xff) },
		"a small order in it":            func(m *entry.Member) { copy(m.DisclosureKey[1184:], make([]byte, 32)) },
		"ones as the body's seal key":    func(m *entry.Member) { m.Oversight.SealKey = fill(1216, 0xff) },
		"a small order in that":          func(m *entry.Member) { copy(m.Oversight.SealKey[1184:], make([]byte, 32)) },
		"a small order as the body's":    func(m *entry.Member) { m.Oversight.VerifyKey = small },
		"a small order as agency key":    func(m *entry.Member) { m.AgencyKey = small },
		"no peer id":                     func(m *entry.Member) { m.PeerID = "12D3KooWsample" },
		"a peer id in another spelling":  func(m *entry.Member) { m.PeerID = "1" + m.PeerID },
		"a small order as node key":      func(m *entry.Member) { m.PeerID = entry.PeerID(small) },
		"no log key":                     func(m *entry.Member) { m.LogKey = "log" },
		"no cosigner key":                func(m *entry.Member) { m.CosignerKey = "a+b+c" },
		"no address":                     func(m *entry.Member) { m.Addrs = []string{"node.example:4001"} },
		"an address without a port":      func(m *entry.Member) { m.Addrs = []string{"/dns4/node.example/tcp/0"} },
		"a port too large":               func(m *entry.Member) { m.Addrs = []string{"/dns4/node.example/tcp/65536"} },
		"a port in another spelling":     func(m *entry.Member) { m.Addrs = []string{"/dns4/node.example/tcp/04001"} },
		"an address of six as of four":   func(m *entry.Member) { m.Addrs = []string{"/ip4/::1/tcp/1"} },
		"an address in another spelling": func(m *entry.Member) { m.Addrs = []string{"/ip6/0::1/tcp/1"} },
		"any address":                    func(m *entry.Member) { m.Addrs = []string{"/ip4/0.0.0.0/tcp/1"} },
		"a host name with spaces":        func(m *entry.Member) { m.Addrs = []string{"/dns4/a b/tcp/1"} },
		"another protocol":               func(m *entry.Member) { m.Addrs = []string{"/ip4/192.0.2.1/sctp/1"} },
		"a relay":                        func(m *entry.Member) { m.Addrs = []string{"/ip4/192.0.2.1/tcp/1/p2p-circuit"} },
	} {
		m := record()
		m.DisclosureKey, m.Oversight.SealKey = bytes.Clone(m.DisclosureKey), bytes.Clone(m.Oversight.SealKey)
		change(&m)
		if _, err := entry.SignMember(m, keys()); !errors.Is(err, entry.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := forge(t, m, keys()).Open(); !errors.Is(err, entry.ErrShape) {
			t.Errorf("%s was opened: %v", name, err)
		}
	}
	for _, good := range []string{"/ip4/192.0.2.1/udp/4001/quic-v1", "/ip6/2001:db8::1/tcp/1", "/dns/node-1.example/tcp/65535", "/dns6/x/udp/1/quic-v1"} {
		if err := entry.CheckAddress(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

// TestAttackKeyOfAnother: who proposes a record with a key of somebody else, or with
// none that anybody has, cannot show that it holds the secret. One proof does not
// serve for another record either.
func TestAttackKeyOfAnother(t *testing.T) {
	match, err := oprf.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	otherLog, _ := noteKey(network, 1, "other log")
	otherCosigner, _ := noteKey(network+"/nl-police", 1, "other cosigner")
	for name, change := range map[string]func(*entry.MemberKeys){
		"agency key":   func(k *entry.MemberKeys) { k.Agency = keyOf("other") },
		"node key":     func(k *entry.MemberKeys) { k.Node = keyOf("other") },
		"log key":      func(k *entry.MemberKeys) { k.Log = otherLog },
		"cosigner key": func(k *entry.MemberKeys) { k.Cosigner = otherCosigner },
		"match key":    func(k *entry.MemberKeys) { k.Match = match },
	} {
		k := keys()
		change(&k)
		s, err := entry.SignMember(record(), k)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(); !errors.Is(err, entry.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := signed(t)
	moved := record()
	moved.Addrs = []string{"/dns4/elsewhere.example/tcp/1"}
	other, err := entry.SignMember(moved, keys())
	if err != nil {
		t.Fatal(err)
	}
	for name, swap := range map[string]func(*entry.SignedMember){
		"node":     func(s *entry.SignedMember) { s.Proofs.Node = other.Proofs.Node },
		"log":      func(s *entry.SignedMember) { s.Proofs.Log = other.Proofs.Log },
		"cosigner": func(s *entry.SignedMember) { s.Proofs.Cosigner = other.Proofs.Cosigner },
		"match": func(s *entry.SignedMember) {
			s.Proofs.Element, s.Proofs.Match = other.Proofs.Element, other.Proofs.Match
		},
		"nothing": func(s *entry.SignedMember) { s.Proofs = entry.Proofs{} },
		"a bit":   func(s *entry.SignedMember) { s.Proofs.Match = slices.Clone(s.Proofs.Match); s.Proofs.Match[0] ^= 1 },
	} {
		s := good
		swap(&s)
		if _, err := s.Open(); err == nil {
			t.Errorf("the proof of another record (%s) serves", name)
		}
	}
}
