package layering

import "strings"

// MaxTypes is how many exported types a package has at most; a list of nouns may have
// more.
const MaxTypes = 15

// MaxFunction is how many lines a function has at most, in tests, too.
const MaxFunction = 80

// nouns are the packages whose exported types are what they are for.
var nouns = []string{"node/api", "node/wire", "ledger/entry", "policy/casework", "node/store"}

// floors orders the packages of one agency's node: a package imports from the floors
// below its own, and nothing of its own floor but what lies under its own folder. The
// last floor is the node itself; simnet runs whole nodes and only tests import it.
var floors = [][]string{
	{"identify", "store", "wire", "peer", "rank", "keyring", "keylock", "config", "api"},
	{"intake", "export", "match", "disclose", "retention", "analysis"},
	{"desk"},
	{"control", "console", "ops", "serve"},
	{""},
	{"simnet"},
}

// room returns the floor of a package under node, and the folder that it lies in.
func room(pkg string) (floor int, folder string, ok bool) {
	rest, in := strings.CutPrefix(pkg, Module+"/node")
	if !in {
		return 0, "", false
	}
	folder, _, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	for i, f := range floors {
		for _, name := range f {
			if name == folder {
				return i, folder, true
			}
		}
	}
	return -1, folder, true
}

// withinNode reports whether a package under node may import another one there.
func withinNode(from, to string) bool {
	a, folder, ok := room(from)
	if !ok {
		return true
	}
	b, other, ok := room(to)
	if !ok {
		return true
	}
	if folder == "desk" && other == "desk" {
		// What desks share is below them, and they do not know each other.
		return to == Module+"/node/desk"
	}
	return a >= 0 && b >= 0 && (b < a || folder == other)
}

// noDatabase are the packages from which nothing of a database is reached; "..."
// covers what lies below.
var noDatabase = []string{"policy/...", "node/match", "node/disclose", "node/desk/..."}
