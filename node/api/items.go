package api

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// ItemsAdd adds items to a case.
var ItemsAdd = define[ItemsAddRequest, ItemsAddedView]("items.add", BringsItems, investigator, supervisor)

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

// ItemsAddRequest adds items of one source to a case; a long source takes many calls.
type ItemsAddRequest struct {
	Case       string              `json:"case"`
	Normaliser uint32              `json:"normaliser"` // that made the canonical forms
	Source     casework.Provenance `json:"source"`     // what all of them share
	Items      Items               `json:"items"`
}

// ItemsAddedView says how many were new to the node, and how many to the case and source.
type ItemsAddedView struct {
	NewItems       int                   `json:"new_items"`
	NewOccurrences int                   `json:"new_occurrences"`
	Known          map[casework.Kind]int `json:"known"` // that were not new, without those that came with a reason to stay out of matching
}

// Items are many items on their way, as [Gather] makes them of a list and List gives
// them back. What most records of a source share is said once for all of them, and
// each item says which of those facts are its own:
//
//	{"facts": [{"kind":"phone","visibility":"shared","confidence":1,"category":"unknown", ...}],
//	 "items": [{"value":"+442079460958","record":"line 7"}, {"of":1,"value": ...}]}
type Items struct {
	Facts []facts `json:"facts"`
	Each  []own   `json:"items"`
}

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

// Gather makes a list ready to go.
func Gather(list []Item) Items {
	out := Items{Each: make([]own, len(list))}
	at := map[facts]int{}
	for i := range list {
		it := &list[i]
		f := facts{it.Kind, it.Visibility, it.WhyNot, it.Confidence, it.Category, it.Consent, it.Grading, it.Handling, it.TLP, it.Tool, assumptionsOf(it.Assumed)}
		of, ok := at[f]
		if !ok {
			of = len(out.Facts)
			at[f], out.Facts = of, append(out.Facts, f)
		}
		out.Each[i] = own{of, it.Value, it.Record, it.Seen, it.Captured}
	}
	return out
}

// WhyNot gives the reason to stay out of matching that an item, of those that List
// gave, came with.
func (l Items) WhyNot(i int) casework.WhyNot { return l.Facts[l.Each[i].Of].WhyNot }

// MaxItems is how many items one call may bring.
const MaxItems = 40_000

// List gives the items. Too many, and items that name no facts, are errors.
func (l Items) List() ([]Item, error) {
	if len(l.Each) > MaxItems {
		return nil, Errorf(Invalid, "send them in several calls", "%d items in one call, more than %d", len(l.Each), MaxItems)
	}
	assumed := make([][]string, len(l.Facts))
	for i, f := range l.Facts {
		assumed[i] = f.Assumed.list()
	}
	out := make([]Item, len(l.Each))
	for i, o := range l.Each {
		if o.Of < 0 || o.Of >= len(l.Facts) {
			return nil, Errorf(Invalid, "use the crosscase of the node's version", "item %d names facts %d of %d", i+1, o.Of, len(l.Facts))
		}
		f := &l.Facts[o.Of]
		out[i] = Item{
			f.Kind, o.Value, f.Visibility, f.WhyNot, f.Confidence, f.Category, f.Consent, f.Grading, f.Handling, f.TLP,
			o.Seen, o.Captured, f.Tool, o.Record, assumed[o.Of],
		}
	}
	return out, nil
}

// Kind returns the kind of an item, of those that List returned.
func (l Items) Kind(i int) casework.Kind { return l.Facts[l.Each[i].Of].Kind }
