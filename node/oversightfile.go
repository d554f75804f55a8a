package node

import (
	"fmt"
	"os"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
)

// oversight is the body that the settings name.
func (n *Node) oversight() (entry.Oversight, error) {
	p, err := readOversight(n.cfg.Path(n.cfg.Oversight.File))
	if err != nil {
		return entry.Oversight{}, err
	}
	return p.Oversight(), nil
}

// keepOversight replaces the public keys of the oversight body.
func keepOversight(path string, p audit.Public) error {
	text, err := p.Text()
	if err != nil {
		return fmt.Errorf("oversight body: %w", err)
	}
	if err := durable.Replace(path, text, 0o600); err != nil {
		return fmt.Errorf("oversight body: %w", err)
	}
	return nil
}

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
