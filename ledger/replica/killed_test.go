//go:build unix

package replica_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// kills is how many processes TestKilledProcesses kills.
var kills = flag.Int("kills", 40, "processes to kill")

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

// A process is a running child.
type process struct {
	child
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  chan string // its lines; closed when it ends
	said *said
}

func (p *process) start(t *testing.T) {
	t.Helper()
	text, err := json.Marshal(p.child)
	if err != nil {
		t.Fatal(err)
	}
	p.Begun = true
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	p.said = &said{}
	p.cmd.Stderr = p.said
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1<<16)
	p.out = lines
	go func() { // ends with the process
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
}

// do lets a process append one body.
func (p *process) do(t *testing.T, b entry.Body) {
	t.Helper()
	fmt.Fprintf(p.in, "%s %s\n", b.Type(), base64.StdEncoding.EncodeToString(entry.BodyBytes(b)))
	if line := <-p.out; line != "done" {
		t.Fatalf("%s: %s: %q\n%s", p.ID, b.Type(), line, p.said.text.String())
	}
}

// end kills a process as a power cut does, and collects what it printed.
func (p *process) end(t *testing.T, receipts map[uint64]string) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatalf("%s ended by itself: %v\n%s", p.ID, err, p.said.text.String())
	}
	for line := range p.out {
		p.take(t, line, receipts)
	}
	_ = p.cmd.Wait() // it was killed
}

func (p *process) take(t *testing.T, line string, receipts map[uint64]string) {
	t.Helper()
	f := strings.Fields(line)
	if len(f) != 3 || f[0] != "receipt" {
		t.Fatalf("%s: %q\n%s", p.ID, line, p.said.text.String())
	}
	index, err := strconv.ParseUint(f[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if have, ok := receipts[index]; ok {
		t.Errorf("entry %d was receipted twice: %s, %s", index, have, f[2])
	}
	receipts[index] = f[2]
}

// progress waits until a process has printed a receipt.
func (p *process) progress(t *testing.T, receipts map[uint64]string) {
	t.Helper()
	select {
	case line, ok := <-p.out:
		if !ok {
			t.Fatalf("%s ended by itself\n%s", p.ID, p.said.text.String())
		}
		p.take(t, line, receipts)
	case <-time.After(90 * time.Second):
		t.Fatalf("%s appends nothing\n%s", p.ID, p.said.text.String())
	}
}

// Processes of three voters are killed, one after the other, while all append: nothing
// that was receipted is lost, and the replicas that are left hold the same.
func TestKilledProcesses(t *testing.T) {
	sockets, err := os.MkdirTemp("", "ccr") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	ids := []casework.AgencyID{"nl-police", "fr-fiu", "gb-hotline"}
	var all []*process
	var genesis entry.Entry
	var members []entry.SignedMember
	for i, id := range ids {
		keys := ledgertest.NewParty(t, network, id)
		p := &party{id: id, key: keys.Key, member: keys.Signed(t)}
		if i == 0 {
			genesis = p.genesis(t)
		}
		members = append(members, p.member)
		all = append(all, &process{child: child{
			Dir: filepath.Join(t.TempDir(), string(id)), Sockets: sockets, ID: id, Others: ids, Key: keys.Key, Log: keys.Log, Cosigner: keys.Cosigner,
			Genesis: genesis.Raw(), Founder: i == 0,
		}})
	}
	receipts := map[uint64]string{}
	t.Cleanup(func() {
		for _, p := range all {
			if p.cmd != nil && p.cmd.ProcessState == nil {
				_ = p.cmd.Process.Kill()
				for range p.out {
				}
				_ = p.cmd.Wait()
			}
		}
	})
	for i, p := range all {
		p.start(t)
		if i == 0 {
			continue
		}
		all[0].do(t, &entry.MemberPropose{Member: members[i]})
		if i == 2 {
			record, err := members[i].Open()
			if err != nil {
				t.Fatal(err)
			}
			all[1].do(t, &entry.MemberApprove{Agency: p.ID, Record: record.Hash()})
		}
	}
	for _, p := range all {
		fmt.Fprintln(p.in, "run")
		p.progress(t, receipts)
	}
	n := *kills
	if testing.Short() {
		n = min(n, 6)
	}
	for i := range n {
		victim := all[i%3]
		victim.end(t, receipts)
		if other := all[(i+1)%3]; i%10 == 0 {
			other.progress(t, receipts) // a majority goes on alone
		}
		victim.start(t)
		fmt.Fprintln(victim.in, "run")
		victim.progress(t, receipts)
	}
	for _, p := range all {
		p.end(t, receipts)
	}
	holdsAll(t, all, receipts)
	t.Logf("%d kills, %d receipts", n, len(receipts))
}

// holdsAll replays what processes left on disk, in this one.
func holdsAll(t *testing.T, all []*process, receipts map[uint64]string) {
	t.Helper()
	m := newMesh()
	var p []*party
	for _, c := range all {
		q := &party{mesh: m, id: c.ID, dir: c.Dir, key: c.Key, log: c.Log, cosign: c.Cosigner, begun: true}
		p = append(p, q)
	}
	genesis, err := entry.Parse(all[0].Genesis)
	if err != nil {
		t.Fatal(err)
	}
	var starting sync.WaitGroup
	for _, q := range p {
		starting.Go(func() { q.start(t, genesis.Hash(), nil) })
	}
	starting.Wait()
	last := p[0].add(t, erase(0), false)
	for _, q := range p {
		q.until(t, func(s *state.State) bool { return s.Size() > last })
		for index, want := range receipts {
			if e, _, err := q.replica.Entry(index); err != nil || e.Hash().String() != want {
				t.Errorf("%s: entry %d is lost: %v", q.id, index, err)
			}
		}
		if a, b := q.replica.Certified(), p[0].replica.Certified(); a.Size == b.Size && a.Root != b.Root {
			t.Errorf("%s and %s have two roots of %d entries", q.id, p[0].id, a.Size)
		}
	}
}

// processor is the processor time that this process has used.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
