package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/policy/casework"
)

// What lies where in a node's folder.
const (
	keysDir       = "keys"
	agencyKeys    = "keys/agency.keys"
	storeDir      = "store"
	ledgerDir     = "ledger"
	matchDir      = "match"
	oversightFile = "oversight.pub"
	networkFile   = "network.json"
	socketFile    = "control.sock"

	joinRequestFile = "join-request.json" // what this node asked to join with
)

// Socket is the path of the local socket of the node in dir.
func Socket(dir string) string { return filepath.Join(dir, socketFile) }

// LedgerTiles is the folder that an overseer copies to verify the ledger.
func LedgerTiles(dir string) string { return filepath.Join(dir, ledgerDir, "tiles") }

// A Network is what a node knows of its network before it has seen the ledger.
// It holds no secret. The zero value is no network.
type Network struct {
	Name    string                           `json:"network"`
	Genesis string                           `json:"genesis"` // hash of the genesis entry, hex
	Founder bool                             `json:"founder,omitempty"`
	Members map[casework.AgencyID]KnownPeers `json:"members,omitempty"` // as the invitation named them
}

// KnownPeers is how a member is reached.
type KnownPeers struct {
	PeerID string   `json:"peer_id"`
	Addrs  []string `json:"addrs"`
}

// KnownNetwork reads which network the node in dir is in; none is no error.
func KnownNetwork(dir string) (Network, error) {
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

// save writes the network whole: a node that dies in the middle has the old one.
func (n Network) save(dir string) error {
	data, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return writeWhole(filepath.Join(dir, networkFile), append(data, '\n'))
}

func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", filepath.Base(path), err), os.Remove(f.Name()))
	}
	return nil
}
