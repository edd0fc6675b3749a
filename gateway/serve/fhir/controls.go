package fhir

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/search"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
)

const (
	defaultCount = 50
	maxCount     = 1000
)

// controls are the parameters that say how the answer is given, and not what
// is found (R4, search.html#return).
type controls struct {
	count    int // 0: the total alone
	total    string
	sort     []sortKey
	includes []include
	used     url.Values
}

// controlNames are the parameters that take are understood here, and what the
// description of the API and the CapabilityStatement say of them.
func controlNames() []room.Param {
	return []room.Param{
		{Name: "_count", Summary: "resources on a page: 50 if absent, 1000 at most, 0 for the total alone"},
		{Name: "_sort", Summary: "parameters with commas between them, each with a minus for the other direction"},
		{Name: "_total", Summary: "whether matches are counted", Values: []string{"none", "estimate", "accurate"}},
		{Name: "_include", Summary: "Type:parameter of a reference to follow, * for all of them; _include:iterate goes on"},
		{Name: "_revinclude", Summary: "Type:parameter of a reference that points at what is found; _revinclude:iterate goes on"},
	}
}

// parseControls takes the parameters that it knows out of q. Each may be given
// once, but for includes.
func parseControls(types shelf.Types, t *shelf.Type, q url.Values) (controls, error) {
	c := controls{count: defaultCount, used: url.Values{}}
	for name, values := range q {
		bare, modifier, _ := strings.Cut(name, ":")
		read, known := c.reader(types, t, bare, modifier)
		if !known {
			continue
		}
		delete(q, name)
		for i, value := range slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" }) {
			if i > 0 && bare != "_include" && bare != "_revinclude" {
				return c, fault.BadParam(name, "%s: given once", name)
			}
			if err := read(value); err != nil {
				return c, fault.BadParam(name, "%s: %s", name, err)
			}
			if name == "_count" {
				value = strconv.Itoa(c.count) // what was used
			}
			c.used.Add(name, value)
		}
	}
	return c, nil
}

// reader returns what reads the values of a parameter.
func (c *controls) reader(types shelf.Types, t *shelf.Type, name, modifier string) (read func(string) error, known bool) {
	switch {
	case name == "_include" || name == "_revinclude":
		return func(value string) error {
			i, err := parseInclude(types, t, name == "_revinclude", modifier, value)
			c.includes = append(c.includes, i)
			return err
		}, true
	case modifier != "":
		return nil, false
	case name == "_count":
		return c.setCount, true
	case name == "_total":
		return c.setTotal, true
	case name == "_sort":
		return func(value string) error { return c.setSort(t, value) }, true
	case name == "_summary":
		return c.setSummary, true
	case form.IsParam(name):
		return func(string) error { return nil }, true // read already
	case name == "_contained" || name == "_containedType":
		return func(string) error { return errContained }, true
	}
	return nil, false
}

var errContained = fault.New(fault.Invalid, "nothing here contains resources, and what is contained is not searched")

func (c *controls) setCount(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return fault.New(fault.Invalid, "a whole number")
	}
	c.count = min(n, maxCount)
	return nil
}

// setSummary needs to know of the total alone: form does the rest.
func (c *controls) setSummary(value string) error {
	if value == "count" {
		c.count = 0
	}
	return nil
}

func (c *controls) setTotal(value string) error {
	c.total = value
	if !slices.Contains([]string{"none", "estimate", "accurate"}, value) {
		return fault.New(fault.Invalid, "none, estimate or accurate")
	}
	return nil
}

// described lists the parameters for the API's description.
func described(t *shelf.Type) []room.Param {
	var all []room.Param
	for _, p := range search.Params(t.Name) {
		all = append(all, room.Param{Name: p.Name, Summary: string(p.Kind) + ", " + p.Source})
	}
	all = append(all, controlNames()...)
	return append(append(all, room.Param{Name: "_page", Summary: "a page; taken from a link"}), formatParams()...)
}
