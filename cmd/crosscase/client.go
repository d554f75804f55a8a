package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
)

// Environment variables that stand in for a prompt.
const (
	envPassphrase        = "CROSSCASE_PASSPHRASE_FILE"         // of the node's store key
	envOfficerPassphrase = "CROSSCASE_OFFICER_PASSPHRASE_FILE" // of the officer's key
)

// client opens the officer's key and gives a client of the node in --dir.
func (a *app) client() (*control.Client, error) {
	cfg, err := config.Load(a.dir)
	if err != nil {
		return nil, err
	}
	key, err := a.officerKey()
	if err != nil {
		return nil, err
	}
	network, err := config.ReadNetwork(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return &control.Client{Socket: node.Socket(cfg.Dir), Network: network.Name, Agency: cfg.Agency.ID, Signer: key}, nil
}

// call makes one call and shows its progress.
func call[Request, View any](ctx context.Context, a *app, m api.Method[Request, View], request Request) (View, error) {
	c, err := a.client()
	if err != nil {
		var none View
		return none, err
	}
	p := a.progress()
	defer p.done()
	return m.Follow(ctx, c, request, p.show)
}

func (a *app) officerKey() (keyring.OfficerKey, error) {
	switch name, isAgent := strings.CutPrefix(a.officer, "agent:"); {
	case a.officer == "":
		return keyring.OfficerKey{}, api.Errorf(api.Denied,
			"name your key with --officer FILE (or agent:NAME), or set CROSSCASE_OFFICER", "no officer's key was given")
	case isAgent || a.officer == "agent":
		if a.officer == "agent" {
			name = ""
		}
		return keyring.AgentKey(os.Getenv("SSH_AUTH_SOCK"), name)
	}
	if _, err := keyring.OfficerFilePublic(a.officer); err != nil {
		return keyring.OfficerKey{}, api.Errorf(api.Denied, "check --officer", "%w", err)
	}
	pass, err := a.passphrase(envOfficerPassphrase, "Passphrase of "+filepath.Base(a.officer), false)
	if err != nil {
		return keyring.OfficerKey{}, err
	}
	key, err := keyring.OpenOfficerKey(a.officer, pass)
	if errors.Is(err, keyring.ErrPassphrase) {
		return key, api.Errorf(api.Denied, "try again; nothing was sent", "%w", err)
	}
	return key, err
}

// passphrase reads a passphrase from the file that the variable names, or asks
// for it on the terminal; a new one is asked for twice.
func (a *app) passphrase(env, prompt string, isNew bool) ([]byte, error) {
	pass, err := cli.Passphrase(a.err, env, prompt, isNew)
	var wrong *cli.UsageError
	if errors.As(err, &wrong) {
		return nil, api.Errorf(api.Invalid, wrong.Next, "%s", wrong.Message)
	}
	return pass, err
}
