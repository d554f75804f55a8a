package reading

import "github.com/crosscase/crosscase/node/intake/jsonrec"

// An Observed is a value of an object that has markings of its own.
type Observed struct {
	Naming
	Value    string
	Region   string
	Selector string // the member that it stands in, for granular markings
	Alert    bool
	Prose    bool // a text to search
	Context  []string
}

// Texts returns the strings of an array.
func Texts(v jsonrec.Value) []string {
	var out []string
	for _, item := range v.Each() {
		if t := item.Text(); t != "" {
			out = append(out, t)
		}
	}
	return out
}
