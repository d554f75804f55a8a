package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/desk/members"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

// InitOptions say what Init makes. The functions let the caller decide where
// keys lie and ask for passphrases only when everything else holds.
type InitOptions struct {
	Config        config.Config // Dir, Agency and Listen; the rest is filled in
	OversightFile string        // public keys of the oversight body
	StoreKey      keyring.StoreKey
	SaveStoreKey  func(path string) error
	Operator      string // name of the first operator
	OperatorKey   func() (keyring.OfficerKey, error)
}

// Made is what Init made.
type Made struct {
	Agency   casework.AgencyID  `json:"agency"`
	Dir      string             `json:"dir"`
	Operator casework.OfficerID `json:"operator"`
	Key      string             `json:"operator_key"` // public
}

// Init makes a node's folder. It refuses one that holds a node already, and
// takes back what it made when a later step fails.
func Init(ctx context.Context, o InitOptions) (made Made, err error) {
	dir, err := filepath.Abs(o.Config.Dir)
	if err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, config.FileName)); err == nil {
		return made, fmt.Errorf("init: there is a node in %s already; name another folder with --dir", dir)
	}
	if len(Socket(dir)) > 100 {
		return made, fmt.Errorf("init: the folder's path is too long for a Unix socket (%d of at most %d bytes); choose a shorter one", len(dir), 100-len(socketFile)-1)
	}
	oversight, err := readOversight(o.OversightFile)
	if err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	var undo []string
	defer func() {
		if err != nil {
			for _, p := range undo {
				err = errors.Join(err, os.RemoveAll(p))
			}
		}
	}()
	for _, sub := range []string{"", keysDir, storeDir, ledgerDir, matchDir} {
		path := filepath.Join(dir, sub)
		if _, serr := os.Stat(path); errors.Is(serr, os.ErrNotExist) {
			undo = append(undo, path)
		}
		if err := os.MkdirAll(path, 0o700); err != nil {
			return made, fmt.Errorf("init: %w", err)
		}
	}
	keys := keyring.NewAgency()
	if err := keys.DrawEpoch(members.FirstEpoch); err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	if err := o.SaveStoreKey(filepath.Join(dir, keysDir, "store.key")); err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	if err := keys.Save(filepath.Join(dir, agencyKeys), o.StoreKey); err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	text, err := oversight.Text()
	if err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	if err := durable.Replace(filepath.Join(dir, oversightFile), text, 0o600); err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	operator, err := o.OperatorKey()
	if err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	officer := casework.Officer{
		ID: casework.NewOfficerID(), Name: o.Operator, Role: casework.Operator, Key: operator.Public(), Added: time.Now().UTC(),
	}
	if err := firstOfficer(ctx, filepath.Join(dir, storeDir), o.StoreKey, officer); err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	cfg := o.Config
	cfg.Oversight.File = oversightFile
	cfg.Matching = config.Matching{Publish: "auto", Retry: config.Duration{Duration: 2 * time.Second}, RemoveEvery: config.Duration{Duration: time.Hour}}
	cfg.Log.Level = "info"
	if err := config.Write(dir, cfg); err != nil {
		return made, fmt.Errorf("init: %w", err)
	}
	return Made{Agency: cfg.Agency.ID, Dir: dir, Operator: officer.ID, Key: keyring.OfficerPublic(officer.Key)}, nil
}

func firstOfficer(ctx context.Context, dir string, key keyring.StoreKey, officer casework.Officer) error {
	s, err := sqlite.Create(dir, key.Bytes())
	if err != nil {
		return err
	}
	err = s.PutOfficer(ctx, officer)
	return errors.Join(err, s.Close())
}
