//go:build unix

package replica_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/policy/casework"
)

// A child is a replica in a process of its own: this test's program, started again with
// childEnv in its environment. It speaks with the others over sockets in a folder that
// stand for connections which prove who calls, appends entries one after the other, and
// prints each receipt.
type child struct {
	Dir      string
	Sockets  string
	ID       casework.AgencyID
	Others   []casework.AgencyID
	Key      []byte
	Log      string
	Cosigner string
	Genesis  []byte // raw; every process has it
	Founder  bool
	Begun    bool
}

const childEnv = "CROSSCASE_TEST_REPLICA"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := runChild(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func (c child) socket(kind string, id casework.AgencyID) string {
	return filepath.Join(c.Sockets, kind+"-"+string(id))
}

// listen opens a socket of this process.
func (c child) listen(kind string) (net.Listener, error) {
	path := c.socket(kind, c.ID)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}

// dial opens a connection and says who calls.
func (c child) dial(ctx context.Context, kind string, to casework.AgencyID) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.socket(kind, to))
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "%-32s", c.ID); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return named{conn, to}, nil
}

// accepted reads who calls.
func accepted(conn net.Conn) (casework.AgencyID, error) {
	var id [32]byte
	_, err := io.ReadFull(conn, id[:])
	return casework.AgencyID(strings.TrimSpace(string(id[:]))), err
}

// A named listener names whoever calls.
type namedListener struct {
	net.Listener
	id casework.AgencyID
}

func (l namedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	from, err := accepted(conn)
	if err != nil {
		_ = conn.Close()
		return l.Accept()
	}
	return named{conn, from}, nil
}

func (l namedListener) Addr() net.Addr { return name(l.id) }

// Call is of replica.Caller: one call a connection, each part behind its length.
func (c child) Call(ctx context.Context, to casework.AgencyID, method string, request []byte) ([]byte, error) {
	conn, err := c.dial(ctx, "call", to)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := errors.Join(writePart(conn, []byte(method)), writePart(conn, request)); err != nil {
		return nil, err
	}
	in := bufio.NewReader(conn)
	failed, err := readPart(in)
	if err == nil && len(failed) > 0 {
		err = errors.New(string(failed))
	}
	if err != nil {
		return nil, err
	}
	return readPart(in)
}

func (c child) serve(l net.Listener, r *replica.Replica) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() { // ends with the process, which is killed
			defer conn.Close()
			from, err := accepted(conn)
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			method, err := readPart(in)
			if err != nil {
				return
			}
			request, err := readPart(in)
			if err != nil {
				return
			}
			answer, err := r.Serve(context.Background(), from, string(method), request)
			if err != nil {
				_ = writePart(conn, []byte(err.Error()))
				return
			}
			_ = errors.Join(writePart(conn, nil), writePart(conn, answer))
		}()
	}
}

func writePart(w io.Writer, part []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(part))), part...))
	return err
}

func readPart(r io.Reader) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	part := make([]byte, binary.BigEndian.Uint32(n[:]))
	_, err := io.ReadFull(r, part)
	return part, err
}

// runChild is the program of a child process.
func runChild(text string) error {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	genesis, err := entry.Parse(c.Genesis)
	if err != nil {
		return err
	}
	raft, err := c.listen("raft")
	if err != nil {
		return err
	}
	calls, err := c.listen("call")
	if err != nil {
		return err
	}
	cfg := replica.Config{
		Dir: c.Dir, Agency: c.ID, Secrets: replica.Fixed(replica.Secrets{Agency: c.Key, Log: c.Log, Cosigner: c.Cosigner}), Network: network, Genesis: genesis.Hash(), Fresh: !c.Begun,
		Peers: func() []casework.AgencyID { return c.Others }, Listener: namedListener{raft, c.ID}, Caller: c, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Dial:      func(ctx context.Context, to casework.AgencyID) (net.Conn, error) { return c.dial(ctx, "raft", to) },
		Heartbeat: 150 * time.Millisecond, Cadence: 5 * time.Millisecond, Refresh: time.Hour, Patience: time.Minute,
	}
	var r *replica.Replica
	if c.Founder {
		r, err = replica.Found(cfg, genesis)
	} else {
		r, err = replica.Open(cfg)
	}
	if err != nil {
		return err
	}
	go c.serve(calls, r)
	go c.follow(r) // both end with the process
	return r.Run(context.Background())
}

// follow carries out the lines that the test writes: bodies of entries to append. Then
// it appends one after the other.
func (c child) follow(r *replica.Replica) {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		typ, raw, _ := strings.Cut(in.Text(), " ")
		data, err := base64.StdEncoding.DecodeString(raw)
		if err != nil {
			fmt.Println("error", err)
			return
		}
		if typ == "run" {
			break
		}
		body, err := entry.ParseBody(entry.Type(typ), data)
		if err == nil {
			_, err = r.Append(context.Background(), body)
		}
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("done")
	}
	look := time.NewTicker(2 * time.Millisecond)
	for r.Voting() < 3 { // before all three count, one that stops stops the ledger
		<-look.C
	}
	look.Stop()
	for n := 0; ; n++ {
		rec, err := r.Append(context.Background(), erase(n))
		if err != nil {
			continue // nobody was told that it is logged
		}
		index, _ := rec.Index()
		e, _, err := r.Entry(index)
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("receipt", index, e.Hash())
	}
}
