package sqlite

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// occurrence is what is sealed in a row of that table: what is a record's own.
type occurrence struct {
	Common   []byte   `cbor:"1,keyasint"` // key of the rest, which the records of a source have in common
	Record   string   `cbor:"2,keyasint,omitempty"`
	Seen     string   `cbor:"3,keyasint,omitempty"` // RFC 3339 with nanoseconds, as are all times of a row
	Captured string   `cbor:"4,keyasint,omitempty"`
	Assumed  []string `cbor:"5,keyasint,omitempty"`
	Original string   `cbor:"6,keyasint,omitempty"`
	Context  []string `cbor:"7,keyasint,omitempty"`

	Withdrawn *withdrawn `cbor:"8,keyasint,omitempty"`
}

// occurrenceFormat takes what any reader of evidence may have found in one record.
var occurrenceFormat = canon.NewFormat(canon.Limits{Size: 1 << 24, Array: 1 << 16, Map: 16, Depth: 4})

// stamp writes a time, none as the empty text.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// unstamp reads what stamp wrote.
func unstamp(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

// commonFacts are those that the records of one source usually share, and that are
// stored once for all that do.
type commonFacts struct {
	Category casework.SubjectCategory `json:"category,omitempty"`
	Consent  bool                     `json:"consent,omitempty"`
	Grading  casework.Grading         `json:"grading,omitzero"`
	Handling casework.Handling        `json:"handling,omitzero"`
	TLP      casework.TLP             `json:"tlp,omitempty"`
	Source   string                   `json:"source,omitempty"`
	SHA256   string                   `json:"sha256,omitempty"`
	Format   string                   `json:"format,omitempty"`
	Tool     string                   `json:"tool,omitempty"`
	Imported time.Time                `json:"imported,omitzero"`
	Terms    *casework.Terms          `json:"terms,omitempty"`

	// What the source says of matching. Places of schemas before 6 do not state it.
	Stated     bool                `json:"stated,omitempty"`
	Visibility casework.Visibility `json:"visibility,omitempty"`
	Confidence float64             `json:"confidence,omitempty"`
	Listed     bool                `json:"listed,omitempty"` // on a warning list
}

func commonOf(it *casework.Evidence) commonFacts {
	p := &it.Provenance
	return commonFacts{
		it.Category, it.Consent, it.Grading, it.Handling, it.TLP, p.Source, p.SHA256, p.Format, p.Tool, p.Imported, p.Terms,
		true, it.Visibility, it.Confidence, it.WhyNot == casework.OnWarningList,
	}
}

// common is commonFacts as they are stored.
type common struct {
	id      []byte
	key     string // id as text
	data    []byte
	grading string
}

func newCommon(f finder, facts commonFacts) (*common, error) {
	data, err := json.Marshal(facts)
	if err != nil {
		return nil, err
	}
	id := f.find("provenance", data)
	return &common{id, hex.EncodeToString(id), data, facts.Grading.String()}, nil
}

// maxStored is how many keys of common facts are remembered as stored.
const maxStored = 4096

// putCommon stores common facts, if they are not, with the lock held.
func (s *Store) putCommon(c *common) error {
	if s.stored[c.key] {
		return nil
	}
	if err := s.putObject(string(provenances), c.key, 0, c.data); err != nil {
		return err
	}
	if len(s.stored) == maxStored {
		clear(s.stored)
	}
	s.stored[c.key] = true
	return nil
}

// occurrences lists where an item is, with the lock held.
func (s *Store) occurrences(id casework.ItemID) (out []casework.Occurrence, err error) {
	places, err := s.placesOf(s.keys.itemSeq(id))
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		o, err := occurrenceOf(id, p)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *Store) openOccurrence(source, sealed []byte) (o occurrence, facts commonFacts, err error) {
	data, err := s.keys.open("occurrence|"+string(source), sealed)
	if err != nil {
		return o, facts, err
	}
	if err := occurrenceFormat.DecodeOwn(data, &o); err != nil {
		return o, facts, fmt.Errorf("%w: occurrence: %w", store.ErrCorrupt, err)
	}
	if facts, err = provenances.get(s, hex.EncodeToString(o.Common)); err != nil {
		return o, facts, fmt.Errorf("%w: the source of an occurrence: %w", store.ErrCorrupt, err)
	}
	return o, facts, nil
}
