package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Server answers calls on a Unix socket.
type Server struct {
	Socket    string       // path; its folder must be the operator's alone
	Listener  net.Listener // in place of the socket, if any
	Agency    casework.AgencyID
	Network   func() string // its name; "" before the node has one
	Directory Directory
	Handlers  api.Handlers
	Keep      Keep
	Logger    *slog.Logger
	Now       func() time.Time
}

// reply is one line of an answer: exactly one field is set.
type reply struct {
	Event  *api.Event      `json:"event,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *api.Error      `json:"error,omitempty"`
}

// grace is how long a call that is under way when the server stops may take to say so.
const grace = 3 * time.Second

// Run listens until the context ends, and then waits for the calls under way. A
// socket file that an ended node left is replaced; one on which a node answers is an
// error.
func (s *Server) Run(ctx context.Context) error {
	l := s.Listener
	if l == nil {
		var err error
		if l, err = listen(s.Socket); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/call", s.call)
	srv := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }() // waited for by the receive below
	select {
	case err := <-served:
		return fmt.Errorf("local API: %w", err)
	case <-ctx.Done():
	}
	// Handlers see their context end; a moment lets them say so.
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if srv.Shutdown(limit) != nil {
		srv.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("local API: %w", err)
	}
	return nil
}

func listen(socket string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", socket, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("a node is already running here: it answers on %s", socket)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the old socket cannot be removed: %w", err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("local API: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("local API: the socket cannot be closed to others: %w", err)
	}
	return l, nil
}

// call answers one command.
func (s *Server) call(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := &lines{w: w, flush: http.NewResponseController(w)}
	var cmd casework.Command
	body := http.MaxBytesReader(w, r.Body, MaxCall)
	if err := json.NewDecoder(body).Decode(&cmd); err != nil {
		out.send(reply{Error: api.Errorf(api.Invalid, "use the crosscase of the node's version", "the call cannot be read: %w", err)})
		return
	}
	result, err := s.Do(r.Context(), cmd, func(e api.Event) { out.send(reply{Event: &e}) })
	if err != nil {
		out.send(reply{Error: asError(err)})
		return
	}
	out.send(reply{Result: result})
}

// Do carries out one command as if it had come through the socket: it is
// authenticated, and refused where the officer's role may not call the method. The
// result is the JSON of the method's view.
func (s *Server) Do(ctx context.Context, cmd casework.Command, emit api.Emitter) (json.RawMessage, error) {
	officer, handler, err := s.admit(ctx, cmd)
	if err != nil {
		s.Logger.Warn("call refused", "err", err)
		return nil, err
	}
	run, err := handler.Bind(api.Call{Command: cmd, Officer: officer, Emit: emit})
	if err != nil { // it is not kept: it says nothing that could be carried out
		s.Logger.Info("call refused", "method", cmd.Method, "officer", officer.ID.String(), "err", err)
		return nil, err
	}
	if e := handler.Effect; e == api.ChangesCase || e == api.BringsItems {
		if err := s.Keep(ctx, officer.ID, cmd, e == api.ChangesCase); err != nil {
			s.Logger.Error("command not kept", "method", cmd.Method, "officer", officer.ID.String(), "err", err)
			return nil, api.Errorf(api.Unavailable, "look at the node's log; nothing was done", "the command cannot be kept: %w", err)
		}
	}
	result, err := run(ctx)
	if err != nil {
		s.Logger.Info("call failed", "method", cmd.Method, "officer", officer.ID.String(), "err", err)
		return nil, err
	}
	js, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("the result of %s: %w", cmd.Method, err)
	}
	return js, nil
}

// admit authenticates a command and returns the handler that it may call.
func (s *Server) admit(ctx context.Context, cmd casework.Command) (casework.Officer, api.Handler, error) {
	deny := func(next, format string, args ...any) (casework.Officer, api.Handler, error) {
		return casework.Officer{}, api.Handler{}, api.Errorf(api.Denied, next, "%w: "+format, append([]any{ErrDenied}, args...)...)
	}
	now := s.Now()
	officer, err := s.Directory.OfficerByKey(ctx, cmd.Key)
	// One answer for an unknown officer, a removed one and a wrong key: who holds
	// no key learns nothing about who does.
	if err != nil || !officer.Active() || !sign.Verify(cmd.Key, cmd.SigningBytes(), cmd.Signature) {
		return deny("check --officer, or ask an operator to add your key with 'crosscase officer add'", "the command is not signed by an active officer of this node")
	}
	if cmd.Agency != s.Agency {
		return deny("check --dir", "the command is for agency %s, this node is %s's", cmd.Agency, s.Agency)
	}
	if network := s.Network(); cmd.Network != network {
		return deny("check --dir", "the command is for network %q, this node is in %q", cmd.Network, network)
	}
	at := time.UnixMilli(cmd.At)
	if d := now.Sub(at).Abs(); d > MaxSkew {
		return deny("set the clocks of both machines", "the command's time is %s off the node's clock", d.Round(time.Second))
	}
	if err := s.Directory.UseNonce(ctx, officer.ID, cmd.Nonce, at); err != nil {
		return deny("give the command again", "the command was used before, or signed before this node was started")
	}
	h, ok := s.Handlers[cmd.Method]
	if !ok {
		return deny("use the crosscase of the node's version", "this node knows no method %q", cmd.Method)
	}
	if !slices.Contains(h.Roles, officer.Role) {
		return deny("", "%s is for %s, and this officer is %s", cmd.Method, roles(h.Roles), article(officer.Role))
	}
	return officer, h, nil
}

func roles(rs []casework.Role) string {
	var text string
	for i, r := range rs {
		switch {
		case i == 0:
		case i == len(rs)-1:
			text += " or "
		default:
			text += ", "
		}
		text += article(r)
	}
	return text
}

func article(r casework.Role) string {
	switch r {
	case casework.Investigator, casework.Operator, casework.Auditor:
		return "an " + string(r)
	}
	return "a " + string(r)
}

// asError returns every failure the form that a person reads.
func asError(err error) *api.Error {
	var e *api.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &api.Error{Code: api.Unavailable, Message: err.Error(), Next: "try again; 'crosscase status' shows who is away"}
	}
	return &api.Error{Code: api.Fault, Message: err.Error()}
}

// lines writes replies, one a line, from several goroutines.
type lines struct {
	mu    sync.Mutex
	w     io.Writer
	flush *http.ResponseController
}

func (l *lines) send(r reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A caller that went away is noticed by the handler's context.
	if json.NewEncoder(l.w).Encode(r) == nil {
		_ = l.flush.Flush()
	}
}
