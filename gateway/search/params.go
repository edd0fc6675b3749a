package search

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"nutrigate/mapping/vocab"
)

// A Kind is how a parameter's values are written and compared
// (R4, search.html#ptypes).
type Kind string

// The kinds.
const (
	Token     Kind = "token"
	Ref       Kind = "reference"
	Date      Kind = "date"
	Quantity  Kind = "quantity"
	String    Kind = "string"
	URI       Kind = "uri"
	Number    Kind = "number"
	Composite Kind = "composite"
)

// A Param is a search parameter of a type.
type Param struct {
	Type, Name string
	Kind       Kind
	// Targets are the types that a reference may have; "*" is any.
	Targets []string
	// System is what plain codes belong to; "boolean" is true and false.
	System string
	Source string

	paths []path
	parts []Param // of a composite, in their order
}

//go:embed params.csv
var paramsCSV []byte

const paramsHeader = "type,name,kind,path,targets,system,parts,source"

// table has the parameters by type and name. "Resource" has those of every type.
var table = sync.OnceValue(func() map[string]map[string]*Param {
	rows, err := vocab.ReadTable("params.csv", paramsCSV, paramsHeader)
	if err != nil {
		panic(err) // the tests read every row
	}
	all := map[string]map[string]*Param{}
	for _, c := range rows {
		p := newParam(c)
		if all[p.Type] == nil {
			all[p.Type] = map[string]*Param{}
		}
		all[p.Type][p.Name] = &p
	}
	return all
})

func newParam(c []string) Param {
	p := Param{Type: c[0], Name: c[1], Kind: Kind(c[2]), paths: parsePaths(c[3]), System: c[5], Source: c[7]}
	if c[4] != "" {
		p.Targets = strings.Split(c[4], "|")
	}
	if c[6] != "" {
		for part := range strings.SplitSeq(c[6], ";") {
			kind, paths, _ := strings.Cut(part, ":")
			p.parts = append(p.parts, Param{Type: p.Type, Name: p.Name, Kind: Kind(kind), paths: parsePaths(paths)})
		}
	}
	return p
}

// Lookup returns a parameter of a type, or nil if the type has none of the name.
func Lookup(resourceType, name string) *Param {
	if p, ok := table()[resourceType][name]; ok {
		return p
	}
	return table()["Resource"][name]
}

// Params returns the parameters of a type, those of every type first, sorted by name.
func Params(resourceType string) []*Param {
	var all []*Param
	for _, of := range []string{"Resource", resourceType} {
		var some []*Param
		for _, p := range table()[of] {
			some = append(some, p)
		}
		slices.SortFunc(some, func(a, b *Param) int { return strings.Compare(a.Name, b.Name) })
		all = append(all, some...)
	}
	return all
}

// PointsTo reports whether references of the parameter may point to the type.
func (p *Param) PointsTo(resourceType string) bool {
	return p.Kind == Ref && (slices.Contains(p.Targets, resourceType) || slices.Contains(p.Targets, "*"))
}

// Definition is the canonical address of the parameter's definition.
func (p *Param) Definition() string {
	if name, ok := strings.CutPrefix(p.Source, "R4 "); ok {
		return "http://hl7.org/fhir/SearchParameter/" + name
	}
	return p.Source
}
