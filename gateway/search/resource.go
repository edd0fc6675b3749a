package search

import (
	"bytes"
	"encoding/json"
	"strings"
)

// A Resource is what queries are asked of.
type Resource struct {
	Type, ID string
	Body     []byte
	// Zone is the IANA zone of whose resource it is; empty where nobody said.
	Zone string

	tree map[string]any
	read bool
}

// root returns the resource's content; nil if it is no JSON object.
func (r *Resource) root() map[string]any {
	if !r.read {
		r.read = true
		d := json.NewDecoder(bytes.NewReader(r.Body))
		d.UseNumber()
		if d.Decode(&r.tree) != nil {
			r.tree = nil
		}
	}
	return r.tree
}

// A path leads from a resource to elements of it: "component.code",
// "telecom[system=email]". A path that begins with ! leads to whether there is
// such an element that is not false, of whatever type its name has at its end.
type path struct {
	steps  []step
	exists bool
}

type step struct{ name, where, is string }

// parsePaths reads alternatives: "code|component.code". A dot alone is the
// resource itself.
func parsePaths(text string) []path {
	var all []path
	for alternative := range strings.SplitSeq(text, "|") {
		var p path
		alternative, p.exists = strings.CutPrefix(alternative, "!")
		if alternative == "." {
			all = append(all, p)
			continue
		}
		for name := range strings.SplitSeq(alternative, ".") {
			name, condition, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
			where, is, _ := strings.Cut(condition, "=")
			p.steps = append(p.steps, step{name, where, is})
		}
		all = append(all, p)
	}
	return all
}

// elements returns where the paths of p lead from node.
func (p *Param) elements(node map[string]any) []any {
	var found []any
	for _, path := range p.paths {
		if path.exists {
			found = append(found, thereIs(node, path.steps[0].name))
			continue
		}
		found = walk(found, node, path.steps)
	}
	return found
}

// walk appends what the steps lead to from node; lists are walked through.
func walk(found []any, node any, steps []step) []any {
	switch at := node.(type) {
	case []any:
		for _, one := range at {
			found = walk(found, one, steps)
		}
	case nil:
	case map[string]any:
		if len(steps) == 0 {
			return append(found, at)
		}
		if s := steps[0]; s.where != "" {
			return walkWhere(found, at[s.name], s, steps[1:])
		}
		found = walk(found, at[steps[0].name], steps[1:])
	default:
		if len(steps) == 0 {
			found = append(found, at)
		}
	}
	return found
}

// walkWhere goes on from the elements that meet the step's condition.
func walkWhere(found []any, node any, s step, rest []step) []any {
	for _, one := range walk(nil, node, nil) {
		if m, ok := one.(map[string]any); ok && m[s.where] == s.is {
			found = walk(found, one, rest)
		}
	}
	return found
}

// thereIs reports whether an element of a choice of types is there and not false.
func thereIs(node map[string]any, name string) bool {
	for key, value := range node {
		if strings.HasPrefix(key, name) && value != false {
			return true
		}
	}
	return false
}
