package entry_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"github.com/crosscase/crosscase/ledger/entry"
)

// coseSign signs any payload with another implementation of COSE, as an agency that
// holds its key and writes its own encoder can.
func coseSign(t testing.TB, payload []byte, change func(*cose.UntaggedSign1Message)) []byte {
	t.Helper()
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, keyOf("nl-police"))
	if err != nil {
		t.Fatal(err)
	}
	m := cose.NewSign1Message()
	m.Headers.Protected.SetAlgorithm(cose.AlgorithmEdDSA)
	m.Payload = payload
	if change != nil {
		change((*cose.UntaggedSign1Message)(m))
	}
	if err := (*cose.UntaggedSign1Message)(m).Sign(nil, nil, signer); err != nil {
		t.Fatal(err)
	}
	raw, err := (*cose.UntaggedSign1Message)(m).MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func payloadOf(t testing.TB, raw []byte) []byte {
	t.Helper()
	var m cose.UntaggedSign1Message
	if err := m.UnmarshalCBOR(raw); err != nil {
		t.Fatal(err)
	}
	return m.Payload
}

// TestCOSE reads our entries with go-cose, and go-cose's with ours.
func TestCOSE(t *testing.T) {
	public := keyOf("nl-police").Public().(ed25519.PublicKey)
	verifier, err := cose.NewVerifier(cose.AlgorithmEdDSA, public)
	if err != nil {
		t.Fatal(err)
	}
	for typ, b := range samples(t) {
		e := sign(t, b)
		var m cose.UntaggedSign1Message
		if err := m.UnmarshalCBOR(e.Raw()); err != nil {
			t.Errorf("%s: go-cose cannot read it: %v", typ, err)
			continue
		}
		if err := m.Verify(nil, verifier); err != nil {
			t.Errorf("%s: go-cose: %v", typ, err)
		}
		theirs := coseSign(t, m.Payload, nil)
		if !bytes.Equal(theirs, e.Raw()) {
			t.Errorf("%s: go-cose writes other bytes", typ)
		}
		back, err := entry.Parse(theirs)
		if err != nil || back.Verify(public) != nil {
			t.Errorf("%s: of go-cose: %v", typ, err)
		}
	}
}

// TestOneEncoding: whatever reads as an entry has exactly one form, also where its
// author signed another one.
func TestOneEncoding(t *testing.T) {
	good := sign(t, samples(t)[entry.TypeErase])
	payload := payloadOf(t, good.Raw())
	// The payload is an array of a header, an array of seven, and a body, a map of three.
	header, body := splitPayload(t, payload)
	if !bytes.HasPrefix(body, []byte{0xa3, 0x01, 0x6a}) || header[0] != 0x87 || header[1] != 0x02 {
		t.Fatalf("%x %x", header, body)
	}
	join := func(header, body []byte) []byte { return append(append([]byte{0x82}, header...), body...) }
	field := func(n int) []byte { // of the body, with its key
		var rest []byte
		for k, v := range bodyFields(t, body) {
			if k == n {
				rest = append([]byte{byte(n)}, v...)
			}
		}
		return rest
	}
	for name, bad := range map[string][]byte{
		"a version that is not shortest":     join(append([]byte{0x87, 0x18, 0x02}, header[2:]...), body),
		"a version in eight bytes":           join(append([]byte{0x87, 0x1b, 0, 0, 0, 0, 0, 0, 0, 2}, header[2:]...), body),
		"an indefinite header":               join(append(append([]byte{0x9f}, header[1:]...), 0xff), body),
		"an indefinite body":                 join(header, append(append([]byte{0xbf}, body[1:]...), 0xff)),
		"a body out of order":                join(header, concat([]byte{0xa3}, field(2), field(1), field(3))),
		"a key twice":                        join(header, concat([]byte{0xa4}, field(1), field(2), field(2), field(3))),
		"an unknown field":                   join(header, concat([]byte{0xa4}, field(1), field(2), field(3), []byte{0x04, 0x00})),
		"a field less":                       join(header, concat([]byte{0xa2}, field(1), field(2))),
		"a key that is not shortest":         join(header, concat([]byte{0xa3}, field(1), field(2), []byte{0x18}, field(3))),
		"a float for a count":                join(header, concat([]byte{0xa3}, field(1), []byte{0x02, 0xf9, 0x3c, 0x00}, field(3))),
		"a negative count":                   join(header, concat([]byte{0xa3}, field(1), []byte{0x02, 0x20}, field(3))),
		"a tag in the body":                  join(header, concat([]byte{0xa3}, field(1), field(2), []byte{0x03, 0xc1, 0x61, 0x61})),
		"bytes for text":                     join(header, concat([]byte{0xa3}, []byte{0x01, 0x44}, []byte("item"), field(2), field(3))),
		"text that is not UTF-8":             join(header, concat([]byte{0xa3}, field(1), field(2), []byte{0x03, 0x61, 0xff})),
		"bytes after the payload":            append(bytes.Clone(payload), 0),
		"a third element of the payload":     append(concat([]byte{0x83}, header, body), 0x00),
		"a tagged payload":                   append([]byte{0xd8, 0x18}, payload...),
		"an empty payload":                   {},
		"null":                               {0xf6},
		"a body that is null":                join(header, []byte{0xf6}),
		"a header that is a map":             join(append([]byte{0xa1, 0x01}, 0x01), body),
		"a header with a field more":         join(append(concat([]byte{0x88}, header[1:]), 0x00), body),
		"a body of another type":             join(header, bodyOf(t, samples(t)[entry.TypeAnswer])),
		"version 1":                          join(append([]byte{0x87, 0x01}, header[2:]...), body),
		"deep nesting":                       join(header, append(bytes.Repeat([]byte{0x81}, 500), 0x00)),
		"an array said to be huge":           join(header, []byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		"a byte string said to be huge":      join(header, []byte{0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		"a map said to be huge":              join(header, []byte{0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		"an undefined value in place of one": join(header, concat([]byte{0xa3}, field(1), field(2), []byte{0x03, 0xf7})),
	} {
		var raw []byte
		if len(bad) > 0 {
			raw = coseSign(t, bad, nil)
		} else {
			raw = wrap(t, []any{[]byte{0xa1, 0x01, 0x27}, map[int]int{}, []byte{}, make([]byte, 64)})
		}
		if e, err := entry.Parse(raw); !errors.Is(err, entry.ErrFormat) {
			t.Errorf("%s: %v, %+v", name, err, e.Body)
		}
	}
}

// TestOneEnvelope does the same for the COSE_Sign1 around it.
func TestOneEnvelope(t *testing.T) {
	good := sign(t, samples(t)[entry.TypeErase]).Raw()
	payload := payloadOf(t, good)
	protected, none, signature := []byte{0xa1, 0x01, 0x27}, map[int]int{}, good[len(good)-64:]
	for name, bad := range map[string][]byte{
		"empty":                   nil,
		"truncated":               good[:len(good)-1],
		"trailing byte":           append(bytes.Clone(good), 0),
		"two of them":             append(bytes.Clone(good), good...),
		"tagged":                  append([]byte{0xd2}, good...),
		"indefinite":              append(append([]byte{0x9f}, good[1:]...), 0xff),
		"not shortest":            append([]byte{0x98, 0x04}, good[1:]...),
		"unprotected key id":      coseSign(t, payload, func(m *cose.UntaggedSign1Message) { m.Headers.Unprotected[cose.HeaderLabelKeyID] = []byte("x") }),
		"protected content type":  coseSign(t, payload, func(m *cose.UntaggedSign1Message) { m.Headers.Protected[cose.HeaderLabelContentType] = "a/b" }),
		"another algorithm":       wrap(t, []any{[]byte{0xa1, 0x01, 0x26}, none, payload, signature}),
		"no protected header":     wrap(t, []any{[]byte{}, none, payload, signature}),
		"algorithm not shortest":  wrap(t, []any{[]byte{0xa1, 0x01, 0x38, 0x07}, none, payload, signature}),
		"unprotected null":        wrap(t, []any{protected, nil, payload, signature}),
		"detached payload":        wrap(t, []any{protected, none, nil, signature}),
		"short signature":         wrap(t, []any{protected, none, payload, signature[:63]}),
		"long signature":          wrap(t, []any{protected, none, payload, append(bytes.Clone(signature), 0)}),
		"no signature":            wrap(t, []any{protected, none, payload, nil}),
		"five elements":           wrap(t, []any{protected, none, payload, signature, 0}),
		"three elements":          wrap(t, []any{protected, none, payload}),
		"a map":                   wrap(t, map[int]any{1: protected}),
		"one byte over the limit": make([]byte, entry.MaxSize+1),
	} {
		if _, err := entry.Parse(bad); !errors.Is(err, entry.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func wrap(t testing.TB, v any) []byte {
	t.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := mode.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func splitPayload(t testing.TB, payload []byte) (header, body []byte) {
	t.Helper()
	var parts []cbor.RawMessage
	if err := cbor.Unmarshal(payload, &parts); err != nil || len(parts) != 2 {
		t.Fatal(fmt.Errorf("%d parts: %w", len(parts), err))
	}
	return parts[0], parts[1]
}

func bodyFields(t testing.TB, body []byte) map[int]cbor.RawMessage {
	t.Helper()
	var fields map[int]cbor.RawMessage
	if err := cbor.Unmarshal(body, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func bodyOf(t testing.TB, b entry.Body) []byte {
	t.Helper()
	_, body := splitPayload(t, payloadOf(t, sign(t, b).Raw()))
	return body
}

func FuzzParse(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(sign(f, b).Raw())
	}
	key := keyOf("nl-police")
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := entry.Parse(data)
		if err != nil {
			return
		}
		again, err := entry.Sign(e.Header, e.Body, key)
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", e.Type, err)
		}
		if n := len(data) - 64; len(again.Raw()) != len(data) || !bytes.Equal(again.Raw()[:n], data[:n]) {
			t.Errorf("%s has two encodings", e.Type)
		}
	})
}

func headerFields(t testing.TB, header []byte) []any {
	t.Helper()
	var fields []any
	if err := cbor.Unmarshal(header, &fields); err != nil || len(fields) != 7 {
		t.Fatal(fmt.Errorf("%d fields: %w", len(fields), err))
	}
	return fields
}

func FuzzSignedMember(f *testing.F) {
	f.Add(signed(f).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := entry.ParseSignedMember(data)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Bytes(), data) {
			t.Error("a signed record has two encodings")
		}
		if m, err := s.Open(); err == nil && !bytes.Equal(m.Bytes(), s.Record) {
			t.Error("a record has two encodings")
		}
	})
}
