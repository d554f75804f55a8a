package control_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/policy/casework"
)

// directory is two officers and the nonces they used.
type directory struct {
	mu       sync.Mutex
	officers map[string]casework.Officer
	used     map[[16]byte]bool
	kept     []string // methods of the commands that were kept
	full     bool
}

func (d *directory) keep(c casework.Command, whole bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return errors.New("the disk is full")
	}
	if d.kept = append(d.kept, c.Method); whole {
		d.kept = append(d.kept, "whole")
	}
	return c.Verify()
}

func (d *directory) OfficerByKey(_ context.Context, key ed25519.PublicKey) (casework.Officer, error) {
	o, ok := d.officers[string(key)]
	if !ok {
		return o, errors.New("nobody")
	}
	return o, nil
}

func (d *directory) UseNonce(_ context.Context, _ casework.OfficerID, nonce [16]byte, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.used[nonce] {
		return errors.New("used")
	}
	d.used[nonce] = true
	return nil
}

type signer ed25519.PrivateKey

func (s signer) Public() ed25519.PublicKey {
	return ed25519.PrivateKey(s).Public().(ed25519.PublicKey)
}
func (s signer) Sign(m []byte) ([]byte, error) { return ed25519.Sign(ed25519.PrivateKey(s), m), nil }

func newSigner(t *testing.T) signer {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer(priv)
}

type echo struct {
	Text string `json:"text"`
}

func method(name string, roles ...casework.Role) api.Method[echo, echo] {
	return api.Method[echo, echo]{Definition: api.Definition{Name: name, Roles: roles}}
}

func handlers(list ...api.Handler) api.Handlers {
	all := api.Handlers{}
	for _, h := range list {
		all[h.Name] = h
	}
	return all
}

// unreachable fails the test of a role that does not keep others out.
func unreachable(t *testing.T) func(context.Context, api.Call, echo) (echo, error) {
	return func(context.Context, api.Call, echo) (echo, error) {
		t.Error("called without the role")
		return echo{}, nil
	}
}

// serve runs a server for the test's time and gives a client of an investigator.
func serve(t *testing.T) (*control.Client, *directory) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc") // a socket's path is at most 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t)
	d := &directory{used: map[[16]byte]bool{}, officers: map[string]casework.Officer{
		string(s.Public()): {ID: casework.NewOfficerID(), Role: casework.Investigator, Key: s.Public()},
	}}
	srv := &control.Server{
		Socket: filepath.Join(dir, "sock"), Agency: "nl-police", Directory: d, Network: func() string { return "net" },
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now,
		Keep: func(_ context.Context, _ casework.OfficerID, c casework.Command, whole bool) error {
			return d.keep(c, whole)
		},
		Handlers: handlers(
			method("echo", casework.Investigator).Handle(func(_ context.Context, c api.Call, p echo) (echo, error) {
				c.Emit(api.Event{Step: "half"})
				return p, nil
			}),
			method("fail", casework.Investigator).Handle(func(context.Context, api.Call, echo) (echo, error) {
				return echo{}, api.Errorf(api.Refused, "ask another day", "the quota is used up")
			}),
			api.Method[echo, echo]{Definition: api.Definition{Name: "look", Roles: []casework.Role{casework.Investigator}, Effect: api.Reads}}.Handle(
				func(_ context.Context, _ api.Call, p echo) (echo, error) { return p, nil }),
			api.Method[echo, echo]{Definition: api.Definition{Name: "bring", Roles: []casework.Role{casework.Investigator}, Effect: api.BringsItems}}.Handle(
				func(_ context.Context, _ api.Call, p echo) (echo, error) { return p, nil }),
			method("operate", casework.Operator).Handle(unreachable(t)),
			method("nobody").Handle(unreachable(t)),
		),
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server: %v", err)
		}
		os.RemoveAll(dir)
	})
	for { // the server is up when its socket answers
		c, err := net.Dial("unix", srv.Socket)
		if err == nil {
			c.Close()
			break
		}
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
	}
	return &control.Client{Socket: srv.Socket, Network: "net", Agency: "nl-police", Signer: s}, d
}

func TestCall(t *testing.T) {
	c, _ := serve(t)
	var events int
	var got echo
	if err := c.Call(t.Context(), "echo", echo{"hello"}, &got, func(api.Event) { events++ }); err != nil {
		t.Fatal(err)
	}
	if got.Text != "hello" || events != 1 {
		t.Errorf("%+v, %d events", got, events)
	}
	var e *api.Error
	if err := c.Call(t.Context(), "fail", echo{}, nil, nil); !errors.As(err, &e) || e.Code != api.Refused || e.Next != "ask another day" {
		t.Errorf("%v", err)
	}
	if err := c.Call(t.Context(), "echo", map[string]int{"txet": 1}, nil, nil); !errors.As(err, &e) || e.Code != api.Invalid {
		t.Errorf("an unknown parameter: %v", err)
	}
}

func TestDoorRefuses(t *testing.T) {
	c, d := serve(t)
	sign := func(change func(*casework.Command)) casework.Command {
		cmd := casework.NewCommand("net", "nl-police", c.Signer.Public(), "echo", []byte(`{"text":"x"}`), time.Now())
		change(&cmd)
		cmd.Signature, _ = c.Signer.Sign(cmd.SigningBytes())
		return cmd
	}
	good := sign(func(*casework.Command) {})
	if err := c.Send(t.Context(), good, nil, nil); err != nil {
		t.Fatal(err)
	}
	tampered := sign(func(*casework.Command) {})
	tampered.Params = []byte(`{"text":"y"}`)
	stranger := newSigner(t)
	unknown := casework.NewCommand("net", "nl-police", stranger.Public(), "echo", nil, time.Now())
	unknown.Signature, _ = stranger.Sign(unknown.SigningBytes())
	messages := map[string]string{}
	for name, cmd := range map[string]casework.Command{
		"replayed":        good,
		"tampered":        tampered,
		"unknown key":     unknown,
		"old":             sign(func(c *casework.Command) { c.At -= 10 * 60 * 1000 }),
		"early":           sign(func(c *casework.Command) { c.At += 10 * 60 * 1000 }),
		"another agency":  sign(func(c *casework.Command) { c.Agency = "fr-police" }),
		"another network": sign(func(c *casework.Command) { c.Network = "other" }),
		"no such method":  sign(func(c *casework.Command) { c.Method = "nothing" }),
		"another role":    sign(func(c *casework.Command) { c.Method = "operate" }),
		"no role at all":  sign(func(c *casework.Command) { c.Method = "nobody" }),
	} {
		var e *api.Error
		err := c.Send(t.Context(), cmd, nil, nil)
		if !errors.As(err, &e) || e.Code != api.Denied {
			t.Errorf("%s: %v", name, err)
			continue
		}
		messages[name] = e.Error()
	}
	removed := d.officers[string(c.Signer.Public())]
	removed.Removed = time.Now()
	d.officers[string(c.Signer.Public())] = removed
	err := c.Call(t.Context(), "echo", echo{}, nil, nil)
	var e *api.Error
	if !errors.As(err, &e) || e.Code != api.Denied {
		t.Fatalf("removed officer: %v", err)
	}
	// Who holds no active key cannot tell an unknown key from a removed officer's.
	if e.Error() != messages["unknown key"] || messages["tampered"] != messages["unknown key"] {
		t.Errorf("refusals differ: %q, %q, %q", e.Error(), messages["unknown key"], messages["tampered"])
	}
}

func TestNoNode(t *testing.T) {
	c := &control.Client{Socket: filepath.Join(t.TempDir(), "none"), Signer: newSigner(t)}
	var e *api.Error
	if err := c.Call(t.Context(), "echo", echo{}, nil, nil); !errors.As(err, &e) || e.Code != api.Unavailable || !strings.Contains(e.Next, "crosscase up") {
		t.Errorf("%v", err)
	}
}

func TestSecondNodeIsRefused(t *testing.T) {
	c, d := serve(t)
	second := &control.Server{Socket: c.Socket, Directory: d, Now: time.Now}
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("%v", err)
	}
}

func TestOversizedCall(t *testing.T) {
	c, _ := serve(t)
	var e *api.Error
	if err := c.Call(t.Context(), "echo", echo{strings.Repeat("x", control.MaxCall)}, nil, nil); !errors.As(err, &e) || e.Code != api.Invalid {
		t.Errorf("%v", err)
	}
}

// A node that is told to stop while it starts stops: it neither panics nor answers.
func TestRunWithAContextThatHasEnded(t *testing.T) {
	dir, err := os.MkdirTemp("", "cc")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		s := &control.Server{Socket: filepath.Join(dir, "sock"), Logger: slog.New(slog.DiscardHandler), Now: time.Now}
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := net.Dial("unix", s.Socket); err == nil {
			t.Fatal("it still answers")
		}
	}
}

// The signed command of what changes a case is kept before it is carried out, and one
// that cannot be kept is not.
func TestCommandsThatChangeACaseAreKept(t *testing.T) {
	c, d := serve(t)
	for _, m := range []string{"echo", "look", "bring", "fail", "operate"} {
		_ = c.Call(t.Context(), m, echo{}, nil, nil) // some are refused
	}
	if strings.Join(d.kept, " ") != "echo whole bring fail whole" {
		t.Errorf("kept %v", d.kept)
	}
	d.mu.Lock()
	d.full = true
	d.mu.Unlock()
	events := 0
	var e *api.Error
	if err := c.Call(t.Context(), "echo", echo{}, nil, func(api.Event) { events++ }); !errors.As(err, &e) || e.Code != api.Unavailable || events != 0 {
		t.Errorf("%v, %d events", err, events)
	}
}
