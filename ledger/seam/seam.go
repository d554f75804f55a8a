// Package seam is the document by which the members that are left of a network whose
// voters are gone for good, and their oversight bodies, agree on its successor.
//
//	founder of the successor    others, and oversight bodies
//	retired network, its last
//	certified checkpoint,
//	successor, agreement
//	signs              --file-> compare its fingerprint over the phone, sign
//	                   <-file--
//	first entry of the successor ([entry.Recover])
//
// The document holds no secret and proves nothing by itself: signatures in it hold, and
// whose they are is told by the retired ledger. Who exchanges it on its way changes its
// fingerprint; who leaves signatures out is found by counting them.
package seam

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/crosscase/crosscase/ledger/entry"
)

// ErrDocument means that a file is no such document.
var ErrDocument = errors.New("not a document by which a network is succeeded")

const (
	version = "crosscase-seam/1"
	maxSize = 64 << 10
)

// A Document is a seam with the agreement of the successor that it names.
type Document struct {
	Agreement []byte
	Seam      entry.Seam
}

type file struct {
	Version   string `json:"version"`
	Network   string `json:"network"` // for people; the seam is what counts
	Successor string `json:"successor"`
	Agreement []byte `json:"agreement"`
	Seam      []byte `json:"seam"`
}

// Write returns the document's text.
func Write(d Document) ([]byte, error) {
	text, err := json.MarshalIndent(file{version, d.Seam.Network, d.Seam.Successor, d.Agreement, d.Seam.Bytes()}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("seam: %w", err)
	}
	return append(text, '\n'), nil
}

// Read reads it. The signatures in it hold; some may be missing.
func Read(text []byte) (Document, error) {
	if len(text) > maxSize {
		return Document{}, fmt.Errorf("%w: %d bytes", ErrDocument, len(text))
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Document{}, fmt.Errorf("%w: something follows it", ErrDocument)
	}
	if f.Version != version {
		return Document{}, fmt.Errorf("%w: version %q", ErrDocument, f.Version)
	}
	s, err := entry.ParseSeam(f.Seam)
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if s.Network != f.Network || s.Successor != f.Successor {
		return Document{}, fmt.Errorf("%w: it names other networks than its seam", ErrDocument)
	}
	if entry.Hash(sha256.Sum256(f.Agreement)) != s.Agreement {
		return Document{}, fmt.Errorf("%w: its agreement is another than the one that is signed", ErrDocument)
	}
	return Document{f.Agreement, s}, nil
}
