package agreement

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/policy/casework"
)

const shareRule = "is a fraction such as 1/2 or 2/3, at least a half and in lowest terms, not %q"

// Validate reports what is wrong with the terms, naming the setting.
func (a Agreement) Validate() error {
	for _, part := range []func() error{a.checkTexts, a.checkMembers, a.checkLimits, a.checkLists, a.checkPairs, a.checkQuotas} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func fail(key, format string, args ...any) error {
	return fmt.Errorf("%w: %s %s", ErrAgreement, key, fmt.Sprintf(format, args...))
}

// checkTexts checks the names, and that there is something to match and a ground for it.
func (a Agreement) checkTexts() error {
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
	}
	return nil
}

// checkMembers checks who decides.
func (a Agreement) checkMembers() error {
	switch {
	case a.Voters == 0 || a.Voters%2 == 0 || a.Voters > 9:
		return fail("voters", "is 1, 3, 5, 7 or 9, not %d", a.Voters)
	case a.JoinShare.Of(1) != 1:
		return fail("join_share", shareRule, a.JoinShare)
	case a.ExpelShare.Of(1) != 1:
		return fail("expel_share", shareRule, a.ExpelShare)
	case a.AmendShare.Of(1) != 1:
		return fail("amend_share", shareRule, a.AmendShare)
	case a.Witnesses > 0:
		return fail("witnesses", "is 0: no agreement of this version names a witness, and a network that asked for one would never certify anything")
	}
	return nil
}

// checkLimits checks the numbers.
func (a Agreement) checkLimits() error {
	switch {
	case a.Normaliser == 0:
		return fail("normaliser", "begins at 1")
	case a.MaxBatch == 0 || a.MaxBatch > MaxBatch:
		return fail("max_batch", "is 1 to %d, not %d", MaxBatch, a.MaxBatch)
	case a.SilentPermille > 1000:
		return fail("silent_permille", "is 0 to 1000, not %d", a.SilentPermille)
	case a.ReceiptMaxAge < 10 || a.ReceiptMaxAge > 86400:
		return fail("receipt_max_age", "is 10 to 86400 seconds, not %d", a.ReceiptMaxAge)
	case a.EntryMaxSkew < 120 || a.EntryMaxSkew > 3600:
		return fail("entry_max_skew", "is 120 to 3600 seconds, not %d", a.EntryMaxSkew)
	case a.AppendMaxAhead < 120 || a.AppendMaxAhead > a.EntryMaxSkew:
		return fail("append_max_ahead", "is 120 to entry_max_skew seconds, not %d", a.AppendMaxAhead)
	case a.QueryMaxAge < 3600 || a.QueryMaxAge > 30*86400:
		return fail("query_max_age", "is 3600 to 2592000 seconds, not %d", a.QueryMaxAge)
	case a.EntriesPerDay < 100:
		return fail("entries_per_day", "is at least 100, not %d", a.EntriesPerDay)
	case a.BytesPerDay < 1<<20:
		return fail("bytes_per_day", "is at least 1048576, not %d", a.BytesPerDay)
	case a.Level == 0:
		return fail("level", "begins at 1")
	case a.RetentionDays == 0 || a.RetentionDays > 36500:
		return fail("retention_days", "is 1 to 36500, not %d", a.RetentionDays)
	}
	return nil
}

// checkLists checks that lists name known things, each once.
func (a Agreement) checkLists() error {
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
	return nil
}

// checkPairs checks who may match with whom.
func (a Agreement) checkPairs() error {
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
	return nil
}

// checkQuotas checks what may be asked in a day.
func (a Agreement) checkQuotas() error {
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
