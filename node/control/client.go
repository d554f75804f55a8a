package control

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Signer signs as one officer: with a key file, or through ssh-agent.
type Signer interface {
	Public() ed25519.PublicKey
	Sign(message []byte) ([]byte, error)
}

// A Client calls a node's local API as one officer.
type Client struct {
	Socket  string
	Dial    func(context.Context) (net.Conn, error) // in place of the socket, if any
	Network string
	Agency  casework.AgencyID
	Signer  Signer
}

// Call signs and sends one command, hands each event to emit (which may be nil)
// and reads the result into result (which may be nil). Its errors are *Error.
func (c *Client) Call(ctx context.Context, method string, params, result any, emit api.Emitter) error {
	js, err := json.Marshal(params)
	if err != nil {
		return api.Errorf(api.Fault, "", "the parameters of %s: %w", method, err)
	}
	cmd := casework.NewCommand(c.Network, c.Agency, c.Signer.Public(), method, js, time.Now())
	if cmd.Signature, err = c.Signer.Sign(cmd.SigningBytes()); err != nil {
		return api.Errorf(api.Denied, "check the officer's key", "the command cannot be signed: %w", err)
	}
	return c.Send(ctx, cmd, result, emit)
}

// Send sends a command that is already signed.
func (c *Client) Send(ctx context.Context, cmd casework.Command, result any, emit api.Emitter) error {
	body, err := json.Marshal(cmd)
	if err != nil {
		return api.Errorf(api.Fault, "", "the command: %w", err)
	}
	if len(body) > MaxCall {
		return api.Errorf(api.Invalid, "send less at once", "the call has %d bytes, more than %d", len(body), MaxCall)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if c.Dial != nil {
			return c.Dial(ctx)
		}
		var d net.Dialer
		return d.DialContext(ctx, "unix", c.Socket)
	}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node/v1/call", bytes.NewReader(body))
	if err != nil {
		return api.Errorf(api.Fault, "", "the call: %w", err)
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
			return api.Errorf(api.Unavailable, "start it with 'crosscase up', or check --dir", "no node answers on %s", c.Socket)
		}
		return api.Errorf(api.Unavailable, "", "the node on %s: %w", c.Socket, err)
	}
	defer resp.Body.Close()
	return read(resp, result, emit)
}

// read follows an answer to its end.
func read(resp *http.Response, result any, emit api.Emitter) error {
	sc := bufio.NewScanner(resp.Body)
	sc.Buffer(make([]byte, 64<<10), 256<<20)
	for sc.Scan() {
		var r reply
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			return api.Errorf(api.Fault, "use the crosscase of the node's version", "the node's answer cannot be read: %w", err)
		}
		switch {
		case r.Error != nil:
			return r.Error
		case r.Event != nil:
			if emit != nil {
				emit(*r.Event)
			}
		case r.Result != nil:
			if result == nil {
				return nil
			}
			if err := json.Unmarshal(r.Result, result); err != nil {
				return api.Errorf(api.Fault, "use the crosscase of the node's version", "the node's answer cannot be read: %w", err)
			}
			return nil
		}
	}
	if err := sc.Err(); err != nil {
		return api.Errorf(api.Unavailable, "look at its log, then ask again: what was acknowledged is kept", "the node broke off: %w", err)
	}
	return &api.Error{Code: api.Unavailable, Message: fmt.Sprintf("the node broke off without an answer (HTTP %d)", resp.StatusCode),
		Next: "look at its log, then ask again: what was acknowledged is kept"}
}
