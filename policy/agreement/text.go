package agreement

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/crosscase/crosscase/policy/casework"
)

// maxText is the size in bytes of the longest text that is read.
const maxText = 64 << 10

// ParseTOML reads an agreement as members write it. A key that is not known, also
// one that is known in another case, is an error that names the nearest.
func ParseTOML(text []byte) (Agreement, error) {
	if len(text) > maxText {
		return Agreement{}, fmt.Errorf("%w: a text of %d bytes, more than %d", ErrAgreement, len(text), maxText)
	}
	var a Agreement
	meta, err := toml.Decode(string(text), &a)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return Agreement{}, fmt.Errorf("%w: line %d: %s", ErrAgreement, pe.Position.Line, pe.Message)
		}
		return Agreement{}, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	known := knownKeys(reflect.TypeFor[Agreement](), "")
	for _, key := range meta.Keys() {
		if k := strings.Join(key, "."); !slices.Contains(known, k) {
			return Agreement{}, fmt.Errorf("%w: unknown key %q; the nearest is %q", ErrAgreement, k, casework.Nearest(k, known))
		}
	}
	if err := a.Validate(); err != nil {
		return Agreement{}, err
	}
	if n := len(a.Bytes()); n > MaxSize {
		return Agreement{}, fmt.Errorf("%w: %d bytes, more than %d", ErrAgreement, n, MaxSize)
	}
	return a.withLists(), nil
}

// knownKeys lists the keys of a struct and of the lists of structs in it.
func knownKeys(t reflect.Type, prefix string) []string {
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("toml")
		keys = append(keys, key)
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			keys = append(keys, knownKeys(f.Type.Elem(), key+".")...)
		}
	}
	return keys
}

// meanings are written above the keys.
var meanings = map[string]string{
	"network":          "Name of the network, and origin of its ledger's checkpoints.",
	"version":          "Grows by one with every change.",
	"title":            "For people.",
	"kinds":            "What may be matched at all.",
	"purposes":         "What a query or a disclosure may be for.",
	"legal_bases":      "What it may be based on.",
	"offences":         "Which offences it may concern; none listed leaves them open.",
	"voters":           "How many members sign checkpoints: the first ones in order of admission. Odd.",
	"join_share":       "Share of the members that must approve a newcomer. Always more than half.",
	"expel_share":      "Share of the members, with the one concerned, that must want it gone.",
	"amend_share":      "Share of the members that must approve another agreement.",
	"witnesses":        "Cosignatures of outside witnesses on a checkpoint. 0 in this version.",
	"normaliser":       "Version of the canonical forms of identifiers.",
	"max_batch":        "Most elements in one query.",
	"silent_permille":  "Largest share of items, in thousandths, that a member asks and does not publish.",
	"receipt_max_age":  "Seconds after which a receipt's checkpoint is too old to be answered.",
	"entry_max_skew":   "Seconds between a member's clock and the leader's.",
	"query_max_age":    "Seconds after which a query that was logged is not answered any more.",
	"append_max_ahead": "Seconds that the ledger's clock may be ahead of the last checkpoint that a quorum signed and that is\n# logged. At most entry_max_skew.",
	"entries_per_day":  "Entries that one member may log in a UTC day, those aside that answer another's.",
	"bytes_per_day":    "Bytes of them.",
	"level":            "Which types of entries and rules are valid. Members raise it once the nodes of all know it.",
	"retention_days":   "The longest that a disclosure is kept.",
	"[[pairs]]":        "Who may match with whom, each way; \"*\" is every member. Without kinds: all above.",
	"[[quotas]]":       "What one member may ask in a UTC day, of all peers and of each. Without kind: all kinds\n# together. A kind that no quota covers may not be asked.",
}

// TOML returns the agreement as members write it, with what each setting means.
func (a Agreement) TOML() ([]byte, error) {
	var plain bytes.Buffer
	enc := toml.NewEncoder(&plain)
	enc.Indent = ""
	if err := enc.Encode(a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	var text bytes.Buffer
	text.WriteString("# The agreement of a crosscase network. Every member signs its hash.\n")
	left := maps.Clone(meanings)
	for line := range strings.Lines(plain.String()) {
		key, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if meaning := left[key]; meaning != "" {
			fmt.Fprintf(&text, "\n# %s\n", meaning)
			delete(left, key) // above the first of a list only
		}
		if strings.TrimSpace(line) != "" {
			text.WriteString(line)
		}
	}
	return text.Bytes(), nil
}
