package disclose

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/rules"
)

// maxAssociated bounds the identifiers of one disclosure.
const maxAssociated = 200

// associated returns other identifiers of the cases that hold the item: shared ones
// that may be matched, so that none of a person who did not consent is among them,
// and of these the ones that the rules let go one by one. Each travels with its
// own occurrence's handling, grading and category, not with those of the item that
// was asked about.
func (s *Service) associated(ctx context.Context, d store.Dossier, occurrences []casework.Occurrence, one func(string, casework.Occurrence) casework.DisclosedValue) ([]casework.DisclosedValue, error) {
	var out []casework.DisclosedValue
	done := map[casework.ItemID]bool{d.Item: true}
	for _, o := range occurrences {
		near, err := s.cfg.Store.MatchItems(ctx, store.MatchFilter{Case: o.Case, Kinds: casework.Kinds(), Limit: maxAssociated + 1})
		if err != nil {
			return nil, err
		}
		for _, m := range near {
			if done[m.ID] || len(out) >= maxAssociated {
				continue
			}
			done[m.ID] = true
			item, own, err := s.cfg.Store.Item(ctx, m.ID)
			if err != nil {
				return nil, err
			}
			decision := s.cfg.Rules.Decide(s.factsOf(d.Request.From, d.Request, item, own), s.cfg.Now())
			if decision.Verdict == rules.Refuse || !slices.Contains(decision.Fields, casework.FieldIdentifiers) {
				continue
			}
			at := slices.IndexFunc(own, func(w casework.Occurrence) bool { return w.Case == o.Case })
			if at < 0 {
				continue
			}
			v := one(m.Identifier.Reveal(), own[at])
			v.Kind = m.Identifier.Kind()
			out = append(out, v)
		}
	}
	return out, nil
}

// permitted applies the rules to a request as the item and the rules are now: what
// was permitted when it came may not be any more. What they escalate needs an
// authorisation of this agency's own, whatever the asker claims to have.
func (s *Service) permitted(ctx context.Context, d store.Dossier) ([]casework.Field, error) {
	item, occurrences, err := s.cfg.Store.Item(ctx, d.Item)
	if err != nil {
		return nil, err
	}
	decision := s.cfg.Rules.Decide(s.factsOf(d.Request.From, d.Request, item, occurrences), s.cfg.Now())
	switch {
	case decision.Verdict == rules.Refuse:
		return nil, fmt.Errorf("%w: the rules do not permit it any more; refuse it with the ground %s", ErrOrder, decision.Ground)
	case decision.Verdict == rules.Escalate && (d.Authorisation == nil || !d.Authorisation.Complete(s.cfg.Now())):
		return nil, fmt.Errorf("%w: the rules ask for an authorisation on this side (%s): its reference, authority and date", ErrIncomplete, strings.Join(decision.Reasons, "; "))
	}
	return decision.Fields, nil
}

// stillPermitted checks a drafted answer against the rules as they are now.
func (s *Service) stillPermitted(ctx context.Context, d store.Dossier) error {
	if !s.cfg.Now().Before(d.Answer.DeleteBy) {
		return fmt.Errorf("%w: the other side would have to delete the answer at once; answer it again", ErrOrder)
	}
	permitted, err := s.permitted(ctx, d)
	if err != nil {
		return err
	}
	for _, v := range d.Answer.Values {
		if !slices.Contains(permitted, v.Field) {
			return fmt.Errorf("%w: the rules do not permit %q any more; answer it again", ErrOrder, v.Field)
		}
	}
	return nil
}
