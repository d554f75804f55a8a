package intake

import (
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// An Answer is what a person is shown of one found identifier, its value
// included.
type Answer struct {
	Record     string          `json:"record"`
	Kind       casework.Kind   `json:"kind"`
	Value      string          `json:"value"`
	Secondary  string          `json:"secondary,omitempty"`
	Spelling   string          `json:"spelling,omitempty"`
	Style      string          `json:"style,omitempty"` // how it was written in a text, where not plainly
	Assumed    []string        `json:"assumed"`         // empty where nothing was
	Confidence float64         `json:"confidence"`
	Match      bool            `json:"match"`
	WhyNot     casework.WhyNot `json:"why_not"` // empty where it matches
	Lists      []string        `json:"warning_lists,omitempty"`
	Tags       []string        `json:"tags,omitempty"`
}

// Answer reveals a found identifier to the person who asked.
func (f Found) Answer() Answer {
	a := Answer{
		Record: f.Record, Kind: f.Identifier.Kind(), Value: f.Identifier.Reveal(), Style: f.Style,
		Assumed: append([]string{}, f.Assumed...), Confidence: f.Confidence, Match: f.WhyNot == "", WhyNot: f.WhyNot, Lists: f.Lists, Tags: f.Tags,
	}
	if f.Secondary != nil {
		a.Secondary = f.Secondary.Reveal()
	}
	if spelling := f.Spelling.Reveal(); spelling != a.Value {
		a.Spelling = spelling
	}
	return a
}

// Identify gives everything that one value may be, the likeliest first. Its
// error says what the value is not, without the value.
func Identify(value string, d Defaults) ([]Found, error) {
	s := statement{record: "the value", value: value}
	all, err := identify.Guess(value, identify.Hint{Region: d.Region, Platform: d.Platform})
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, r := range all {
		f := s.found(d)
		f.take(r, value)
		f.keepOut(d)
		found = append(found, f)
	}
	return found, nil
}
