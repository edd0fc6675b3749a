package schemas

import (
	"regexp"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// A plan is a schema made ready to say yes quickly, over the text of a document
// as it stands. The library needs it decoded, and builds paths and sets for
// errors that nearly never come; for the 61 nutrients of a row that would take
// most of the time of an import. Whatever a plan does not surely accept goes to
// the library, which decides, and says what is wrong.
type plan struct {
	never     bool  // has a keyword that plans do not know
	only      *plan // the one part that says everything; nil where there is more
	types     []string
	constant  []any
	allowed   []any
	format    func(any) bool
	also      []*plan // all of them
	either    []*plan // one of them, if there are any
	minLength int
	maxLength int // -1 for none
	pattern   *matcher
	bounds    *jsonschema.Schema // of a number; nil for none
	minItems  int
	maxItems  int // -1 for none
	items     *plan
	members   map[string]member
	required  uint64 // the marks of all members that must be there
	patterned []patterned
	others    *plan // of members that have no plan of their own; nil accepts them
}

// A member is what a schema says of one name in an object.
type member struct {
	plan *plan  // nil where it says only that the member must be there
	mark uint64 // one bit for a required member
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
	to.types, to.constant, to.allowed = s.Types, s.Constant, s.Enum
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
	p.fillMembers(to, s)
	if to.refers() {
		to.only = to.also[0]
	}
}

// refers reports whether p has one part that must hold, and nothing besides.
func (p *plan) refers() bool {
	return len(p.also) == 1 && p.either == nil && !p.never && p.types == nil && p.constant == nil && p.allowed == nil &&
		p.format == nil && p.minLength <= 0 && p.maxLength == -1 && p.pattern == nil && p.bounds == nil &&
		p.minItems <= 0 && p.maxItems == -1 && p.items == nil && len(p.members) == 0 && p.patterned == nil && p.others == nil
}

func (p *planner) fillMembers(to *plan, s *jsonschema.Schema) {
	to.members = make(map[string]member, len(s.Properties))
	for name, property := range s.Properties {
		to.members[name] = member{plan: p.plan(property)}
	}
	for i, name := range s.Required {
		m := to.members[name]
		m.mark = 1 << i
		to.members[name] = m
		to.required |= m.mark
	}
	to.never = to.never || len(s.Required) > 64
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
