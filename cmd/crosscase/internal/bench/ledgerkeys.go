package bench

import (
	"crypto/ed25519"
	"crypto/rand"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/agreement"
)

// benchRecord is the member record of an agency whose keys work, as those of any are,
// with its match key.
func benchRecord(b *bencher, logKey, cosigner string) (entry.Member, *oprf.PrivateKey, error) {
	match, err := oprf.GenerateKey()
	if err != nil {
		return entry.Member{}, nil, err
	}
	disclosure, err := seal.GenerateKey()
	if err != nil {
		return entry.Member{}, nil, err
	}
	reading, err := seal.GenerateKey()
	if err != nil {
		return entry.Member{}, nil, err
	}
	verify, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return entry.Member{}, nil, err
	}
	return entry.Member{
		Agency: b.id, Name: string(b.id), Country: "NL", AgencyKey: b.key.Public().(ed25519.PublicKey), PeerID: b.host.PeerID(), Addrs: b.host.Addrs(),
		LogKey: logKey, CosignerKey: cosigner, Epoch: 1, MatchKey: match.Public().Bytes(), DisclosureKey: disclosure.Public().Bytes(),
		Oversight:  entry.Oversight{Name: "oversight", VerifyKey: verify, SealKey: reading.Public().Bytes()},
		Normaliser: identify.NormaliserVersion, Level: agreement.Level,
	}, match, nil
}
