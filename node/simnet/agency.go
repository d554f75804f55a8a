package simnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

// passphrase is that of all officers' keys here.
var passphrase = []byte("only for simulations")

// An Agency is one whole node on a machine of the fabric, with the keys of its
// officers. Start and Stop it as an operator would; its folder stays.
type Agency struct {
	ID      casework.AgencyID
	Machine *Host
	Dir     string
	Network string       // that it is in, once it is
	Log     *slog.Logger // of the node; discarded unless set before Start
	Tap     peer.Tap     // that sees the plaintext of the node's streams, if set before Start

	Operator, Investigator, Supervisor keyring.OfficerKey

	storeKey keyring.StoreKey
	listener *listener
	cancel   context.CancelFunc
	ended    chan error // one value, when Run returns
}

// NewAgency initialises a node's folder on a machine of its own, starts it, and adds
// an investigator and a supervisor. oversight is the file of its body's public keys.
func (f *Fabric) NewAgency(ctx context.Context, id casework.AgencyID, country, dir, oversight string) (*Agency, error) {
	a := f.Open(id, dir, keyring.NewStoreKey())
	_, err := node.Init(ctx, node.InitOptions{
		Config: config.Config{
			Dir: dir, Agency: config.Agency{ID: id, Name: "Agency " + string(id), Country: country, Contact: "spoc@" + string(id) + ".example"},
			Store: config.Store{Key: "keys/store.key"}, Listen: config.Listen{Addresses: []string{a.Machine.Listen()}},
		},
		OversightFile: oversight, StoreKey: a.storeKey, SaveStoreKey: func(path string) error { return a.storeKey.WriteFile(path) }, Operator: "operator",
		OperatorKey: func() (_ keyring.OfficerKey, err error) {
			a.Operator, err = a.newOfficer("operator")
			return a.Operator, err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	if err := a.Start(); err != nil {
		return nil, err
	}
	for role, key := range map[casework.Role]*keyring.OfficerKey{casework.Investigator: &a.Investigator, casework.Supervisor: &a.Supervisor} {
		if *key, err = a.newOfficer(string(role)); err != nil {
			return nil, errors.Join(err, a.Stop())
		}
		if _, err := api.OfficerAdd.Call(ctx, a.As(a.Operator), api.OfficerAddRequest{Name: string(role), Role: role, Key: keyring.OfficerPublic(key.Public())}); err != nil {
			return nil, errors.Join(err, a.Stop())
		}
	}
	return a, nil
}

// Open is an agency whose folder is there already, on a machine of its own. It is
// not started, and its officers' keys are the caller's to set.
func (f *Fabric) Open(id casework.AgencyID, dir string, key keyring.StoreKey) *Agency {
	return &Agency{ID: id, Machine: f.Host(), Dir: dir, storeKey: key}
}

func (a *Agency) newOfficer(name string) (keyring.OfficerKey, error) {
	return keyring.NewOfficerKey(filepath.Join(a.Dir, name+".key"), passphrase)
}

// Start runs the agency's node on what its folder holds. Stop ends it.
func (a *Agency) Start() error {
	cfg, err := config.Load(a.Dir)
	if err != nil {
		return fmt.Errorf("%s: %w", a.ID, err)
	}
	cfg.Listen = config.Listen{Addresses: []string{a.Machine.Listen()}} // wherever the folder was before
	log := a.Log
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	a.listener = newListener()
	n, err := node.New(cfg, a.storeKey, "simulation", log, node.WithSockets(a.Machine), node.WithListener(a.listener), node.WithTap(a.Tap))
	if err != nil {
		return fmt.Errorf("%s: %w", a.ID, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel, a.ended = cancel, make(chan error, 1)
	go func(l *listener, ended chan<- error) { // waited for by Stop
		err := n.Run(ctx)
		_ = l.Close() // never fails; who calls learns that nobody answers
		ended <- err
	}(a.listener, a.ended)
	return nil
}

// Stop ends the node as an operator does, and returns why it had ended before if it
// had.
func (a *Agency) Stop() error {
	if a.cancel == nil {
		return nil
	}
	a.cancel()
	a.cancel = nil
	if err := <-a.ended; err != nil {
		return fmt.Errorf("%s: %w", a.ID, err)
	}
	return nil
}

// As is a caller of the agency's local API as one of its officers.
func (a *Agency) As(officer keyring.OfficerKey) api.Caller {
	return &control.Client{Dial: a.listener.dial, Network: a.Network, Agency: a.ID, Signer: officer}
}

// Found makes a network of agencies in their order: the first founds it, the others
// join, and those who are members already approve each.
func Found(ctx context.Context, network string, members ...*Agency) error {
	return FoundOn(ctx, network, "", members...)
}

// FoundOn is Found on an agreement in TOML; "" is the default one.
func FoundOn(ctx context.Context, network, agreement string, members ...*Agency) error {
	founder := members[0]
	if _, err := api.NetworkCreate.Call(ctx, founder.As(founder.Operator), api.NetworkCreateRequest{Name: network, Agreement: agreement}); err != nil {
		return fmt.Errorf("%s founds: %w", founder.ID, err)
	}
	founder.Network = network
	for i, a := range members[1:] {
		invitation, err := api.NetworkInvite.Call(ctx, founder.As(founder.Operator), api.None{})
		if err != nil {
			return fmt.Errorf("%s invites: %w", founder.ID, err)
		}
		joined, err := api.NetworkJoin.Call(ctx, a.As(a.Operator), api.NetworkJoinRequest(invitation))
		if err != nil {
			return fmt.Errorf("%s joins: %w", a.ID, err)
		}
		a.Network = network
		if err := admit(ctx, members[:i+1], joined); err != nil {
			return fmt.Errorf("%s is admitted: %w", a.ID, err)
		}
	}
	return nil
}

// admit lets members approve a join request until it is admitted.
func admit(ctx context.Context, members []*Agency, joined api.JoinedView) error {
	for _, m := range members {
		r, err := api.NetworkApprove.Call(ctx, m.As(m.Operator), api.NetworkApproveRequest{JoinRequest: joined.JoinRequest, Fingerprint: joined.MemberFingerprint})
		if err != nil {
			return fmt.Errorf("%s approves: %w", m.ID, err)
		}
		if r.Admitted {
			return nil
		}
	}
	return errors.New("all members approved, and it is not admitted")
}
