package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Code is a value of a token parameter: code, system|code, |code or system|
// (R4, search.html#token).
type Code struct {
	System, Code string
	AnySystem    bool // of the form code alone
	AnyCode      bool // of the form system|
}

func tokenReading(p *Param, modifier string) (func(string) (Value, error), error) {
	switch modifier {
	case "", "not":
		return func(text string) (Value, error) { return parseCode(p, text) }, nil
	case "text":
		return func(text string) (Value, error) { return labelled(folded(unescape(text))), nil }, nil
	case "of-type":
		return parseOfType, nil
	}
	return nil, fmt.Errorf("a token has no modifier :%s", modifier)
}

func parseCode(p *Param, text string) (Value, error) {
	parts := split(text, '|')
	var c Code
	switch {
	case len(parts) == 1:
		c.Code, c.AnySystem = unescape(text), true
	case len(parts) > 2:
		return nil, errors.New(`a code, system|code, |code or system|; a | within them is written \|`)
	default:
		c.System, c.Code = unescape(parts[0]), unescape(parts[1])
		c.AnyCode = c.Code == ""
	}
	if c.AnyCode && c.System == "" {
		return nil, errors.New("a code, system|code, |code or system|")
	}
	if p.System == "boolean" && !c.AnyCode && c.Code != "true" && c.Code != "false" {
		return nil, errors.New("true or false")
	}
	return c, nil
}

func (c Code) meets(p *Param, elements []any, _ *Resource) bool {
	for _, e := range elements {
		if slices.ContainsFunc(tokensOf(p, e), c.is) {
			return true
		}
	}
	return false
}

func (c Code) is(t token) bool {
	systemFits := c.AnySystem || t.anySystem || t.system == c.System
	return systemFits && (c.AnyCode || t.code == c.Code)
}

// token is one code in a resource. Values without any notion of a system
// (true, an id) fit whatever system is asked for.
type token struct {
	system, code string
	anySystem    bool
}

// tokensOf returns the codes in an element: a CodeableConcept, Coding,
// Identifier, ContactPoint, or a plain value.
func tokensOf(p *Param, element any) []token {
	switch e := element.(type) {
	case bool:
		return []token{{code: fmt.Sprint(e), anySystem: true}}
	case string:
		return []token{{system: p.System, code: e, anySystem: p.System == ""}}
	case json.Number:
		return []token{{code: e.String(), anySystem: true}}
	case map[string]any:
		if codings, ok := e["coding"].([]any); ok {
			var all []token
			for _, c := range codings {
				all = append(all, tokensOf(p, c)...)
			}
			return all
		}
		code := textOf(e["code"])
		if value, ok := e["value"]; ok {
			code = textOf(value)
		}
		if code != "" || e["system"] != nil {
			return []token{{system: textOf(e["system"]), code: code}}
		}
	}
	return nil
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// labelled is the modifier :text: what the codes are called begins with it.
type labelled string

func (l labelled) meets(_ *Param, elements []any, _ *Resource) bool {
	for _, e := range elements {
		for _, label := range labelsOf(e) {
			if begins(label, string(l)) {
				return true
			}
		}
	}
	return false
}

// labelsOf returns CodeableConcept.text, Coding.display and Identifier.type.text.
func labelsOf(element any) []string {
	e, ok := element.(map[string]any)
	if !ok {
		return nil
	}
	all := []string{textOf(e["text"]), textOf(e["display"])}
	if codings, ok := e["coding"].([]any); ok {
		for _, c := range codings {
			all = append(all, labelsOf(c)...)
		}
	}
	if kind, ok := e["type"].(map[string]any); ok {
		all = append(all, textOf(kind["text"]))
	}
	return all
}

// ofType is the modifier :of-type of identifiers: system|code|value.
type ofType struct{ system, code, value string }

func parseOfType(text string) (Value, error) {
	parts := split(text, '|')
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return nil, errors.New("the type's system, its code, and the value: system|code|value")
	}
	return ofType{unescape(parts[0]), unescape(parts[1]), unescape(parts[2])}, nil
}

func (o ofType) meets(p *Param, elements []any, _ *Resource) bool {
	for _, e := range elements {
		identifier, ok := e.(map[string]any)
		if !ok || identifier["value"] != o.value {
			continue
		}
		for _, t := range tokensOf(p, identifier["type"]) {
			if t.system == o.system && t.code == o.code {
				return true
			}
		}
	}
	return false
}
