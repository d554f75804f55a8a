//go:build unix

package replica_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
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
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// kills is how many processes TestKilledProcesses kills.
var kills = flag.Int("kills", 40, "processes to kill")

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
		t.Fatalf("%s: %s: %q\n%s", p.ID, b.Type(), line, p.said.String())
	}
}

// end kills a process as a power cut does, and collects what it printed.
func (p *process) end(t *testing.T, receipts map[uint64]string) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatalf("%s ended by itself: %v\n%s", p.ID, err, p.said.String())
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
		t.Fatalf("%s: %q\n%s", p.ID, line, p.said.String())
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
			t.Fatalf("%s ended by itself\n%s", p.ID, p.said.String())
		}
		p.take(t, line, receipts)
	case <-time.After(90 * time.Second):
		t.Fatalf("%s appends nothing\n%s", p.ID, p.said.String())
	}
}

// processes founds a network of three voters in processes of their own, which append.
func processes(t *testing.T, receipts map[uint64]string) []*process {
	t.Helper()
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
	return all
}

// Processes of three voters are killed, one after the other, while all append: nothing
// that was receipted is lost, and the replicas that are left hold the same.
func TestKilledProcesses(t *testing.T) {
	receipts := map[uint64]string{}
	all := processes(t, receipts)
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

// A process that is stopped and goes on later, leader or not, delays the others by an
// election at most, and has then what they appended.
func TestStoppedProcesses(t *testing.T) {
	receipts := map[uint64]string{}
	all := processes(t, receipts)
	for i, p := range all {
		if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			all[(i+1)%3].progress(t, receipts)
			all[(i+2)%3].progress(t, receipts)
		}
		if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		for len(p.out) > 0 {
			p.progress(t, receipts) // printed before it was stopped
		}
		p.progress(t, receipts)
	}
	for _, p := range all {
		p.end(t, receipts)
	}
	holdsAll(t, all, receipts)
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
