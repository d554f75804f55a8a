package intake

import (
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// An Answer is what a person is shown of one found identifier, its value
// included.
type Answer struct {
	Record     string          `json:"record"`
	Kind       casework.Kind   `json:"kind"`
	Value      string          `json:"value"`
	Keys       []string        `json:"keys,omitempty"` // other forms under which it is matched too
	Spelling   string          `json:"spelling,omitempty"`
	Style      string          `json:"style,omitempty"` // how it was written in a text, where not plainly
	Assumed    []string        `json:"assumed"`         // empty where nothing was
	Confidence float64         `json:"confidence"`
	Match      bool            `json:"match"`
	WhyNot     casework.WhyNot `json:"why_not"` // empty where it matches
	Lists      []string        `json:"warning_lists,omitempty"`
	Context    []string        `json:"context,omitempty"` // what the source says of it
}

// Answer reveals a found identifier to the person who asked.
func (f Found) Answer() Answer {
	a := Answer{
		Record: f.Provenance.Record, Kind: f.Identifier.Kind(), Value: f.Identifier.Reveal(), Style: f.Style,
		Assumed: append([]string{}, f.Provenance.Assumed...), Confidence: f.Confidence, Match: f.WhyNot == "", WhyNot: f.WhyNot, Lists: f.Lists, Context: f.Provenance.Context,
	}
	for _, key := range f.Keys {
		a.Keys = append(a.Keys, key.Reveal())
	}
	if f.Spelling != nil {
		if spelling := f.Spelling().Reveal(); spelling != a.Value {
			a.Spelling = spelling
		}
	}
	return a
}

// Identify returns what one value is: its likeliest reading, with the kinds that it may
// be besides. Its error says what the value is not, without the value.
func Identify(value string, d Defaults) (Found, []casework.Kind, error) {
	s := reading.Statement{Record: "the value", Value: value}
	all, err := identify.Guess(value, identify.Hint{Region: d.Region, Platform: d.Platform})
	if err != nil {
		return Found{}, nil, err
	}
	f := foundIn(s, d)
	f.take(all[0], value)
	f.keepOut(d)
	var others []casework.Kind
	for _, r := range all[1:] {
		others = append(others, r.Identifier.Kind())
	}
	return f, others, nil
}

// ValueReport is the report on one value that a person typed.
func ValueReport(f Found) Report {
	r := Report{Source: "the value", Why: "one value", Format: "value", Records: 1, Good: 1}
	c := r.count(f.Identifier.Kind())
	if f.WhyNot == "" {
		c.New = 1
		if len(f.Keys) > 0 {
			r.Second = 1
		}
		return r
	}
	c.NeedsPerson = 1
	r.because(f.WhyNot, 1)
	return r
}
