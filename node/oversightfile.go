package node

import (
	"fmt"
	"os"

	"github.com/crosscase/crosscase/ledger/audit"
)

// readOversight reads the public keys of an oversight body.
func readOversight(path string) (audit.Public, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return audit.Public{}, fmt.Errorf("oversight body: %w; it makes its keys with 'crosscase-audit keygen'", err)
	}
	p, err := audit.ParsePublic(data)
	if err != nil {
		return p, fmt.Errorf("oversight body: %s: %w", path, err)
	}
	return p, nil
}
