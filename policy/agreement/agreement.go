// Package agreement is the text that member agencies sign up to: what may be
// matched, between whom, for which purposes, how much a day, and the parameters
// of the network. It is part of the ledger from the first entry on; a query that
// it does not allow is rejected there, the same on every replica.
//
// Its zero value allows nothing: no kind, no pair, no quota. Canonical bytes are
// deterministic CBOR (RFC 8949 section 4.2.1), and a reader refuses any others,
// so that its hash names one agreement. Members write it as TOML.
package agreement

import (
	"errors"
	"slices"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// ErrAgreement is wrapped by every failure to read an agreement.
var ErrAgreement = errors.New("agreement")

// MaxSize is the size in bytes of the largest agreement: it travels inside an entry.
const MaxSize = 8 << 10

// MaxBatch is the most elements that any agreement may allow in one query.
const MaxBatch = 1 << 20

// Level is the highest feature level that this build knows.
const Level = 1

// Any stands for every member in a pair.
const Any casework.AgencyID = "*"

// An Agreement is what the members agreed on.
type Agreement struct {
	Network    string             `cbor:"1,keyasint" toml:"network"` // also the origin of the ledger's checkpoints
	Version    uint32             `cbor:"2,keyasint" toml:"version"`
	Title      string             `cbor:"3,keyasint" toml:"title"`
	Kinds      []casework.Kind    `cbor:"4,keyasint" toml:"kinds"`
	Purposes   []casework.Purpose `cbor:"5,keyasint" toml:"purposes"`
	LegalBases []string           `cbor:"6,keyasint" toml:"legal_bases"`
	Offences   []string           `cbor:"7,keyasint" toml:"offences"`
	Pairs      []Pair             `cbor:"8,keyasint" toml:"pairs"`
	Quotas     []Quota            `cbor:"9,keyasint" toml:"quotas"`

	Voters     uint32 `cbor:"10,keyasint" toml:"voters"`      // the first members in order of admission; odd
	JoinShare  Share  `cbor:"11,keyasint" toml:"join_share"`  // of the members, to admit another
	ExpelShare Share  `cbor:"12,keyasint" toml:"expel_share"` // to expel one
	AmendShare Share  `cbor:"21,keyasint" toml:"amend_share"` // to put another agreement into force
	Witnesses  uint32 `cbor:"13,keyasint" toml:"witnesses"`   // cosignatures of witnesses on a checkpoint; 0 in this version

	Normaliser     uint32 `cbor:"14,keyasint" toml:"normaliser"`      // version of the canonical forms
	MaxBatch       uint32 `cbor:"15,keyasint" toml:"max_batch"`       // elements in one query
	SilentPermille uint32 `cbor:"16,keyasint" toml:"silent_permille"` // share of items asked but not published
	ReceiptMaxAge  uint32 `cbor:"17,keyasint" toml:"receipt_max_age"` // seconds
	EntryMaxSkew   uint32 `cbor:"18,keyasint" toml:"entry_max_skew"`  // seconds
	RetentionDays  uint32 `cbor:"19,keyasint" toml:"retention_days"`  // the longest that a disclosure is kept
	QueryMaxAge    uint32 `cbor:"22,keyasint" toml:"query_max_age"`   // seconds
	AppendMaxAhead uint32 `cbor:"23,keyasint" toml:"append_max_ahead"`
	EntriesPerDay  uint32 `cbor:"24,keyasint" toml:"entries_per_day"` // of one member
	BytesPerDay    uint64 `cbor:"25,keyasint" toml:"bytes_per_day"`   // likewise

	// Level is which types of entries and rules are valid: those of this level and
	// below. Its key never changes, so that any build can read it.
	Level uint32 `cbor:"20,keyasint" toml:"level"`
}

// A Pair lets two members match, each way. Any stands for every member; without
// kinds it covers all that the agreement names.
type Pair struct {
	A     casework.AgencyID `cbor:"1,keyasint" toml:"a"`
	B     casework.AgencyID `cbor:"2,keyasint" toml:"b"`
	Kinds []casework.Kind   `cbor:"3,keyasint,omitempty" toml:"kinds"`
}

// A Quota bounds what one member may ask in a UTC day: of all peers together
// and of each. An empty kind bounds all kinds together. A kind that no quota
// covers, by itself or by the empty one, may not be asked at all.
type Quota struct {
	Kind       casework.Kind `cbor:"1,keyasint,omitempty" toml:"kind"`
	PerDay     uint64        `cbor:"2,keyasint" toml:"per_day"`
	PerPeerDay uint64        `cbor:"3,keyasint" toml:"per_peer_per_day"`
}

// Default returns sound terms for a new network: every kind that is matched
// exactly, between all members, a quota that makes listing a country's phone
// numbers take centuries, and three voters.
func Default(network string) Agreement {
	kinds := slices.DeleteFunc(casework.Kinds(), func(k casework.Kind) bool { return k == casework.PDQ || k == casework.PhotoDNA })
	return Agreement{
		Network: network, Version: 1, Title: "Agreement of " + network,
		Kinds: kinds, Purposes: casework.Purposes(),
		LegalBases: []string{"Directive (EU) 2023/977", "Regulation (EU) 2024/982", "Budapest Convention", "national law"},
		Offences:   []string{"human-trafficking", "child-sexual-abuse", "migrant-smuggling", "money-laundering", "missing-person"},
		Pairs:      []Pair{{A: Any, B: Any}},
		Quotas:     []Quota{{PerDay: 20_000, PerPeerDay: 10_000}},
		Voters:     3, JoinShare: "1/2", ExpelShare: "2/3", AmendShare: "2/3",
		Normaliser: casework.NormaliserVersion, MaxBatch: 100_000, SilentPermille: 100,
		ReceiptMaxAge: 600, EntryMaxSkew: 300, RetentionDays: 1095, QueryMaxAge: 7 * 86400, AppendMaxAhead: 300,
		EntriesPerDay: 5000, BytesPerDay: 16 << 20, Level: Level,
	}
}

// MayMatch reports whether two members may match identifiers of a kind.
func (a Agreement) MayMatch(x, y casework.AgencyID, k casework.Kind) bool {
	if x == y || !slices.Contains(a.Kinds, k) {
		return false
	}
	return slices.ContainsFunc(a.Pairs, func(p Pair) bool {
		return (len(p.Kinds) == 0 || slices.Contains(p.Kinds, k)) && (fits(p.A, x) && fits(p.B, y) || fits(p.A, y) && fits(p.B, x))
	})
}

func fits(pattern, id casework.AgencyID) bool { return pattern == Any || pattern == id }

// KindsBetween lists the kinds that two members may match.
func (a Agreement) KindsBetween(x, y casework.AgencyID) []casework.Kind {
	var out []casework.Kind
	for _, k := range a.Kinds {
		if a.MayMatch(x, y, k) {
			out = append(out, k)
		}
	}
	return out
}

// QuotasFor returns the quotas that bind a kind: its own, and the one over all.
func (a Agreement) QuotasFor(k casework.Kind) []Quota {
	var out []Quota
	for _, q := range a.Quotas {
		if q.Kind == k || q.Kind == "" {
			out = append(out, q)
		}
	}
	return out
}

// Allows reports whether a purpose, an offence and a legal basis are agreed. An
// agreement that lists no offences leaves them open.
func (a Agreement) Allows(p casework.Purpose, offence, basis string) bool {
	return slices.Contains(a.Purposes, p) && slices.Contains(a.LegalBases, basis) &&
		(len(a.Offences) == 0 || slices.Contains(a.Offences, offence))
}

// MaxAge is how old a receipt's checkpoint may be.
func (a Agreement) MaxAge() time.Duration { return time.Duration(a.ReceiptMaxAge) * time.Second }

// MaxQueryAge is how old the entry of a query may be when its answering begins.
func (a Agreement) MaxQueryAge() time.Duration { return time.Duration(a.QueryMaxAge) * time.Second }

// MaxAhead is how far after the time of the last certified checkpoint that is logged
// an entry may be appended.
func (a Agreement) MaxAhead() time.Duration { return time.Duration(a.AppendMaxAhead) * time.Second }

// MaxSkew is how far an entry's time may be from the time of its appending.
func (a Agreement) MaxSkew() time.Duration { return time.Duration(a.EntryMaxSkew) * time.Second }
