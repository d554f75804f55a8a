package agreement

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/policy/casework"
)

// Validate reports what is wrong with the terms, naming the setting.
func (a Agreement) Validate() error {
	fail := func(key, format string, args ...any) error {
		return fmt.Errorf("%w: %s %s", ErrAgreement, key, fmt.Sprintf(format, args...))
	}
	switch {
	case !validName(a.Network):
		return fail("network", "is 3 to 128 letters, digits, dots, hyphens and slashes, such as example.org/pilot")
	case a.Version == 0:
		return fail("version", "begins at 1")
	case utf8.RuneCountInString(a.Title) > 200 || !shown(a.Title):
		return fail("title", "has up to 200 characters that can be shown")
	case len(a.Kinds) == 0:
		return fail("kinds", "is empty: nothing could be matched")
	case len(a.Purposes) == 0:
		return fail("purposes", "is empty: nothing could be asked")
	case len(a.LegalBases) == 0:
		return fail("legal_bases", "is empty: nothing could be asked")
	case a.Voters == 0 || a.Voters%2 == 0 || a.Voters > 9:
		return fail("voters", "is 1, 3, 5, 7 or 9, not %d", a.Voters)
	case a.JoinApprovals == 0 || a.JoinApprovals > 64:
		return fail("join_approvals", "is 1 to 64, not %d", a.JoinApprovals)
	case a.ExpelApprovals == 0 || a.ExpelApprovals > 64:
		return fail("expel_approvals", "is 1 to 64, not %d", a.ExpelApprovals)
	case a.Witnesses > 0:
		return fail("witnesses", "is 0: no agreement of this version names a witness, and a network that asked for one would never certify anything")
	case a.Normaliser == 0:
		return fail("normaliser", "begins at 1")
	case a.MaxBatch == 0 || a.MaxBatch > MaxBatch:
		return fail("max_batch", "is 1 to %d, not %d", MaxBatch, a.MaxBatch)
	case a.SilentPermille > 1000:
		return fail("silent_permille", "is 0 to 1000, not %d", a.SilentPermille)
	case a.ReceiptMaxAge < 10 || a.ReceiptMaxAge > 86400:
		return fail("receipt_max_age", "is 10 to 86400 seconds, not %d", a.ReceiptMaxAge)
	case a.EntryMaxSkew < 1 || a.EntryMaxSkew > 3600:
		return fail("entry_max_skew", "is 1 to 3600 seconds, not %d", a.EntryMaxSkew)
	case a.QueryMaxAge < 3600 || a.QueryMaxAge > 30*86400:
		return fail("query_max_age", "is 3600 to 2592000 seconds, not %d", a.QueryMaxAge)
	case a.RetentionDays == 0 || a.RetentionDays > 36500:
		return fail("retention_days", "is 1 to 36500, not %d", a.RetentionDays)
	}
	for _, k := range a.Kinds {
		if !k.Valid() {
			return fail("kinds", "names %q, which is no kind; they are %v", k, casework.Kinds())
		}
	}
	for _, p := range a.Purposes {
		if !slices.Contains(casework.Purposes(), p) {
			return fail("purposes", "names %q, which is no purpose; they are %v", p, casework.Purposes())
		}
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{{"legal_bases", a.LegalBases}, {"offences", a.Offences}} {
		for i, text := range list.texts {
			if strings.TrimSpace(text) != text || text == "" || len(text) > 200 || !shown(text) {
				return fail(list.key, "number %d is empty, padded, longer than 200 bytes or cannot be shown", i+1)
			}
		}
	}
	switch {
	case repeats(a.Kinds):
		return fail("kinds", "names one twice")
	case repeats(a.Purposes):
		return fail("purposes", "names one twice")
	case repeats(a.LegalBases):
		return fail("legal_bases", "names one twice")
	case repeats(a.Offences):
		return fail("offences", "names one twice")
	}
	for i, p := range a.Pairs {
		if p.A == p.B && p.A != Any {
			return fail("pairs", "number %d pairs %s with itself", i+1, p.A)
		}
		if repeats(p.Kinds) {
			return fail("pairs", "number %d names a kind twice", i+1)
		}
		for _, id := range []casework.AgencyID{p.A, p.B} {
			if id == Any {
				continue
			}
			if err := id.Validate(); err != nil {
				return fail("pairs", "number %d: %v", i+1, err)
			}
		}
		for _, k := range p.Kinds {
			if !slices.Contains(a.Kinds, k) {
				return fail("pairs", "number %d names %q, which is not among kinds", i+1, k)
			}
		}
	}
	seen := map[casework.Kind]bool{}
	for i, q := range a.Quotas {
		if q.Kind != "" && !slices.Contains(a.Kinds, q.Kind) {
			return fail("quotas", "number %d names %q, which is not among kinds", i+1, q.Kind)
		}
		if seen[q.Kind] {
			return fail("quotas", "number %d: the kind %q has one already", i+1, q.Kind)
		}
		seen[q.Kind] = true
	}
	return nil
}

func validName(name string) bool {
	if len(name) < 3 || len(name) > 128 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-/", r)
	})
}

// repeats reports whether a list names anything twice.
func repeats[T comparable](list []T) bool {
	for i, x := range list {
		if slices.Contains(list[:i], x) {
			return true
		}
	}
	return false
}

// shown reports whether people see what is written: UTF-8, no control characters,
// nothing that turns the reading direction.
func shown(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) })
}
