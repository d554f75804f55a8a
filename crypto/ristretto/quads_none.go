//go:build !amd64 || purego

package ristretto

import "github.com/oasisprotocol/curve25519-voi/curve"

// accelerated: this processor is not written for.
var accelerated = false

// newQuads is never called.
func newQuads(int) points { return nil }

// quadBase has no tables.
type quadBase struct{}

func (quadBase) init(*curve.RistrettoPoint) {}
