package entry_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "example.org/pilot"

// keyOf returns a throw-away key that is the same in every run.
func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func fill(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

// noteKey is a note signer and its verifier, of one algorithm, from a seed.
func noteKey(name string, alg byte, seed string) (signer, verifier string) {
	key := keyOf(seed)
	text := func(what string, alg byte, data []byte) string {
		raw := append([]byte{alg}, data...)
		hash := sha256.Sum256(append([]byte(name+"\n"), append([]byte{alg}, key.Public().(ed25519.PublicKey)...)...))
		return fmt.Sprintf("%s%s+%08x+%s", what, name, hash[:4], base64.StdEncoding.EncodeToString(raw))
	}
	return text("PRIVATE+KEY+", 1, key.Seed()), text("", alg, key.Public().(ed25519.PublicKey))
}

// keys are the secrets of the sample record, the same in every run.
func keys() entry.MemberKeys {
	match, err := oprf.DeriveKey(fill(32, 1), nil)
	if err != nil {
		panic(err)
	}
	log, _ := noteKey(network, 1, "log")
	cosigner, _ := noteKey(network+"/nl-police", 1, "cosigner") // as a note signer
	return entry.MemberKeys{Agency: keyOf("nl-police"), Node: keyOf("node"), Log: log, Cosigner: cosigner, Match: match}
}

func sealKey(b byte) []byte {
	k, err := seal.ParsePrivateKey(fill(32, b))
	if err != nil {
		panic(err)
	}
	return k.Public().Bytes()
}

func record() entry.Member {
	_, log := noteKey(network, 1, "log")
	_, cosigner := noteKey(network+"/nl-police", 4, "cosigner")
	return entry.Member{
		Agency: "nl-police", Name: "Politie (sample)", Country: "NL", AgencyKey: keyOf("nl-police").Public().(ed25519.PublicKey),
		PeerID: entry.PeerID(keyOf("node").Public().(ed25519.PublicKey)), Addrs: []string{"/ip4/192.0.2.1/tcp/4001"}, LogKey: log, CosignerKey: cosigner,
		Epoch: 1, MatchKey: keys().Match.Public().Bytes(), DisclosureKey: sealKey(2), Normaliser: 1, Level: 1,
		Oversight: entry.Oversight{Name: "Toezicht (sample)", VerifyKey: keyOf("oversight").Public().(ed25519.PublicKey), SealKey: sealKey(4)},
	}
}

func signed(t testing.TB) entry.SignedMember {
	t.Helper()
	s, err := entry.SignMember(record(), keys())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// samples has one good body of every type.
func samples(t testing.TB) map[entry.Type]entry.Body {
	t.Helper()
	h := entry.Hash{7}
	bodies := []entry.Body{
		&entry.Genesis{Agreement: []byte{0xa0}, Founder: signed(t)},
		&entry.Recover{Agreement: []byte{0xa0}, Founder: signed(t), Seam: seam(entry.Hash(sha256.Sum256([]byte{0xa0})))},
		&entry.MemberPropose{Member: signed(t)},
		&entry.MemberApprove{Agency: "fr-fiu", Record: h},
		&entry.MemberExpel{Agency: "fr-fiu", Reason: "breach-of-agreement"},
		&entry.MemberRotate{Member: signed(t)},
		&entry.VoterReplace{Agency: "fr-fiu", Identity: entry.Identity{6}},
		&entry.AgreementPropose{Agreement: []byte{0xa0}},
		&entry.AgreementApprove{Agreement: h},
		&entry.TagsPublished{Peer: "fr-fiu", Epoch: 1, Number: 2, Added: 256, Removed: 16, Bytes: 2048, Commitment: h},
		&entry.TagsAcknowledged{Publisher: "fr-fiu", Epoch: 1, Number: 2, Commitment: h},
		&entry.Query{
			Batch: casework.BatchID{1}, Peers: []casework.AgencyID{"fr-fiu", "gb-hotline"}, Epoch: 1, Count: 5,
			Kinds: map[casework.Kind]uint32{casework.Phone: 3, casework.SHA256: 2}, PartSize: 4096, Commitment: h,
			Case: entry.Hash{1}, Officer: entry.Hash{2}, Justification: entry.Hash{3}, Urgent: true, Detail: fill(entry.SealedSize, 9),
		},
		&entry.Answer{Batch: casework.BatchID{1}, Asker: "fr-fiu", Query: 9, Count: 5},
		&entry.Report{From: 1_700_000_000_000, Until: 1_700_604_800_000, Hits: 30, Detail: fill(entry.SealedSize, 9)},
		&entry.Request{
			Request: casework.RequestID{1}, To: "fr-fiu", Hash: h, Urgency: casework.Routine, Due: 1_700_000_000_000,
			Officer: entry.Hash{1}, Approver: entry.Hash{2}, Detail: fill(entry.SealedSize, 9),
		},
		&entry.Decision{
			Request: casework.RequestID{1}, Asker: "fr-fiu", Outcome: casework.Refused, Ground: casework.NotAvailable, Hash: h,
			Officer: entry.Hash{1}, Approver: entry.Hash{2}, Detail: fill(entry.SealedSize, 9),
		},
		&entry.Delivery{
			Request: casework.RequestID{1}, Disclosure: casework.DisclosureID{2}, To: "fr-fiu", Outcome: casework.Partial,
			Hash: h, Bytes: 65536, DeleteBy: 1_800_000_000_000,
		},
		&entry.Receipt{Request: casework.RequestID{1}, Disclosure: casework.DisclosureID{2}, Hash: h},
		&entry.Use{Request: casework.RequestID{1}, To: "fr-fiu", Outcome: "useful", Hash: h},
		&entry.Clock{Note: []byte("a checkpoint")},
		&entry.Erase{What: "disclosure", Count: 1, Reason: "delete-by"},
	}
	byType := map[entry.Type]entry.Body{}
	for _, b := range bodies {
		byType[b.Type()] = b
	}
	return byType
}

// seam retires another network, signed by its founder and one oversight body.
func seam(agreement entry.Hash) entry.Seam {
	s := entry.Seam{
		Network: "example.org/retired", Genesis: entry.Hash{8}, Note: []byte("a checkpoint"), Successor: network, Founder: "nl-police", Agreement: agreement,
		Survivors: []entry.Survivor{}, Bodies: []entry.BodySignature{},
	}
	return s.SignedBy("nl-police", keyOf("nl-police")).SignedByBody(keyOf("oversight"))
}

func header() entry.Header {
	return entry.Header{Network: network, Agency: "nl-police", Seq: 2, Prev: entry.Hash{5}, Time: 1_700_000_000_000}
}

func sign(t testing.TB, b entry.Body) entry.Entry {
	t.Helper()
	e, err := entry.Sign(header(), b, keyOf("nl-police"))
	if err != nil {
		t.Fatal(b.Type(), err)
	}
	return e
}
