package layering

// A way is what a command passes through, package by package, in the order of
// node/DESIGN.md.
type way struct {
	what  string
	rows  []string // the commands of node/api that go it
	by    []string
	aside []string // services of the node that one on the way uses, and that the command does not pass through
}

// MaxWay is how many packages a way has at most.
const MaxWay = 8

var ways = []way{
	{
		what:  "A batch, from the command to the ledger",
		rows:  []string{"Ask"},
		by:    []string{"cmd/crosscase", "node/control", "node/desk/asking", "node/match", "ledger/replica", "ledger/tiles"},
		aside: []string{"node/peer"}, // carries the batch once it is in the ledger
	},
	{
		what: "A request, from its draft to its opening",
		rows: []string{"Request", "Approve", "Answer", "Open"},
		by: []string{
			"cmd/crosscase", "node/control", "node/desk/disclosing", "node/disclose", "policy/rules", "ledger/replica", "node/peer", "crypto/seal",
		},
		aside: []string{"node/match"}, // proves the hit that a request rests on
	},
}

// wordings is what the desks share: it words errors of the layers below, and no command
// passes through it.
const wordings = "node/desk"
