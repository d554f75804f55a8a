package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// passphrase of the demo's officers, printed where the folder is kept.
const passphrase = "demonstration only"

// An agency is one of the three: a process, and the keys of its three officers.
type agency struct {
	id      casework.AgencyID
	sample  string // which of the sample folders is its evidence
	name    string
	country string
	caseRef string

	dir      string
	network  string // name of the network, once it is in one
	process  *exec.Cmd
	exited   chan struct{}
	lifeline io.Closer

	operator, investigator, supervisor officer
}

// An officer holds a key.
type officer struct {
	keyring.OfficerKey
	file string
}

func theThree() []*agency {
	return []*agency{
		{id: "nl-police", sample: "nl", name: "Politie Noord (fictional)", country: "NL", caseRef: "NL-2026-0417"},
		{id: "fr-fiu", sample: "fr", name: "Cellule financière (fictional)", country: "FR", caseRef: "FR-2026-88"},
		{id: "gb-hotline", sample: "gb", name: "Harbour Hotline (fictional)", country: "GB", caseRef: "GB-H-1203"},
	}
}

// initialise makes the agency's folder, as 'crosscase init' does.
func (a *agency) initialise(ctx context.Context, oversight string) error {
	addrs, err := freeAddresses()
	if err != nil {
		return err
	}
	store := keyring.NewStoreKey()
	keyFile := filepath.Join(a.dir, "store.key")
	cfg := config.Config{
		Dir: a.dir, Agency: config.Agency{ID: a.id, Name: a.name, Country: a.country, Contact: "spoc@" + string(a.id) + ".example"},
		Listen: config.Listen{Addresses: addrs}, Store: config.Store{Key: keyFile},
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return err
	}
	_, err = node.Init(ctx, node.InitOptions{
		Config: cfg, OversightFile: oversight, StoreKey: store, Operator: "Operator of " + string(a.id),
		SaveStoreKey: func(string) error { return store.WriteFile(keyFile) },
		OperatorKey: func() (keyring.OfficerKey, error) {
			a.operator, err = a.newOfficer("operator")
			return a.operator.OfficerKey, err
		},
	})
	return err
}

func (a *agency) newOfficer(role string) (officer, error) {
	file := filepath.Join(a.dir, role+".key")
	key, err := keyring.NewOfficerKey(file, []byte(passphrase))
	return officer{key, file}, err
}

// freeAddresses finds a port that is free for QUIC and TCP on loopback.
func freeAddresses() ([]string, error) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("a free port: %w", err)
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("a free port: %w", err), tcp.Close())
	}
	addrs := []string{
		fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", udp.LocalAddr().(*net.UDPAddr).Port),
		fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", tcp.Addr().(*net.TCPAddr).Port),
	}
	return addrs, errors.Join(tcp.Close(), udp.Close())
}

// start runs the agency's node as a process of its own, as 'crosscase up' does.
func (a *agency) start(program string) error {
	log, err := os.OpenFile(filepath.Join(a.dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", a.id, err)
	}
	a.process = exec.Command(program, "up", "--dir", a.dir, "--with-parent")
	a.process.Stdout, a.process.Stderr = log, log
	// The demo stops its agencies itself, in order, also when Ctrl-C reaches the
	// whole group; and they do not outlive it: this pipe closes with the demo.
	a.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.lifeline, err = a.process.StdinPipe(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", a.id, err), log.Close())
	}
	if err := a.process.Start(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", a.id, err), log.Close())
	}
	a.exited = make(chan struct{})
	go func() { // ends with the process; stop waits for it
		defer close(a.exited)
		_ = a.process.Wait() // how it ended shows in its log
		log.Close()
	}()
	return nil
}

// stop ends the agency's process.
func (a *agency) stop() error {
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

// as gives a client that acts as one of the agency's officers.
func (a *agency) as(o officer) *control.Client {
	return &control.Client{Socket: node.Socket(a.dir), Network: a.network, Agency: a.id, Signer: o}
}

// ready waits until the node answers.
func (a *agency) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		var st control.Status
		err := a.as(a.operator).Call(ctx, control.MethodStatus, struct{}{}, &st, nil)
		if err == nil {
			return nil
		}
		select {
		case <-a.exited:
			return fmt.Errorf("the node of %s ended: see its log", a.id)
		case <-ctx.Done():
			return fmt.Errorf("the node of %s does not answer: %w", a.id, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// until waits for a state of the node.
func (a *agency) until(ctx context.Context, what string, ok func(control.Status) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		var st control.Status
		err := a.as(a.operator).Call(ctx, control.MethodStatus, struct{}{}, &st, nil)
		if err == nil && ok(st) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: waited in vain for %s (%w)", a.id, what, errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
