package pages

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// section is a room's routes as the page shows them.
type section struct {
	Name   string
	Routes []shown
}

type shown struct {
	Method, Path, Summary string
	Public                bool
	Parameters            []parameter
	Takes, Gives          []string
}

// view is what the page is made of.
type view struct {
	Info     info
	Sections []section
}

// sections sorts the description for reading: the rooms in their order, and
// within each the shorter paths first.
func sections(d document) view {
	v := view{Info: d.Info, Sections: []section{{Name: "Terra"}, {Name: "Webhooks"}, {Name: "FHIR"}, {Name: "Connecting"}, {Name: "Operation"}}}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			i := slices.IndexFunc(v.Sections, func(s section) bool { return s.Name == o.Tags[0] })
			v.Sections[i].Routes = append(v.Sections[i].Routes, shownOf(method, path, o))
		}
	}
	for _, s := range v.Sections {
		slices.SortStableFunc(s.Routes, func(a, b shown) int {
			return cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/"))
		})
	}
	return v
}

func shownOf(method, path string, o operation) shown {
	s := shown{
		Method: strings.ToUpper(method), Path: path, Summary: o.Summary, Public: len(o.Security) == 0,
		Parameters: o.Parameters, Gives: slices.Sorted(maps.Keys(o.Responses["200"].Content)),
	}
	if o.RequestBody != nil {
		s.Takes = slices.Sorted(maps.Keys(o.RequestBody.Content))
	}
	return s
}
