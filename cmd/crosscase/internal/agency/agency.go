// Package agency runs a whole agency for the demo and for benchmarks: a node as a
// process of its own, made and driven as its officers would, through the same
// local socket and under the same signatures.
package agency

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// Passphrase is that of all officers' keys here.
const Passphrase = "demonstration only"

// An Agency is a node's folder and process, and the keys of its officers.
type Agency struct {
	ID      casework.AgencyID
	Name    string
	Country string
	Dir     string
	Network string // name of the network, once it is in one

	Operator, Investigator, Supervisor Officer

	process  *exec.Cmd
	exited   chan struct{}
	lifeline io.Closer // closes with this process, and the node ends with it
}

// An Officer holds a key.
type Officer struct {
	keyring.OfficerKey
	File string
}

// Initialise makes the agency's folder, as 'crosscase init' does.
func (a *Agency) Initialise(ctx context.Context, oversight string) error {
	addrs, err := Addresses()
	if err != nil {
		return err
	}
	store := keyring.NewStoreKey()
	keyFile := filepath.Join(a.Dir, "store.key")
	cfg := config.Config{
		Dir: a.Dir, Agency: config.Agency{ID: a.ID, Name: a.Name, Country: a.Country, Contact: "spoc@" + string(a.ID) + ".example"},
		Listen: config.Listen{Addresses: addrs}, Store: config.Store{Key: keyFile},
	}
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return err
	}
	_, err = node.Init(ctx, node.InitOptions{
		Config: cfg, OversightFile: oversight, StoreKey: store, Operator: "Operator of " + string(a.ID),
		SaveStoreKey: func(string) error { return store.WriteFile(keyFile) },
		OperatorKey: func() (keyring.OfficerKey, error) {
			a.Operator, err = a.NewOfficer("operator")
			return a.Operator.OfficerKey, err
		},
	})
	return err
}

// NewOfficer makes the key of an officer.
func (a *Agency) NewOfficer(role string) (Officer, error) {
	file := filepath.Join(a.Dir, role+".key")
	key, err := keyring.NewOfficerKey(file, []byte(Passphrase))
	return Officer{key, file}, err
}

// Start runs the agency's node as a process of its own, as 'crosscase up' does.
func (a *Agency) Start(program string) error {
	log, err := os.OpenFile(filepath.Join(a.Dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", a.ID, err)
	}
	a.process = exec.Command(program, "up", "--dir", a.Dir, "--with-parent")
	a.process.Stdout, a.process.Stderr = log, log
	// The demo stops its agencies itself, in order, also when Ctrl-C reaches the
	// whole group; and they do not outlive it: this pipe closes with the demo.
	a.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.lifeline, err = a.process.StdinPipe(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", a.ID, err), log.Close())
	}
	if err := a.process.Start(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", a.ID, err), log.Close())
	}
	a.exited = make(chan struct{})
	go func() { // ends with the process; stop waits for it
		defer close(a.exited)
		_ = a.process.Wait() // how it ended shows in its log
		log.Close()
	}()
	return nil
}

// Stop ends the agency's process.
func (a *Agency) Stop() error {
	if a.process == nil {
		return nil
	}
	err := a.process.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-a.exited:
	case <-time.After(15 * time.Second):
		err = errors.Join(err, a.process.Process.Kill())
		<-a.exited
	}
	a.process = nil
	return err
}

// As returns a client that acts as one of the agency's officers.
func (a *Agency) As(o Officer) *control.Client {
	return &control.Client{Socket: node.Socket(a.Dir), Network: a.Network, Agency: a.ID, Signer: o}
}

// Ready waits until the node answers.
func (a *Agency) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		_, err := api.Status.Call(ctx, a.As(a.Operator), api.None{})
		if err == nil {
			return nil
		}
		select {
		case <-a.exited:
			return fmt.Errorf("the node of %s ended: see its log", a.ID)
		case <-ctx.Done():
			return fmt.Errorf("the node of %s does not answer: %w", a.ID, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Until waits for a state of the node.
func (a *Agency) Until(ctx context.Context, what string, ok func(api.StatusView) bool) error {
	return a.UntilWithin(ctx, time.Minute, what, ok)
}

// UntilWithin is Until with a patience of its own.
func (a *Agency) UntilWithin(ctx context.Context, patience time.Duration, what string, ok func(api.StatusView) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		st, err := api.Status.Call(ctx, a.As(a.Operator), api.None{})
		if err == nil && ok(st) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: waited in vain for %s (%w)", a.ID, what, errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// AddOfficers registers an investigator and a supervisor with keys of their own.
func (a *Agency) AddOfficers(ctx context.Context) (err error) {
	for _, o := range []struct {
		role casework.Role
		to   *Officer
	}{{casework.Investigator, &a.Investigator}, {casework.Supervisor, &a.Supervisor}} {
		if *o.to, err = a.NewOfficer(string(o.role)); err != nil {
			return err
		}
		p := api.OfficerAddRequest{Name: fmt.Sprintf("The %s of %s", o.role, a.ID), Role: o.role, Key: keyring.OfficerPublic(o.to.Public())}
		if _, err := api.OfficerAdd.Call(ctx, a.As(a.Operator), p); err != nil {
			return err
		}
	}
	return nil
}

// Pid is the process that the node runs in.
func (a *Agency) Pid() int { return a.process.Process.Pid }

// Join lets an agency into the network of members, by their approvals; heard is
// told each approval. What officers would read to each other over the phone is the
// fingerprint.
func (a *Agency) Join(ctx context.Context, members []*Agency, heard func(by *Agency, r api.ApprovalView)) error {
	first := members[0]
	inv, err := api.NetworkInvite.Call(ctx, first.As(first.Operator), api.None{})
	if err != nil {
		return err
	}
	joined, err := api.NetworkJoin.Call(ctx, a.As(a.Operator), api.NetworkJoinRequest(inv))
	if err != nil {
		return err
	}
	a.Network = joined.Network
	var approved api.ApprovalView
	for i, m := range members {
		if approved.Admitted {
			break
		}
		p := api.NetworkApproveRequest{Fingerprint: joined.MemberFingerprint, Agency: a.ID}
		if i == 0 {
			p.JoinRequest = joined.JoinRequest
		}
		if err := m.Until(ctx, "the proposal", func(api.StatusView) bool { return i == 0 || m.knows(ctx, a.ID) }); err != nil {
			return err
		}
		if approved, err = api.NetworkApprove.Call(ctx, m.As(m.Operator), p); err != nil {
			return err
		}
		heard(m, approved)
	}
	for _, m := range append([]*Agency{a}, members...) {
		if err := m.Until(ctx, "the ledger", func(st api.StatusView) bool {
			return st.Phase == "member" && len(st.Peers) == len(members) && st.Ledger.Certified == st.Ledger.Entries
		}); err != nil {
			return err
		}
	}
	return nil
}

// knows reports whether an agency's node has seen the proposal of another.
func (a *Agency) knows(ctx context.Context, id casework.AgencyID) bool {
	members, err := api.NetworkMembers.Call(ctx, a.As(a.Operator), api.None{})
	if err != nil {
		return false
	}
	for _, m := range members {
		if m.Agency == id {
			return true
		}
	}
	return false
}
