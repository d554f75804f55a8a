package agreement

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Change is one setting in which two agreements differ, in words. A setting that is
// a list says what is added and what is dropped, every other one what it was and
// becomes; a list of which only the order changes has both.
type Change struct {
	Setting string   `json:"setting"` // the key in the text that members write
	Meaning string   `json:"meaning"`
	Was     string   `json:"was,omitempty"`
	Becomes string   `json:"becomes,omitempty"`
	Added   []string `json:"added,omitempty"`
	Dropped []string `json:"dropped,omitempty"`
}

// Diff lists the settings in which an agreement differs from the one before, in the
// order in which members write them. It looks at every field, so that two agreements
// with different hashes never have an empty one. Shares say what they come to among so
// many members.
func Diff(before, after Agreement, members int) []Change {
	a, b := reflect.ValueOf(before.withLists()), reflect.ValueOf(after.withLists())
	changes := []Change{}
	for i := range a.NumField() {
		old, next := a.Field(i).Interface(), b.Field(i).Interface()
		if reflect.DeepEqual(old, next) {
			continue
		}
		key := a.Type().Field(i).Tag.Get("toml")
		c := Change{Setting: key, Meaning: meaningOf(key)}
		if a.Field(i).Kind() == reflect.Slice {
			c.Added, c.Dropped = missing(next, old), missing(old, next)
		}
		if len(c.Added)+len(c.Dropped) == 0 {
			c.Was, c.Becomes = inWords(old, members), inWords(next, members)
		}
		changes = append(changes, c)
	}
	return changes
}

// meaningOf is what stands above a key in the text, in one line.
func meaningOf(key string) string {
	for _, k := range []string{key, "[[" + key + "]]"} {
		if m := meanings[k]; m != "" {
			return strings.ReplaceAll(m, "\n# ", " ")
		}
	}
	return ""
}

// missing lists, in words, the elements of one list that another does not have.
func missing(of, from any) []string {
	var out []string
	there := elements(from)
	for _, text := range elements(of) {
		if !slices.Contains(there, text) {
			out = append(out, text)
		}
	}
	return out
}

func elements(list any) []string {
	v := reflect.ValueOf(list)
	out := make([]string, v.Len())
	for i := range out {
		out[i] = inWords(v.Index(i).Interface(), 0)
	}
	return out
}

// inWords is a setting as a person reads it aloud.
func inWords(value any, members int) string {
	switch v := value.(type) {
	case Pair:
		kinds := "all kinds"
		if len(v.Kinds) > 0 {
			kinds = "only " + strings.Join(elements(v.Kinds), ", ")
		}
		return fmt.Sprintf("%s with %s, %s", member(string(v.A)), member(string(v.B)), kinds)
	case Quota:
		kind := "all kinds together"
		if v.Kind != "" {
			kind = string(v.Kind)
		}
		return fmt.Sprintf("%s: %d a day, %d of each peer", kind, v.PerDay, v.PerPeerDay)
	case Share:
		return fmt.Sprintf("%s (%d of the %d members now)", string(v), v.Of(members), members)
	}
	if reflect.TypeOf(value).Kind() == reflect.Slice {
		return strings.Join(elements(value), "; ")
	}
	return fmt.Sprint(value)
}

func member(id string) string {
	if id == string(Any) {
		return "every member"
	}
	return id
}
