package replica

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/hashicorp/go-msgpack/v2/codec"
	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/entry"
)

// A recording is a connection that has been recorded.
type recording struct {
	net.Conn
	*bytes.Reader
}

func (r recording) Read(p []byte) (int, error) { return r.Reader.Read(p) }

// noDeadline is a connection that never waits.
type noDeadline struct{ net.Conn }

func (noDeadline) SetReadDeadline(time.Time) error { return nil }

func recorded(data []byte) *measured {
	return measureCalls(recording{noDeadline{}, bytes.NewReader(data)}, make(chan struct{}, 1), nil)
}

func encoded(t testing.TB, kind byte, call any) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteByte(kind)
	if err := codec.NewEncoder(&b, &codec.MsgpackHandle{}).Encode(call); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The largest calls that an honest voter sends are within the bounds.
func TestLargestCalls(t *testing.T) {
	var logs []*raft.Log
	for i := range maxAppend {
		logs = append(logs, &raft.Log{Index: 1<<63 + uint64(i), Term: 1 << 62, Data: make([]byte, entry.MaxSize+9), Extensions: make([]byte, 4)})
	}
	name := raft.RPCHeader{ProtocolVersion: 3, ID: make([]byte, 64), Addr: make([]byte, 64)}
	for what, call := range map[string][]byte{
		"append":   encoded(t, 0, &raft.AppendEntriesRequest{RPCHeader: name, Term: 1 << 62, Entries: logs}),
		"vote":     encoded(t, 1, &raft.RequestVoteRequest{RPCHeader: name, Term: 1 << 62}),
		"pre-vote": encoded(t, 4, &raft.RequestPreVoteRequest{RPCHeader: name, Term: 1 << 62}),
		"snapshot": append(encoded(t, 2, &raft.InstallSnapshotRequest{RPCHeader: name, Term: 1 << 62, Size: 7}), "content"...),
	} {
		whole, err := io.ReadAll(recorded(append(call, call...)))
		if err != nil || !bytes.Equal(whole, append(call, call...)) {
			t.Errorf("%s: %d of %d bytes: %v", what, len(whole), 2*len(call), err)
		}
	}
}

// Whatever a voter sends, no more than one call within the bounds reaches raft's
// decoder at a time, and where the decoder takes it, it reads exactly that call.
func FuzzMeasuredCall(f *testing.F) {
	f.Add(encoded(f, 0, &raft.AppendEntriesRequest{Term: 7, Entries: []*raft.Log{{Index: 3, Data: []byte("x")}}}))
	f.Add(encoded(f, 2, &raft.InstallSnapshotRequest{Size: 300}))
	f.Add([]byte{0, 0x81, 0xa7, 'E', 'n', 't', 'r', 'i', 'e', 's', 0xdd, 0x7f, 0xff, 0xff, 0xff, 0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := recorded(data)
		if err := m.measure(); err != nil {
			if len(m.ready) > 0 {
				t.Errorf("%d bytes of a call that was refused", len(m.ready))
			}
			return
		}
		if len(m.ready) > maxCall {
			t.Fatalf("a call of %d bytes", len(m.ready))
		}
		r := bufio.NewReader(bytes.NewReader(m.ready[1:]))
		dec := codec.NewDecoder(r, &codec.MsgpackHandle{})
		var into any
		switch m.ready[0] {
		case 0:
			into = &raft.AppendEntriesRequest{}
		case 1:
			into = &raft.RequestVoteRequest{}
		case 2:
			into = &raft.InstallSnapshotRequest{}
		default:
			return
		}
		if err := dec.Decode(into); err != nil {
			return // raft closes the connection
		}
		if r.Buffered() != 0 {
			t.Errorf("raft's decoder leaves %d bytes", r.Buffered())
		}
		if s, ok := into.(*raft.InstallSnapshotRequest); ok && s.Size > 0 && uint64(s.Size) != m.stream {
			t.Errorf("raft expects %d bytes, and %d follow", s.Size, m.stream)
		}
	})
}
