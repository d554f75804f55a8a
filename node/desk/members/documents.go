package members

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/policy/casework"
)

const (
	invitationVersion  = "crosscase-invitation/1"
	joinRequestVersion = "crosscase-join/1"
	maxDocument        = 1 << 20
)

// ErrDocument means that a file is no invitation, or no join request.
var ErrDocument = errors.New("not a document of this kind and version")

// An invitation is what a newcomer must know of a network. It holds no secret; the
// genesis hash in it is compared over the phone.
type invitation struct {
	Version string                                `json:"version"`
	Network string                                `json:"network"`
	Genesis string                                `json:"genesis"`
	Members map[casework.AgencyID]config.Location `json:"members"`
	First   []byte                                `json:"first,omitempty"` // entry of a network that succeeds another
	Epoch   uint32                                `json:"epoch"`           // that the newcomer's keys are to be of
}

// readInvitation reads an invitation and the hash of the first entry in it.
func readInvitation(text []byte) (invitation, entry.Hash, error) {
	var inv invitation
	if len(text) > maxDocument {
		return inv, entry.Hash{}, fmt.Errorf("%w: %d bytes", ErrDocument, len(text))
	}
	if err := json.Unmarshal(text, &inv); err != nil {
		return inv, entry.Hash{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if inv.Version != invitationVersion || inv.Network == "" || len(inv.Members) == 0 || inv.Epoch == 0 {
		return inv, entry.Hash{}, fmt.Errorf("%w: version %q, %d members", ErrDocument, inv.Version, len(inv.Members))
	}
	genesis, err := ParseHash(inv.Genesis)
	if err != nil {
		return inv, entry.Hash{}, fmt.Errorf("%w: it names no first entry: %w", ErrDocument, err)
	}
	return inv, genesis, nil
}

// A joinRequest is a newcomer's signed record.
type joinRequest struct {
	Version string            `json:"version"`
	Network string            `json:"network"`
	Agency  casework.AgencyID `json:"agency"`
	Record  string            `json:"record"` // base64
}

func writeJoinRequest(network string, m entry.Member, signed entry.SignedMember) ([]byte, error) {
	text, err := json.MarshalIndent(joinRequest{
		Version: joinRequestVersion, Network: network, Agency: m.Agency, Record: base64.StdEncoding.EncodeToString(signed.Bytes()),
	}, "", "  ")
	return append(text, '\n'), err
}

// readJoinRequest opens a join request and the record in it.
func readJoinRequest(text []byte) (m entry.Member, signed entry.SignedMember, err error) {
	var j joinRequest
	if len(text) > maxDocument {
		return m, signed, fmt.Errorf("%w: %d bytes", ErrDocument, len(text))
	}
	if err := json.Unmarshal(text, &j); err != nil {
		return m, signed, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if j.Version != joinRequestVersion {
		return m, signed, fmt.Errorf("%w: version %q", ErrDocument, j.Version)
	}
	raw, err := base64.StdEncoding.DecodeString(j.Record)
	if err != nil {
		return m, signed, fmt.Errorf("%w: record: %w", ErrDocument, err)
	}
	if signed, err = entry.ParseSignedMember(raw); err != nil {
		return m, signed, fmt.Errorf("%w: record: %w", ErrDocument, err)
	}
	if m, err = signed.Open(); err != nil {
		return m, signed, fmt.Errorf("%w: record: %w", ErrDocument, err)
	}
	return m, signed, nil
}

// ParseHash reads the hexadecimal form of an entry's hash.
func ParseHash(text string) (entry.Hash, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return entry.Hash{}, err
	}
	if len(raw) != len(entry.Hash{}) {
		return entry.Hash{}, fmt.Errorf("a hash of %d bytes", len(raw))
	}
	return entry.Hash(raw), nil
}
