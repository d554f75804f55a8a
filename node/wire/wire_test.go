package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

func samples() []Message {
	return []Message{
		&Hello{Version: 1, Network: "crosscase.example/net", Normaliser: 1, Epoch: 1},
		&Refusal{Code: CodeQuota},
		&TagsHave{Epoch: 1, Number: 3, Commitment: entry.Hash{2}},
		&TagsOffer{Receipt: []byte("r"), Epoch: 1, Number: 1, Bytes: 9, Count: 3, Key: tagset.PeerKey{1}, Commitment: entry.Hash{2}, Snapshot: true},
		&TagsResume{Offset: 7},
		&TagsPart{Offset: 7, Data: []byte("abc")},
		&TagsAck{Offset: 9, Done: true},
		&QueryOpen{Receipt: []byte("r"), Batch: casework.NewBatchID(), Parts: []entry.Hash{{1}, {2}}},
		&QueryReady{Next: 3},
		&QueryPart{Number: 3, Acknowledged: 2, Elements: make([]byte, 64)},
		&QueryAnswer{Number: 3, Evaluated: make([]byte, 64), Proof: [64]byte{1}},
		&QueryDone{Parts: 4},
		&Casework{ID: casework.NewMessageID(), Kind: "request", Receipt: []byte("r"), Sealed: make([]byte, 70<<10)},
		&CaseworkAck{ID: casework.NewMessageID(), Code: CodeBusy},
		&LedgerCall{Method: "submit", Request: []byte("entry")},
		&LedgerReply{Answer: []byte("index")},
	}
}

func every() []Type {
	var all []Type
	for t := range shapes {
		all = append(all, t)
	}
	slices.Sort(all)
	return all
}

func TestEveryMessageThereAndBack(t *testing.T) {
	var stream bytes.Buffer
	all := samples()
	if len(all) != len(shapes) {
		t.Fatalf("%d samples of %d types", len(all), len(shapes))
	}
	for _, m := range all {
		if err := Write(&stream, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range all {
		got, err := Read(&stream, want.Type())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s came back changed", want.Type())
		}
	}
	if _, err := Read(&stream, TypeHello); err != io.EOF {
		t.Errorf("end of the stream: %v", err)
	}
}

func TestLargestMessagesFit(t *testing.T) {
	full := []Message{
		&TagsOffer{Receipt: make([]byte, maxReceipt), Epoch: 1<<32 - 1, Number: 1 << 62, Bytes: MaxTagsBytes, Count: tagset.MaxCount, Commitment: entry.Hash{1}, Snapshot: true},
		&TagsPart{Offset: MaxTagsBytes, Data: make([]byte, MaxTagsPart)},
		&QueryOpen{Receipt: make([]byte, maxReceipt), Batch: casework.NewBatchID(), Parts: make([]entry.Hash, MaxParts)},
		&QueryPart{Number: MaxParts - 1, Acknowledged: MaxParts, Elements: make([]byte, MaxPartBytes)},
		&QueryAnswer{Number: MaxParts - 1, Evaluated: make([]byte, MaxPartBytes)},
		&Casework{ID: casework.NewMessageID(), Kind: "request", Receipt: make([]byte, maxReceipt), Sealed: make([]byte, MaxSealed)},
	}
	for _, m := range full {
		var b bytes.Buffer
		if err := Write(&b, m); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&b, m.Type()); err != nil {
			t.Error(err)
		}
	}
}

func TestRefusalsHaveOneSize(t *testing.T) {
	for c := CodeMalformed; c < lastCode; c++ {
		f, err := Frame(&Refusal{Code: c})
		if err != nil {
			t.Fatal(err)
		}
		if len(f) != headerSize+refusalSize {
			t.Errorf("%s: %d bytes", c, len(f))
		}
		if _, named := codeNames[c]; !named {
			t.Errorf("code %d has no name", c)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	frame := func(m Message) []byte {
		f, err := Frame(m)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	hello := frame(&Hello{Version: 1, Network: "n", Normaliser: 1, Epoch: 1})
	edit := func(f []byte, change func([]byte)) []byte {
		f = bytes.Clone(f)
		change(f)
		return f
	}
	raw := func(typ Type, body ...byte) []byte {
		f := binary.BigEndian.AppendUint32(nil, uint32(2+len(body)))
		return append(append(f, byte(typ), frameFormat), body...)
	}
	cases := map[string]struct {
		in   []byte
		want error
	}{
		"half a header":      {hello[:3], ErrTruncated},
		"half a body":        {hello[:len(hello)-1], ErrTruncated},
		"no body at all":     {hello[:headerSize], ErrTruncated},
		"other type":         {frame(&QueryDone{Parts: 1}), ErrUnexpected},
		"unknown type":       {edit(hello, func(b []byte) { b[4] = 99 }), ErrUnexpected},
		"other version":      {edit(hello, func(b []byte) { b[5] = 2 }), ErrVersion},
		"announced too long": {edit(hello, func(b []byte) { binary.BigEndian.PutUint32(b, 1<<31) }), ErrTooLarge},
		"length below two":   {edit(hello, func(b []byte) { binary.BigEndian.PutUint32(b, 1) }), ErrFormat},
		"empty body":         {raw(TypeHello), ErrFormat},
		"trailing bytes":     {raw(TypeQueryReady, 0xa1, 1, 0, 0), ErrFormat},
		"longer integer":     {raw(TypeQueryReady, 0xa1, 1, 0x18, 0), ErrFormat},
		"duplicate key":      {raw(TypeQueryReady, 0xa2, 1, 0, 1, 0), ErrFormat},
		"unknown field":      {raw(TypeQueryReady, 0xa2, 1, 0, 2, 0), ErrFormat},
		"missing field":      {raw(TypeQueryReady, 0xa0), ErrFormat},
		"indefinite map":     {raw(TypeQueryReady, 0xbf, 1, 0, 0xff), ErrFormat},
		"part beyond all":    {raw(TypeQueryReady, 0xa1, 1, 0x1a, 0xff, 0xff, 0xff, 0xff), ErrFormat},
		"padding not zero":   {edit(frame(&Refusal{Code: CodeBusy}), func(b []byte) { b[len(b)-1] = 1 }), ErrFormat},
		"unknown code":       {edit(frame(&Refusal{Code: CodeBusy}), func(b []byte) { b[headerSize+3] = 0x7f }), ErrFormat},
	}
	for name, c := range cases {
		if _, err := Read(bytes.NewReader(c.in), TypeHello, TypeQueryReady, TypeRefusal); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// An announced length takes no memory before bytes arrive.
func TestAnnouncedLengthIsFree(t *testing.T) {
	head := binary.BigEndian.AppendUint32(nil, uint32(Cap(TypeCasework)))
	head = append(head, byte(TypeCasework), frameFormat)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(head), TypeCasework); !errors.Is(err, ErrTruncated) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 256<<10 {
		t.Errorf("%d bytes taken for an announced %d", got, Cap(TypeCasework))
	}
}

func TestGreeting(t *testing.T) {
	own := Hello{Version: 1, Network: "n", Normaliser: 1, Epoch: 1}
	cases := map[string]struct {
		other Hello
		want  error
	}{
		"same":       {own, nil},
		"version":    {Hello{Version: 2, Network: "n", Normaliser: 1, Epoch: 1}, ErrVersion},
		"network":    {Hello{Version: 1, Network: "m", Normaliser: 1, Epoch: 1}, ErrNetwork},
		"normaliser": {Hello{Version: 1, Network: "n", Normaliser: 2, Epoch: 1}, ErrNormaliser},
		"epoch":      {Hello{Version: 1, Network: "n", Normaliser: 1, Epoch: 2}, ErrEpoch},
	}
	for name, c := range cases {
		a, b := net.Pipe()
		welcomed := make(chan error, 1)
		go func() { welcomed <- Welcome(b, own) }()
		if err := Greet(a, c.other); !errors.Is(err, c.want) {
			t.Errorf("%s: greeter sees %v", name, err)
		}
		if err := <-welcomed; !errors.Is(err, c.want) {
			t.Errorf("%s: welcomer sees %v", name, err)
		}
		a.Close()
		b.Close()
	}
}

func TestExpectGivesTheRefusal(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, &Refusal{Code: CodeStale}); err != nil {
		t.Fatal(err)
	}
	_, err := Expect[QueryReady](&b)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != CodeStale {
		t.Errorf("%v", err)
	}
}

// Every type's decoder: what is taken encodes to the bytes it was read from.
func FuzzRead(f *testing.F) {
	for _, m := range samples() {
		b, err := Frame(m)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 4096 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := Read(bytes.NewReader(in), every()...)
		if err != nil {
			return
		}
		again, err := Frame(m)
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", m.Type(), err)
		}
		if !bytes.HasPrefix(in, again) {
			t.Fatalf("%s has two encodings", m.Type())
		}
	})
}
