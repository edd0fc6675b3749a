package schemas

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// accepts reports whether v surely is what s allows. False means no or don't
// know: the library then decides, and says what is wrong.
//
// The library builds paths and sets for errors that nearly never come; walking
// its compiled schema without them takes a fifth of the time, and a row of an
// export has 61 nutrients to check.
func accepts(s *jsonschema.Schema, v any) bool {
	if s.Always != nil {
		return *s.Always
	}
	if !understood(s) || (len(s.Types) > 0 && !slices.ContainsFunc(s.Types, func(t string) bool { return is(t, v) })) {
		return false
	}
	if (len(s.Constant) > 0 && !among(s.Constant, v)) || (len(s.Enum) > 0 && !among(s.Enum, v)) {
		return false
	}
	if format := formatOf(s); format != nil && !format(v) {
		return false
	}
	return acceptsInside(s, v) &&
		(s.Ref == nil || accepts(s.Ref, v)) &&
		!slices.ContainsFunc(s.AllOf, func(part *jsonschema.Schema) bool { return !accepts(part, v) }) &&
		(s.AnyOf == nil || slices.ContainsFunc(s.AnyOf, func(part *jsonschema.Schema) bool { return accepts(part, v) }))
}

// understood reports whether s says nothing that accepts does not look at.
// Keywords that turn a no into a yes are left to the library: a "don't know"
// must not become one.
func understood(s *jsonschema.Schema) bool {
	return s.RecursiveRef == nil && s.DynamicRef == nil && s.Not == nil && s.OneOf == nil && s.If == nil &&
		s.MinProperties == -1 && s.MaxProperties == -1 && s.PropertyNames == nil && !s.RegexProperties &&
		s.Dependencies == nil && s.DependentRequired == nil && s.DependentSchemas == nil &&
		s.UnevaluatedProperties == nil && s.UnevaluatedItems == nil &&
		!s.UniqueItems && s.AdditionalItems == nil && s.PrefixItems == nil && s.Contains == nil &&
		s.ContentEncoding == "" && s.ContentMediaType == "" && s.MultipleOf == nil && s.Extensions == nil
}

func formatOf(s *jsonschema.Schema) func(any) bool {
	if s.Format == "" {
		return nil
	}
	return jsonschema.Formats[s.Format]
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
		return jsonType == "number" || (jsonType == "integer" && rational(v) != nil && rational(v).IsInt())
	}
	return false
}

// among compares texts, truth values, and numbers that are written alike.
func among(allowed []any, v any) bool {
	switch v.(type) {
	case string, bool, json.Number:
		return slices.Contains(allowed, v)
	}
	return false
}

func acceptsInside(s *jsonschema.Schema, v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return acceptsText(s, v)
	case json.Number:
		return acceptsNumber(s, v)
	case []any:
		return acceptsItems(s, v)
	case map[string]any:
		return acceptsMembers(s, v)
	}
	return false
}

func acceptsText(s *jsonschema.Schema, v string) bool {
	if s.MinLength > 0 || s.MaxLength != -1 {
		if n := utf8.RuneCountInString(v); n < s.MinLength || (s.MaxLength != -1 && n > s.MaxLength) {
			return false
		}
	}
	return s.Pattern == nil || s.Pattern.MatchString(v)
}

func acceptsNumber(s *jsonschema.Schema, v json.Number) bool {
	if s.Minimum == nil && s.Maximum == nil && s.ExclusiveMinimum == nil && s.ExclusiveMaximum == nil {
		return true
	}
	n := rational(v)
	return n != nil &&
		(s.Minimum == nil || n.Cmp(s.Minimum) >= 0) && (s.Maximum == nil || n.Cmp(s.Maximum) <= 0) &&
		(s.ExclusiveMinimum == nil || n.Cmp(s.ExclusiveMinimum) > 0) && (s.ExclusiveMaximum == nil || n.Cmp(s.ExclusiveMaximum) < 0)
}

// rational returns the exact number; nil for one that is too long or has an exponent.
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

func acceptsItems(s *jsonschema.Schema, v []any) bool {
	if len(v) < s.MinItems || (s.MaxItems != -1 && len(v) > s.MaxItems) {
		return false
	}
	each := s.Items2020
	switch items := s.Items.(type) {
	case nil:
	case *jsonschema.Schema: // as drafts before 2020-12 have it
		each = items
	default:
		return false
	}
	return each == nil || !slices.ContainsFunc(v, func(item any) bool { return !accepts(each, item) })
}

func acceptsMembers(s *jsonschema.Schema, v map[string]any) bool {
	for _, name := range s.Required {
		if _, there := v[name]; !there {
			return false
		}
	}
	for name, value := range v {
		if !acceptsMember(s, name, value) {
			return false
		}
	}
	return true
}

func acceptsMember(s *jsonschema.Schema, name string, value any) bool {
	property, known := s.Properties[name]
	if known && !accepts(property, value) {
		return false
	}
	for pattern, property := range s.PatternProperties {
		if pattern.MatchString(name) {
			known = true
			if !accepts(property, value) {
				return false
			}
		}
	}
	if known || s.AdditionalProperties == nil {
		return true
	}
	if others, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		return accepts(others, value)
	}
	return s.AdditionalProperties == true
}
