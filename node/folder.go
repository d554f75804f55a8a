package node

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/node/desk/members"
)

// What lies where in a node's folder.
const (
	keysDir       = "keys"
	agencyKeys    = "keys/agency.keys"
	storeDir      = "store"
	ledgerDir     = "ledger"
	matchDir      = "match"
	oversightFile = "oversight.pub"
	socketFile    = "control.sock"
)

// retire moves the ledger of a network that was succeeded aside, once, so that the
// folder is the successor's.
func retire(dir, genesis string) error {
	to := filepath.Join(dir, members.RetiredDir, genesis)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("retired ledger: %w", err)
	}
	if err := os.Rename(filepath.Join(dir, ledgerDir), to); err != nil {
		return fmt.Errorf("retired ledger: %w", err)
	}
	return nil
}

// Socket is the path of the local socket of the node in dir.
func Socket(dir string) string { return filepath.Join(dir, socketFile) }

// LedgerTiles is the folder that an overseer copies to verify the ledger.
func LedgerTiles(dir string) string { return filepath.Join(dir, ledgerDir, "tiles") }
