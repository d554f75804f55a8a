package api

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// ItemsAdd adds items to a case.
var ItemsAdd = define[ItemsAddRequest, ItemsAddedView]("items.add", BringsItems, investigator, supervisor)

// ItemsAddRequest adds items of one source to a case; a long source takes many calls.
type ItemsAddRequest struct {
	Case       string              `json:"case"`
	Normaliser uint32              `json:"normaliser"`            // that made the canonical forms
	Source     casework.Provenance `json:"source" foreign:"4096"` // what all of them share
	Items      Items               `json:"items"`
}

// ItemsAddedView says how many were new to the node, and how many to the case and source.
type ItemsAddedView struct {
	NewItems       int                   `json:"new_items"`
	NewOccurrences int                   `json:"new_occurrences"`
	Known          map[casework.Kind]int `json:"known"` // that were not new, without those that came with a reason to stay out of matching
}

// Items are many items on their way, as [Gather] makes them of a list and List returns
// them. What most records of a source share is said once for all of them, and
// each item says which of those facts are its own:
//
//	{"facts": [{"kind":"phone","visibility":"shared","confidence":1,"category":"unknown", ...}],
//	 "items": [{"value":"+442079460958","record":"line 7"}, {"of":1,"value": ...}]}
type Items struct {
	Facts []facts `json:"facts"`
	Each  rows    `json:"items"`
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
	Terms      jsonText                 `json:"terms,omitempty"`
}

// assumptions is a list as one text, which compares with ==: most items have one, and
// its JSON form is made once for all that share it.
type assumptions string

func (a assumptions) list() []string {
	if a == "" {
		return nil
	}
	return strings.Split(string(a), "\x00")
}

// MarshalJSON returns the list.
func (a assumptions) MarshalJSON() ([]byte, error) { return json.Marshal(a.list()) }

// UnmarshalJSON reads the list.
func (a *assumptions) UnmarshalJSON(b []byte) error {
	var list []string
	err := json.Unmarshal(b, &list)
	*a = assumptions(strings.Join(list, "\x00"))
	return err
}

// jsonText is a value in its JSON form, which compares with ==.
type jsonText string

func textOf(v any, empty bool) jsonText {
	if empty {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "" // lists of texts, and terms, have a JSON form
	}
	return jsonText(text)
}

// MarshalJSON returns the value.
func (t jsonText) MarshalJSON() ([]byte, error) { return []byte(t), nil }

// UnmarshalJSON keeps the value.
func (t *jsonText) UnmarshalJSON(b []byte) error {
	*t = jsonText(b)
	return nil
}

func (t jsonText) read(v any) error {
	if t == "" {
		return nil
	}
	return json.Unmarshal([]byte(t), v)
}

// own is what an item has for itself.
type own struct {
	Of       int       `json:"of,omitempty"` // place of its facts
	Value    string    `json:"value"`
	Record   string    `json:"record,omitempty"`
	Seen     time.Time `json:"seen,omitzero"`
	Captured time.Time `json:"captured,omitzero"`
	Keys     []key     `json:"keys,omitempty"`
	Context  []string  `json:"context,omitempty"`
}

// key is another form of an item's value, by which it is matched too.
type key struct {
	Kind  casework.Kind `json:"kind,omitempty"` // none: the item's
	Value string        `json:"value"`
}

// Gather makes a list ready to go.
func Gather(list []casework.Evidence) Items {
	g := NewGathering(len(list))
	for i := range list {
		g.Add(&list[i])
	}
	return g.Items()
}

// A Gathering makes items ready to go, one after another. It carries of an item's
// provenance what is its own: what all of them share goes beside it, once.
type Gathering struct {
	items Items
	at    map[facts]int
	last  facts // of the item before: most are the same again
	of    int
}

// NewGathering begins one of about so many items.
func NewGathering(n int) *Gathering {
	return &Gathering{items: Items{Each: make(rows, 0, n)}, at: map[facts]int{}}
}

// Len is how many items there are.
func (g *Gathering) Len() int { return len(g.items.Each) }

// Items returns what was added.
func (g *Gathering) Items() Items { return g.items }

// Add adds an item, of which it keeps nothing but texts.
func (g *Gathering) Add(it *casework.Evidence) {
	p := &it.Provenance
	f := facts{
		it.Identifier.Kind(), it.Visibility, it.WhyNot, it.Confidence, it.Category, it.Consent, it.Grading, it.Handling, it.TLP,
		p.Tool, assumptions(strings.Join(p.Assumed, "\x00")), textOf(p.Terms, p.Terms == nil),
	}
	if len(g.items.Facts) == 0 || f != g.last {
		of, ok := g.at[f]
		if !ok {
			of = len(g.items.Facts)
			g.at[f], g.items.Facts = of, append(g.items.Facts, f)
		}
		g.last, g.of = f, of
	}
	o := own{Of: g.of, Value: it.Identifier.Reveal(), Record: p.Record, Seen: it.Seen, Captured: p.Captured, Context: p.Context}
	for _, k := range it.Keys {
		form := key{Value: k.Reveal()}
		if k.Kind() != f.Kind {
			form.Kind = k.Kind()
		}
		o.Keys = append(o.Keys, form)
	}
	g.items.Each = append(g.items.Each, o)
}

// WhyNot returns the reason to stay out of matching that an item, of those that List
// returned, came with.
func (l Items) WhyNot(i int) casework.WhyNot { return l.Facts[l.Each[i].Of].WhyNot }

// MaxItems is how many items one call may bring.
const MaxItems = 40_000

// Bounds of one item.
const (
	maxValue = 4096
	maxPlace = 4096 // of what its source says of it
	maxKeys  = 16
	// how many things its source says of it
	maxContext = 32
	maxFacts   = 64 << 10 // of what it shares with others
)

// List returns the items. Too many of them, items that name no facts, and values that
// are none are errors.
func (l Items) List() ([]casework.Evidence, error) {
	if len(l.Each) > MaxItems {
		return nil, Errorf(Invalid, "send them in several calls", "%d items in one call, more than %d", len(l.Each), MaxItems)
	}
	shared := make([]casework.Evidence, len(l.Facts))
	for i, f := range l.Facts {
		if len(f.Assumed)+len(f.Terms)+len(f.Tool)+len(f.Handling.Text) > maxFacts {
			return nil, Errorf(Invalid, sameVersion, "facts %d have more than %d bytes", i+1, maxFacts)
		}
		e := casework.Evidence{
			Confidence: f.Confidence, WhyNot: f.WhyNot, Visibility: f.Visibility, Category: f.Category, Consent: f.Consent,
			Grading: f.Grading, Handling: f.Handling, TLP: f.TLP, Provenance: casework.Provenance{Tool: f.Tool},
		}
		e.Provenance.Assumed = f.Assumed.list()
		if err := f.Terms.read(&e.Provenance.Terms); err != nil {
			return nil, Errorf(Invalid, sameVersion, "facts %d cannot be read", i+1)
		}
		shared[i] = e
	}
	out := make([]casework.Evidence, len(l.Each))
	for i, o := range l.Each {
		if o.Of < 0 || o.Of >= len(l.Facts) {
			return nil, Errorf(Invalid, sameVersion, "item %d names facts %d of %d", i+1, o.Of, len(l.Facts))
		}
		e, err := o.evidence(shared[o.Of], l.Facts[o.Of].Kind)
		if err != nil {
			return nil, Errorf(Invalid, sameVersion, "item %d: %w", i+1, err)
		}
		out[i] = e
	}
	return out, nil
}

const sameVersion = "use the crosscase of the node's version"

var (
	errNoValue  = errors.New("it has no kind that this node knows, or no value, or one that is too long")
	errManyKeys = errors.New("it has too many other forms")
	errNoPlace  = errors.New("where it stands in its source is too long")
)

// evidence completes the facts that an item shares with its own.
func (o own) evidence(e casework.Evidence, kind casework.Kind) (casework.Evidence, error) {
	if len(o.Keys) > maxKeys {
		return e, errManyKeys
	}
	place := len(o.Record)
	for _, c := range o.Context {
		place += len(c)
	}
	if place > maxPlace || len(o.Context) > maxContext {
		return e, errNoPlace
	}
	for i, k := range append([]key{{kind, o.Value}}, o.Keys...) {
		if k.Kind == "" {
			k.Kind = kind
		}
		if !k.Kind.Valid() || k.Value == "" || len(k.Value) > maxValue {
			return e, errNoValue
		}
		if err := (bound{most: maxValue}).text("its value", k.Value); err != nil {
			return e, err
		}
		identifier := casework.NewIdentifier(k.Kind, k.Value)
		if i == 0 {
			e.Identifier = identifier
		} else {
			e.Keys = append(e.Keys, identifier)
		}
	}
	e.Provenance.Record, e.Provenance.Captured, e.Provenance.Context, e.Seen = o.Record, o.Captured, o.Context, o.Seen
	return e, nil
}

// Kind returns the kind of an item, of those that List returned.
func (l Items) Kind(i int) casework.Kind { return l.Facts[l.Each[i].Of].Kind }
