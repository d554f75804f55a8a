// Package layering is the rules of the module's structure, as a test: which layer a
// package belongs to and what it may import, how large a file, a function and a
// package's list of types may grow, and who may reveal an identifier. The rules are
// data in layering.go and node.go; the tests beside them apply them to every package
// of the module.
//
// The layers, left to right: {crypto, policy} < ledger < node < cmd. A package
// imports from its own layer and from those to its left; crypto and policy do
// not know each other, but for crypto/canon, the one encoding of both.
package layering

import (
	"path"
	"strings"
)

// Module is the module's path.
const Module = "github.com/crosscase/crosscase"

// MaxLines is the length that no Go file may pass.
const MaxLines = 500

// rank orders the layers; crypto and policy stand side by side. Below deploy lie
// embedded data, which import nothing.
var rank = map[string]int{"deploy": 0, "crypto": 0, "policy": 0, "ledger": 1, "node": 2, "cmd": 3}

// layer returns the layer of a package path below the module, or "".
func layer(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, Module+"/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

// mayImport reports whether a package of the module may import another one of it.
func mayImport(from, to string) bool {
	a, b := layer(from), layer(to)
	if a == b || to == Module+"/crypto/canon" { // an encoding, which holds no secret
		return true
	}
	return rank[b] < rank[a]
}

// pure lists the packages that compute and do no I/O; "..." covers what lies below.
var pure = []string{
	"crypto/...", "policy/...", "node/wire", "node/rank",
	"ledger/entry", "ledger/checkpoint", "ledger/receipt", "ledger/state", "ledger/seam", "ledger/audit", "ledger/oversight", "ledger/bundle",
}

func isPure(pkg string) bool { return covers(pure, pkg) }

// covers reports whether a list of packages names one; "..." covers what lies below.
func covers(list []string, pkg string) bool {
	rest := strings.TrimPrefix(pkg, Module+"/")
	for _, p := range list {
		if dir, tree := strings.CutSuffix(p, "/..."); tree && (rest == dir || strings.HasPrefix(rest, dir+"/")) || rest == p {
			return true
		}
	}
	return false
}

// notDirectly are what no pure package imports itself.
var notDirectly = []string{"os", "net", "log", "math/rand", "math/rand/v2"}

// notAtAll are what no pure package reaches, however far away.
var notAtAll = []string{"net/http", "log/slog", "github.com/libp2p/go-libp2p", "github.com/hashicorp/raft"}

// reserved names, for each guarded dependency, the only packages that import it.
var reserved = map[string][]string{
	"github.com/hashicorp/raft":     {"ledger/replica"},
	"github.com/hashicorp/raft-wal": {"ledger/replica"},
	"github.com/libp2p/go-libp2p":   {"node/peer", "node/simnet"},
	"database/sql":                  {"node/store/sqlite"},
	"github.com/ncruces/go-sqlite3": {"node/store/sqlite"},
	"github.com/fxamacker/cbor":     {"crypto/canon"},
}

// reservedFor returns the packages that alone may import dep, if it is guarded.
func reservedFor(dep string) ([]string, bool) {
	for guarded, owners := range reserved {
		if dep == guarded || strings.HasPrefix(dep, guarded+"/") {
			return owners, true
		}
	}
	return nil, false
}

// badNames are package names that say nothing.
var badNames = []string{"util", "utils", "common", "helper", "helpers", "types", "base", "misc"}

func badName(pkg string) bool {
	for _, n := range badNames {
		if path.Base(pkg) == n {
			return true
		}
	}
	return false
}
