package rules

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"github.com/crosscase/crosscase/policy/casework"
)

// ErrRules is wrapped by every failure to load rules.
var ErrRules = errors.New("rules")

// MaxSize is the size of the largest rule file in bytes.
const MaxSize = 1 << 20

//go:embed schema.cedarschema
var schemaText []byte

//go:embed default.cedar
var defaultText []byte

// Rules are loaded and validated. The zero value refuses everything.
type Rules struct {
	policies  *cedar.PolicySet
	validator *validate.Validator
}

// Default returns the built-in rules.
func Default() *Rules {
	r, err := Parse(defaultText)
	if err != nil {
		panic(err) // embedded, and held by a test
	}
	return r
}

// DefaultText returns the built-in rules as Cedar text, to start one's own from.
func DefaultText() []byte { return slices.Clone(defaultText) }

// Parse loads rules from Cedar text. Each needs its own @id, a forbid a known
// @ground, and all must hold to the schema under strict validation.
func Parse(text []byte) (*Rules, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrRules, len(text), MaxSize)
	}
	var s schema.Schema
	if err := s.UnmarshalCedar(schemaText); err != nil {
		return nil, fmt.Errorf("%w: schema: %w", ErrRules, err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		return nil, fmt.Errorf("%w: schema: %w", ErrRules, err)
	}
	list, err := cedar.NewPolicyListFromBytes("rules", text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: the file holds no rule; every request would be refused without one saying why", ErrRules)
	}
	r := &Rules{policies: cedar.NewPolicySet(), validator: validate.New(resolved, validate.WithStrict())}
	for _, p := range list {
		id, err := check(p)
		if err != nil {
			return nil, err
		}
		if err := r.validator.Policy(string(id), (*ast.Policy)(p.AST())); err != nil {
			return nil, fmt.Errorf("%w: rule %s: %w", ErrRules, id, err)
		}
		if !r.policies.Add(id, p) {
			return nil, fmt.Errorf("%w: two rules have the id %q", ErrRules, id)
		}
	}
	return r, nil
}

// check reads a rule's annotations.
func check(p *cedar.Policy) (cedar.PolicyID, error) {
	notes := p.Annotations()
	id, ok := notes["id"]
	if !ok || id == "" {
		return "", fmt.Errorf("%w: line %d: a rule has no @id", ErrRules, p.Position().Line)
	}
	for key := range notes {
		if !slices.Contains([]string{"id", "ground", "escalate"}, string(key)) {
			return "", fmt.Errorf("%w: rule %s: unknown annotation @%s; they are @id, @ground and @escalate", ErrRules, id, key)
		}
	}
	ground, hasGround := notes["ground"]
	_, escalates := notes["escalate"]
	switch {
	case p.Effect() == cedar.Forbid && (!hasGround || !slices.Contains(casework.Grounds(), casework.Ground(ground))):
		return "", fmt.Errorf("%w: rule %s: a forbid needs @ground with one of %v", ErrRules, id, casework.Grounds())
	case p.Effect() == cedar.Forbid && escalates:
		return "", fmt.Errorf("%w: rule %s: a forbid cannot have @escalate", ErrRules, id)
	case p.Effect() == cedar.Permit && hasGround:
		return "", fmt.Errorf("%w: rule %s: a permit has no @ground", ErrRules, id)
	}
	return cedar.PolicyID(id), nil
}
