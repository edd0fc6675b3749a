package schemas

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// A plan is a schema made ready to say yes quickly. The library builds paths
// and sets for errors that nearly never come; for the 61 nutrients of a row
// that takes most of the time of an import. Whatever a plan does not surely
// accept goes to the library, which decides, and says what is wrong.
type plan struct {
	never      bool // has a keyword that plans do not know
	types      []string
	constant   []any
	allowed    []any
	format     func(any) bool
	also       []*plan // all of them
	either     []*plan // one of them, if there are any
	minLength  int
	maxLength  int // -1 for none
	pattern    *matcher
	bounds     *jsonschema.Schema // of a number; nil for none
	minItems   int
	maxItems   int // -1 for none
	items      *plan
	required   []string
	properties map[string]*plan
	patterned  []patterned
	others     *plan // of properties that have no plan of their own; nil accepts them
}

type patterned struct {
	name *matcher
	plan *plan
}

// planner makes each schema's plan and each pattern's matcher once. It is not
// safe for concurrent use.
type planner struct {
	plans    map[*jsonschema.Schema]*plan
	matchers map[string]*matcher
}

func (p *planner) plan(s *jsonschema.Schema) *plan {
	if s == nil {
		return nil
	}
	if done, ok := p.plans[s]; ok {
		return done
	}
	made := &plan{}
	p.plans[s] = made // before its parts, which may refer to it
	p.fill(made, s)
	return made
}

func (p *planner) matcher(re *regexp.Regexp) *matcher {
	m, ok := p.matchers[re.String()]
	if !ok {
		m = newMatcher(re)
		p.matchers[re.String()] = m
	}
	return m
}

func (p *planner) fill(to *plan, s *jsonschema.Schema) {
	to.never = !understood(s) || (s.Always != nil && !*s.Always)
	to.types, to.constant, to.allowed, to.required = s.Types, s.Constant, s.Enum, s.Required
	to.format = jsonschema.Formats[s.Format]
	to.minLength, to.maxLength, to.minItems, to.maxItems = s.MinLength, s.MaxLength, s.MinItems, s.MaxItems
	if s.Pattern != nil {
		to.pattern = p.matcher(s.Pattern)
	}
	if s.Minimum != nil || s.Maximum != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil {
		to.bounds = s
	}
	if s.Ref != nil {
		to.also = append(to.also, p.plan(s.Ref))
	}
	for _, part := range s.AllOf {
		to.also = append(to.also, p.plan(part))
	}
	for _, part := range s.AnyOf {
		to.either = append(to.either, p.plan(part))
	}
	to.items = p.plan(s.Items2020)
	switch items := s.Items.(type) {
	case nil:
	case *jsonschema.Schema: // as drafts before 2020-12 have it
		to.items = p.plan(items)
	default:
		to.never = true
	}
	p.fillProperties(to, s)
}

func (p *planner) fillProperties(to *plan, s *jsonschema.Schema) {
	to.properties = make(map[string]*plan, len(s.Properties))
	for name, property := range s.Properties {
		to.properties[name] = p.plan(property)
	}
	for name, property := range s.PatternProperties {
		to.patterned = append(to.patterned, patterned{p.matcher(name), p.plan(property)})
	}
	switch others := s.AdditionalProperties.(type) {
	case bool:
		if !others {
			to.others = &plan{never: true}
		}
	case *jsonschema.Schema:
		to.others = p.plan(others)
	}
}

// understood reports whether s has only keywords that plans know. Those that
// turn a no into a yes are the library's: a "don't know" must not become one.
func understood(s *jsonschema.Schema) bool {
	return s.RecursiveRef == nil && s.DynamicRef == nil && s.Not == nil && s.OneOf == nil && s.If == nil &&
		s.MinProperties == -1 && s.MaxProperties == -1 && s.PropertyNames == nil && !s.RegexProperties &&
		s.Dependencies == nil && s.DependentRequired == nil && s.DependentSchemas == nil &&
		s.UnevaluatedProperties == nil && s.UnevaluatedItems == nil &&
		!s.UniqueItems && s.AdditionalItems == nil && s.PrefixItems == nil && s.Contains == nil &&
		s.ContentEncoding == "" && s.ContentMediaType == "" && s.MultipleOf == nil && s.Extensions == nil
}

// accepts reports whether v surely is what the schema allows; false means no
// or don't know.
func (p *plan) accepts(v any) bool {
	if p.never || !p.inside(v) ||
		(p.types != nil && !slices.ContainsFunc(p.types, func(t string) bool { return is(t, v) })) ||
		(p.constant != nil && !among(p.constant, v)) || (p.allowed != nil && !among(p.allowed, v)) ||
		(p.format != nil && !p.format(v)) {
		return false
	}
	for _, part := range p.also {
		if !part.accepts(v) {
			return false
		}
	}
	return p.either == nil || slices.ContainsFunc(p.either, func(part *plan) bool { return part.accepts(v) })
}

// inside looks at what only values of v's own type can break.
func (p *plan) inside(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return p.text(v)
	case json.Number:
		return p.bounds == nil || within(p.bounds, v)
	case []any:
		return len(v) >= p.minItems && (p.maxItems == -1 || len(v) <= p.maxItems) &&
			(p.items == nil || !slices.ContainsFunc(v, func(item any) bool { return !p.items.accepts(item) }))
	case map[string]any:
		return p.members(v)
	}
	return false
}

func (p *plan) text(v string) bool {
	if p.minLength > 0 || p.maxLength != -1 {
		if n := utf8.RuneCountInString(v); n < p.minLength || (p.maxLength != -1 && n > p.maxLength) {
			return false
		}
	}
	return p.pattern == nil || p.pattern.matches(v)
}

func (p *plan) members(v map[string]any) bool {
	for _, name := range p.required {
		if _, there := v[name]; !there {
			return false
		}
	}
	for name, value := range v {
		if !p.member(name, value) {
			return false
		}
	}
	return true
}

func (p *plan) member(name string, value any) bool {
	property, known := p.properties[name]
	if known && !property.accepts(value) {
		return false
	}
	for _, pattern := range p.patterned {
		if pattern.name.matches(name) {
			known = true
			if !pattern.plan.accepts(value) {
				return false
			}
		}
	}
	return known || p.others == nil || p.others.accepts(value)
}

// is reports whether v is of a JSON type.
func is(jsonType string, v any) bool {
	switch v := v.(type) {
	case nil:
		return jsonType == "null"
	case bool:
		return jsonType == "boolean"
	case string:
		return jsonType == "string"
	case map[string]any:
		return jsonType == "object"
	case []any:
		return jsonType == "array"
	case json.Number:
		return jsonType == "number" || (jsonType == "integer" && whole(v))
	}
	return false
}

// among compares texts and truth values only.
func among(allowed []any, v any) bool {
	switch v.(type) {
	case string, bool:
		return slices.Contains(allowed, v)
	}
	return false
}

func whole(v json.Number) bool {
	n := rational(v)
	return n != nil && n.IsInt()
}

func within(s *jsonschema.Schema, v json.Number) bool {
	n := rational(v)
	return n != nil &&
		(s.Minimum == nil || n.Cmp(s.Minimum) >= 0) && (s.Maximum == nil || n.Cmp(s.Maximum) <= 0) &&
		(s.ExclusiveMinimum == nil || n.Cmp(s.ExclusiveMinimum) > 0) && (s.ExclusiveMaximum == nil || n.Cmp(s.ExclusiveMaximum) < 0)
}

// rational returns the exact number; nil for one that is long or has an
// exponent, whose digits could fill the memory.
func rational(v json.Number) *big.Rat {
	if len(v) > 40 || strings.ContainsAny(string(v), "eE") {
		return nil
	}
	n, ok := new(big.Rat).SetString(string(v))
	if !ok {
		return nil
	}
	return n
}
