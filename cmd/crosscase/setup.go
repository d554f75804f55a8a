package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) initCommand() *cobra.Command {
	var o node.InitOptions
	var id, keyFile, officerFile string
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a new node in --dir: keys, store, settings and its first operator",
		Long: "Makes a node's folder: its keys behind a passphrase, its encrypted store, a commented settings file, " +
			"and the key of its first operator, who may add other officers. Nothing that exists is replaced.",
		Example: "  crosscase init --agency nl-police --name 'Politie Noord' --country NL \\\n" +
			"    --oversight oversight.pub --operator 'J. Jansen' --operator-key jansen.key",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Config.Dir, o.Config.Agency.ID = a.dir, casework.AgencyID(id)
			for _, need := range []struct{ flag, value string }{
				{"agency", id}, {"name", o.Config.Agency.Name}, {"country", o.Config.Agency.Country},
				{"oversight", o.OversightFile}, {"operator", o.Operator},
			} {
				if need.value == "" {
					return api.Errorf(api.Invalid, "see 'crosscase init --help'", "--%s is missing", need.flag)
				}
			}
			if officerFile == "" {
				officerFile = filepath.Join(a.dir, "operator.key")
			}
			return a.initNode(cmd.Context(), o, keyFile, officerFile)
		},
	}
	f := c.Flags()
	f.StringVar(&id, "agency", "", "short name of the agency in the network, such as nl-police")
	f.StringVar(&o.Config.Agency.Name, "name", "", "name of the agency")
	f.StringVar(&o.Config.Agency.Country, "country", "", "ISO 3166 country, such as NL")
	f.StringVar(&o.Config.Agency.Contact, "contact", "", "single point of contact, shown to other members")
	f.StringVar(&o.OversightFile, "oversight", "", "public keys of the oversight body (from 'crosscase-audit keygen')")
	f.StringSliceVar(&o.Config.Listen.Addresses, "listen", []string{"/ip4/0.0.0.0/udp/7470/quic-v1", "/ip4/0.0.0.0/tcp/7470"}, "where members reach the node")
	f.StringSliceVar(&o.Config.Listen.Announce, "announce", nil, "what to tell members instead")
	f.StringVar(&o.Operator, "operator", "", "name of the first operator")
	f.StringVar(&officerFile, "operator-key", "", "where to write the operator's key (default: operator.key in --dir)")
	f.StringVar(&keyFile, "key-file", "", "keep the store key in this plain file instead of behind a passphrase")
	return c
}

func (a *app) initNode(ctx context.Context, o node.InitOptions, keyFile, officerFile string) error {
	store := keyring.NewStoreKey()
	var written []string // what is taken back if a later step fails
	o.Config.Store.Key = "keys/store.key"
	if keyFile != "" {
		abs, err := filepath.Abs(keyFile)
		if err != nil {
			return fmt.Errorf("key file: %w", err)
		}
		o.Config.Store.Key = abs
		o.SaveStoreKey = func(string) error {
			err := store.WriteFile(abs)
			if err == nil {
				written = append(written, abs)
			}
			return err
		}
	} else {
		pass, err := a.passphrase(envPassphrase, "New passphrase for the node's store", true)
		if err != nil {
			return err
		}
		o.SaveStoreKey = func(path string) error { return store.Wrap(path, pass) }
	}
	officerPass, err := a.passphrase(envOfficerPassphrase, "New passphrase for the operator's key", true)
	if err != nil {
		return err
	}
	o.OperatorKey = func() (keyring.OfficerKey, error) {
		key, err := keyring.NewOfficerKey(officerFile, officerPass)
		if err == nil {
			written = append(written, officerFile)
		}
		return key, err
	}
	o.StoreKey = store
	made, err := node.Init(ctx, o)
	if err != nil {
		for _, path := range written { // nothing was sealed with these keys that is still there
			if rerr := os.Remove(path); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = errors.Join(err, rerr)
			}
		}
		return err
	}
	return a.print(made, func(w io.Writer) {
		fmt.Fprintf(w, "A node for %s is ready in %s\n", made.Agency, made.Dir)
		fmt.Fprintf(w, "  settings     %s\n", filepath.Join(made.Dir, config.FileName))
		fmt.Fprintf(w, "  operator     %s (%s)\n", o.Operator, officerFile)
		fmt.Fprintf(w, "next: start it with 'crosscase up', then found a network with 'crosscase network create' or join one with 'crosscase network join'\n")
	})
}

func (a *app) upCommand() *cobra.Command {
	var withParent bool
	c := &cobra.Command{
		Use:   "up",
		Short: "Run the node until it is told to stop",
		Long: "Runs everything that the agency needs in one process: the store, the ledger's replica, matching, " +
			"disclosure, and the local socket for officers. Stop it with Ctrl-C or SIGTERM; what was acknowledged is kept however it ends.",
		Example: "  crosscase up --dir /srv/crosscase\n  CROSSCASE_PASSPHRASE_FILE=/run/credentials/store crosscase up",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(a.dir)
			if err != nil {
				return err
			}
			key, err := a.storeKey(cfg)
			if err != nil {
				return err
			}
			var level slog.Level
			if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
				return fmt.Errorf("log level: %w", err)
			}
			log := slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
			n, err := node.New(cfg, key, cli.Version(), log)
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if withParent {
				ctx = untilClosed(ctx, a.in)
			}
			err = n.Run(ctx)
			if errors.Is(err, syscall.ENOSPC) || errors.Is(err, store.ErrFull) {
				err = api.Errorf(api.Unavailable, "free some space there (the ledger's log takes 64 MB at a time) and start the node again: what was acknowledged is kept", "the disk of %s is full: %w", cfg.Dir, err)
			}
			return err
		},
	}
	c.Flags().BoolVar(&withParent, "with-parent", false, "stop when standard input closes, so that the node does not outlive what started it")
	return c
}

// untilClosed ends a context when a reader does. Its goroutine ends with the
// reader: when the process that holds the other end does, at the latest.
func untilClosed(ctx context.Context, r io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, r) // an error is an end, too
	}()
	return ctx
}

// storeKey opens the key of the node's store, asking for its passphrase if it has one.
func (a *app) storeKey(cfg config.Config) (keyring.StoreKey, error) {
	path := cfg.Path(cfg.Store.Key)
	wrapped, err := keyring.Wrapped(path)
	if err != nil {
		return keyring.StoreKey{}, err
	}
	var pass []byte
	if wrapped {
		if pass, err = a.passphrase(envPassphrase, "Passphrase of the node's store", false); err != nil {
			return keyring.StoreKey{}, err
		}
	}
	key, err := keyring.OpenStoreKey(path, pass)
	if errors.Is(err, keyring.ErrPassphrase) {
		return key, api.Errorf(api.Denied, "try again; nothing was changed", "%w", err)
	}
	return key, err
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Example: "  crosscase version --json", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.print(map[string]string{"version": cli.Version()}, func(w io.Writer) { fmt.Fprintln(w, cli.Version()) })
		},
	}
}
