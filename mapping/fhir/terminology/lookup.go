package terminology

import (
	"slices"
	"strings"
)

// A Parameter is one of a Parameters resource, as these operations give them.
type Parameter struct {
	Name         string      `json:"name"`
	ValueString  string      `json:"valueString,omitempty"`
	ValueCode    string      `json:"valueCode,omitempty"`
	ValueBoolean *bool       `json:"valueBoolean,omitempty"`
	Part         []Parameter `json:"part,omitempty"`
}

// Lookup answers $lookup: what is known of a code of a system of ours, all of it
// or the named properties; false if there is no such code.
func Lookup(c Code, properties []string) ([]Parameter, bool) {
	p := all()
	s, ok := p.system(c.System, c.Version)
	if !ok {
		return nil, false
	}
	at := slices.IndexFunc(s.Concept, func(one concept) bool { return one.Code == c.Code })
	if at < 0 {
		return nil, false
	}
	found := s.Concept[at]
	known := found.Property
	if found.Definition != "" { // R4 has it as a property of every code system
		known = append([]property{{Code: "definition", ValueString: found.Definition}}, known...)
	}
	answer := []Parameter{{Name: "name", ValueString: s.Name}, {Name: "version", ValueString: s.Version}, {Name: "display", ValueString: found.Display}}
	for _, one := range known {
		if len(properties) > 0 && !slices.Contains(properties, one.Code) {
			continue
		}
		answer = append(answer, Parameter{Name: "property", Part: []Parameter{
			{Name: "code", ValueCode: one.Code}, {Name: "value", ValueCode: one.ValueCode, ValueString: one.ValueString},
		}})
	}
	return answer, true
}

// Validate answers $validate-code: whether a code is among the members, and has
// the display if one is named. An empty system stands for any.
func Validate(c Code, members []Code) []Parameter {
	at := slices.IndexFunc(members, func(m Code) bool {
		return m.Code == c.Code && (c.System == "" || m.System == c.System) && (c.Version == "" || m.Version == c.Version)
	})
	result := at >= 0
	answer := []Parameter{{Name: "result", ValueBoolean: &result}}
	switch {
	case !result:
		return append(answer, Parameter{Name: "message", ValueString: "the code is not among them"})
	case c.Display != "" && !strings.EqualFold(c.Display, members[at].Display):
		result = false
		answer = append(answer, Parameter{Name: "message", ValueString: "the code has another display"})
	}
	return append(answer, Parameter{Name: "display", ValueString: members[at].Display})
}

// CodesOf returns the codes of a system of ours.
func CodesOf(url, version string) ([]Code, bool) {
	p := all()
	s, ok := p.system(url, version)
	if !ok {
		return nil, false
	}
	var codes []Code
	for _, c := range s.Concept {
		codes = append(codes, Code{s.URL, s.Version, c.Code, c.Display})
	}
	return codes, true
}
