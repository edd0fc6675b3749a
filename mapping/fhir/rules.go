package fhir

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// required.csv lists the elements without which their parent is not valid (a
// cardinality of at least 1) and about which HL7's JSON Schema is silent: it
// leaves out every required primitive.
//
//go:embed required.csv
var requiredCSV []byte

// codes.csv lists elements whose value set is required, where that schema says
// no more than that it is a code.
//
//go:embed codes.csv
var codesCSV []byte

// A rule is what an element's definition says of its children, by their names.
type rule struct {
	required []string
	codes    []string // of the element itself; none where any is allowed
	children map[string]*rule
}

// rules are those of each type of resource.
var rules = sync.OnceValue(func() map[string]*rule {
	root := &rule{}
	for _, c := range read("required.csv", requiredCSV, "path,source") {
		parent, name, _ := cutLast(c[0])
		r := root.at(parent)
		r.required = append(r.required, strings.TrimSuffix(name, "[x]"))
	}
	for _, c := range read("codes.csv", codesCSV, "path,codes,source") {
		root.at(c[0]).codes = strings.Fields(c[1])
	}
	return root.children
})

func cutLast(path string) (parent, name string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// at returns the rule of a path, and makes it if there is none yet.
func (r *rule) at(path string) *rule {
	for name := range strings.SplitSeq(path, ".") {
		if r.children == nil {
			r.children = map[string]*rule{}
		}
		if r.children[name] == nil {
			r.children[name] = &rule{}
		}
		r = r.children[name]
	}
	return r
}

// follows checks that node is what r says.
func (f *faults) follows(r *rule, at *place, node any) {
	if r == nil {
		return
	}
	switch node := node.(type) {
	case map[string]any:
		for _, name := range r.required {
			if !has(node, name) {
				f.add(at.pointer(), "missing property '"+name+"'")
			}
		}
		for name, child := range r.children {
			f.follows(child, &place{above: at, name: name}, node[name])
		}
	case []any:
		for i, item := range node {
			f.follows(r, &place{above: at, index: i}, item)
		}
	case string:
		if r.codes != nil && !slices.Contains(r.codes, node) {
			f.add(at.pointer(), "not a code of its value set")
		}
	}
}

// choices are the elements in the tables that have a type in their name:
// value[x] is valueString or another.
var choices = []string{"value", "target"}

// has reports whether an element is there, also as one that has its type in
// its name, or with an extension in the place of its value.
func has(node map[string]any, name string) bool {
	if node[name] != nil || node["_"+name] != nil {
		return true
	}
	if !slices.Contains(choices, name) {
		return false
	}
	for other := range node {
		if rest, ok := strings.CutPrefix(other, name); ok && rest[0] >= 'A' && rest[0] <= 'Z' {
			return true
		}
	}
	return false
}
