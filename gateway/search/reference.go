package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Reference is a value of a reference parameter: an id, Type/id, or an address
// (R4, search.html#reference).
type Reference struct {
	// Type and ID name a resource here; Type is empty where an id alone was given.
	Type, ID string
	// URL is an address that is not here, or of no resource; then ID is empty.
	URL string
}

func (r Reader) referenceReading(p *Param, modifier string) (func(string) (Value, error), error) {
	switch {
	case modifier == "":
		return func(text string) (Value, error) { return r.parseReference(p, "", text) }, nil
	case modifier == "identifier":
		return func(text string) (Value, error) {
			v, err := parseCode(&Param{}, text)
			if err != nil {
				return nil, err
			}
			return identified{v.(Code)}, nil
		}, nil
	case p.PointsTo(modifier) && isTypeName(modifier):
		return func(text string) (Value, error) { return r.parseReference(p, modifier, text) }, nil
	}
	return nil, fmt.Errorf("the reference has no modifier :%s, and points to no such type; it may point to %s", modifier, strings.Join(p.Targets, ", "))
}

// isTypeName reports whether text looks like the name of a type.
func isTypeName(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return text != "" && text[0] >= 'A' && text[0] <= 'Z'
}

func (r Reader) parseReference(p *Param, as, text string) (Value, error) {
	text = unescape(text)
	ref := r.referenceOf(text)
	if ref.Type == "" {
		ref.Type = as
	}
	switch {
	case strings.Contains(ref.URL, ":"):
		return ref, nil
	case ref.ID == "":
		return nil, errors.New("an id, Type/id or an address")
	case as != "" && ref.Type != as, ref.Type != "" && !p.PointsTo(ref.Type):
		return nil, fmt.Errorf("it points to %s, and not to %s", strings.Join(p.Targets, ", "), ref.Type)
	}
	return ref, nil
}

// referenceOf reads a reference as it stands in a query or in a resource. The
// version of a resource takes no part.
func (r Reader) referenceOf(text string) Reference {
	whole := text
	text, _, _ = strings.Cut(text, "/_history/")
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		if strings.Contains(text, ":") || strings.HasPrefix(text, "#") {
			return Reference{URL: whole}
		}
		return Reference{ID: text}
	}
	head, id := text[:i], text[i+1:]
	base, name := "", head
	if j := strings.LastIndexByte(head, '/'); j >= 0 {
		base, name = head[:j], head[j+1:]
	}
	foreign := base != "" && r.Base != "" && base != r.Base
	if !isTypeName(name) || id == "" || foreign {
		return Reference{URL: whole}
	}
	return Reference{Type: name, ID: id}
}

func (v Reference) meets(p *Param, elements []any, _ *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		text := referenceText(e)
		if v.URL != "" {
			bare, _, _ := strings.Cut(text, "|")
			return text == v.URL || bare == v.URL
		}
		at := Reader{}.referenceOf(text)
		return at.ID == v.ID && p.PointsTo(at.Type) && (v.Type == "" || at.Type == v.Type)
	})
}

// referenceText returns the address in a Reference or canonical.
func referenceText(element any) string {
	if m, ok := element.(map[string]any); ok {
		return textOf(m["reference"])
	}
	return textOf(element)
}

// identified is the modifier :identifier: the reference itself says it.
type identified struct{ Code }

func (i identified) meets(_ *Param, elements []any, _ *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		m, ok := e.(map[string]any)
		if !ok || m["identifier"] == nil {
			return false
		}
		return slices.ContainsFunc(tokensOf(&Param{}, m["identifier"]), i.is)
	})
}

// References returns where the parameter points from a resource: Type/id of
// what is here.
func (p *Param) References(r *Resource) []string {
	var all []string
	for _, e := range p.elements(r.root()) {
		if at := (Reader{}).referenceOf(referenceText(e)); at.Type != "" && p.PointsTo(at.Type) {
			all = append(all, at.Type+"/"+at.ID)
		}
	}
	return all
}
