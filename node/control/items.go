package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// An Item is an identifier that an officer hands to the node, in canonical form.
type Item struct {
	Kind       casework.Kind            `json:"kind"`
	Value      string                   `json:"value"`
	Visibility casework.Visibility      `json:"visibility"`
	WhyNot     casework.WhyNot          `json:"why_not,omitempty"`
	Confidence float64                  `json:"confidence"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Consent    bool                     `json:"consent,omitempty"`
	Grading    casework.Grading         `json:"grading,omitzero"`
	Handling   casework.Handling        `json:"handling,omitzero"`
	TLP        casework.TLP             `json:"tlp,omitempty"`
	Seen       time.Time                `json:"seen,omitzero"`
	Captured   time.Time                `json:"captured,omitzero"`
	Tool       string                   `json:"tool,omitempty"`
	Record     string                   `json:"record,omitempty"`
	Assumed    []string                 `json:"assumed,omitempty"`
}

// ItemsAdd adds items of one source to a case; a long source takes many calls.
type ItemsAdd struct {
	Case       string              `json:"case"`
	Normaliser uint32              `json:"normaliser"` // that made the canonical forms
	Source     casework.Provenance `json:"source"`     // what all of them share
	Items      Items               `json:"items"`
}

// ItemsAdded says of each item, in order, whether it is new to the node and to the source.
type ItemsAdded struct {
	NewItems       int    `json:"new_items"`
	NewOccurrences int    `json:"new_occurrences"`
	New            []bool `json:"new"` // item by item
}

// Items are many items on their way. What most records of a source share is said
// once for all of them, and each item says which of those facts are its own:
//
//	{"facts": [{"kind":"phone","visibility":"shared","confidence":1,"category":"unknown", ...}],
//	 "items": [{"value":"+442079460958","record":"line 7"}, {"of":1,"value": ...}]}
type Items []Item

// facts are what items have in common.
type facts struct {
	Kind       casework.Kind            `json:"kind"`
	Visibility casework.Visibility      `json:"visibility"`
	WhyNot     casework.WhyNot          `json:"why_not,omitempty"`
	Confidence float64                  `json:"confidence"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Consent    bool                     `json:"consent,omitempty"`
	Grading    casework.Grading         `json:"grading,omitzero"`
	Handling   casework.Handling        `json:"handling,omitzero"`
	TLP        casework.TLP             `json:"tlp,omitempty"`
	Tool       string                   `json:"tool,omitempty"`
	Assumed    assumptions              `json:"assumed,omitempty"`
}

// assumptions is a list as one text, which compares with ==.
type assumptions string

func assumptionsOf(list []string) assumptions { return assumptions(strings.Join(list, "\x00")) }

func (a assumptions) list() []string {
	if a == "" {
		return nil
	}
	return strings.Split(string(a), "\x00")
}

// MarshalJSON gives the list.
func (a assumptions) MarshalJSON() ([]byte, error) { return json.Marshal(a.list()) }

// UnmarshalJSON reads the list.
func (a *assumptions) UnmarshalJSON(b []byte) error {
	var list []string
	err := json.Unmarshal(b, &list)
	*a = assumptionsOf(list)
	return err
}

// own is what an item has for itself.
type own struct {
	Of       int       `json:"of,omitempty"` // place of its facts
	Value    string    `json:"value"`
	Record   string    `json:"record,omitempty"`
	Seen     time.Time `json:"seen,omitzero"`
	Captured time.Time `json:"captured,omitzero"`
}

type itemsForm struct {
	Facts []facts `json:"facts"`
	Items []own   `json:"items"`
}

// MarshalJSON gives the form that says what is shared once.
func (l Items) MarshalJSON() ([]byte, error) {
	form := itemsForm{Facts: []facts{}, Items: make([]own, len(l))}
	at := map[facts]int{}
	for i := range l {
		it := &l[i]
		f := facts{it.Kind, it.Visibility, it.WhyNot, it.Confidence, it.Category, it.Consent, it.Grading, it.Handling, it.TLP, it.Tool, assumptionsOf(it.Assumed)}
		of, ok := at[f]
		if !ok {
			of = len(form.Facts)
			at[f], form.Facts = of, append(form.Facts, f)
		}
		form.Items[i] = own{of, it.Value, it.Record, it.Seen, it.Captured}
	}
	return json.Marshal(form)
}

// MaxItems is how many items one call may bring.
const MaxItems = 40_000

// ErrItems means that a list of items is not in its form.
var ErrItems = errors.New("not a list of items")

// UnmarshalJSON reads what MarshalJSON wrote. Items that name no facts are an error.
func (l *Items) UnmarshalJSON(b []byte) error {
	var form itemsForm
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&form); err != nil {
		return fmt.Errorf("%w: %w", ErrItems, err)
	}
	if len(form.Items) > MaxItems {
		return fmt.Errorf("%w: %d items in one call, more than %d", ErrItems, len(form.Items), MaxItems)
	}
	assumed := make([][]string, len(form.Facts))
	for i, f := range form.Facts {
		assumed[i] = f.Assumed.list()
	}
	out := make(Items, len(form.Items))
	for i, o := range form.Items {
		if o.Of < 0 || o.Of >= len(form.Facts) {
			return fmt.Errorf("%w: item %d names facts %d of %d", ErrItems, i+1, o.Of, len(form.Facts))
		}
		f := &form.Facts[o.Of]
		out[i] = Item{
			f.Kind, o.Value, f.Visibility, f.WhyNot, f.Confidence, f.Category, f.Consent, f.Grading, f.Handling, f.TLP,
			o.Seen, o.Captured, f.Tool, o.Record, assumed[o.Of],
		}
	}
	*l = out
	return nil
}
