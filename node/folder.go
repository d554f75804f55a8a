package node

import "path/filepath"

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

// Socket is the path of the local socket of the node in dir.
func Socket(dir string) string { return filepath.Join(dir, socketFile) }

// LedgerTiles is the folder that an overseer copies to verify the ledger.
func LedgerTiles(dir string) string { return filepath.Join(dir, ledgerDir, "tiles") }
