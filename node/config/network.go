package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/policy/casework"
)

// networkFile says which network the node is in.
const networkFile = "network.json"

// A Network is what a node knows of its network before it has seen the ledger. It
// holds no secret. The zero value is no network.
type Network struct {
	Name    string                         `json:"network"`
	Genesis string                         `json:"genesis"` // hash of the genesis entry, hex
	Founder bool                           `json:"founder,omitempty"`
	Begun   bool                           `json:"begun,omitempty"`   // its replica ran: an empty ledger folder is a lost one
	Retires string                         `json:"retires,omitempty"` // first entry of the network that it succeeds: the ledger in the folder was that one's
	Members map[casework.AgencyID]Location `json:"members,omitempty"` // as the invitation named them, and then the ledger
}

// A Location is how a member is reached.
type Location struct {
	PeerID string   `json:"peer_id"`
	Addrs  []string `json:"addrs"`
}

// ReadNetwork reads which network the node in dir is in; none is no error.
func ReadNetwork(dir string) (Network, error) {
	var n Network
	data, err := os.ReadFile(filepath.Join(dir, networkFile))
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err != nil {
		return n, fmt.Errorf("network: %w", err)
	}
	if err := json.Unmarshal(data, &n); err != nil {
		return Network{}, fmt.Errorf("network: %s: %w", networkFile, err)
	}
	return n, nil
}

// Write keeps the network: a node that ends in the middle has the one before.
func (n Network) Write(dir string) error {
	data, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return durable.Replace(filepath.Join(dir, networkFile), append(data, '\n'), 0o600)
}
