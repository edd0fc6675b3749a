// Package terminology answers what FHIR's terminology operations ask about the
// code systems and value sets that we publish (R4, terminology-service.html):
// $lookup, $validate-code, $expand. Of other systems it knows the codes that a
// value set of ours lists, and nothing more.
package terminology

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"nutrigate/mapping/fhir"
)

// A Code is one code of a system.
type Code struct{ System, Version, Code, Display string }

type codeSystem struct {
	URL, Version, Name string
	Concept            []concept
}

type concept struct {
	Code, Display, Definition string
	Property                  []property
}

type property struct{ Code, ValueCode, ValueString string }

// A ValueSet is one of those that we publish.
type ValueSet struct {
	ID, URL, Version string
	// Members are its codes, in the order in which it lists them.
	Members []Code
	doc     map[string]any
}

type published struct {
	systems []codeSystem
	sets    []ValueSet
}

// all reads what we publish. It is made of constants, so that a fault is one of
// the program.
var all = sync.OnceValue(func() published {
	var p published
	for _, d := range fhir.CodeSystems() {
		var s codeSystem
		must(json.Unmarshal(d.Body, &s))
		p.systems = append(p.systems, s)
	}
	for _, d := range fhir.ValueSets() {
		p.sets = append(p.sets, p.set(d.Body))
	}
	return p
})

func must(err error) {
	if err != nil {
		panic(fmt.Errorf("mapping/fhir/terminology: %w", err))
	}
}

func (p *published) set(body []byte) ValueSet {
	var v struct {
		ID, URL, Version string
		Compose          struct {
			Include []struct {
				System, Version string
				Concept         []concept
			}
		}
	}
	must(json.Unmarshal(body, &v))
	s := ValueSet{ID: v.ID, URL: v.URL, Version: v.Version}
	must(json.Unmarshal(body, &s.doc))
	for _, in := range v.Compose.Include {
		list := in.Concept
		if system, ok := p.system(in.System, ""); ok && len(list) == 0 {
			list = system.Concept
		}
		for _, c := range list {
			s.Members = append(s.Members, Code{in.System, in.Version, c.Code, c.Display})
		}
	}
	return s
}

func (p *published) system(url, version string) (*codeSystem, bool) {
	i := slices.IndexFunc(p.systems, func(s codeSystem) bool { return s.URL == url && (version == "" || version == s.Version) })
	if i < 0 {
		return nil, false
	}
	return &p.systems[i], true
}

// SetByURL returns a value set by its canonical address, which may have a
// version behind a bar.
func SetByURL(canonical string) (*ValueSet, bool) {
	url, version, _ := strings.Cut(canonical, "|")
	return find(func(s *ValueSet) bool { return s.URL == url && (version == "" || version == s.Version) })
}

// SetByID returns a value set by its id.
func SetByID(id string) (*ValueSet, bool) {
	return find(func(s *ValueSet) bool { return s.ID == id })
}

func find(is func(*ValueSet) bool) (*ValueSet, bool) {
	sets := all().sets
	for i := range sets {
		if is(&sets[i]) {
			return &sets[i], true
		}
	}
	return nil, false
}

// SystemOf returns the address of a code system of ours by its id; empty if
// there is none.
func SystemOf(id string) string {
	for _, s := range all().systems {
		if strings.HasSuffix(s.URL, "/"+id) {
			return s.URL
		}
	}
	return ""
}
