package fhir

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
)

// level says of whom an export is.
type level int

const (
	ofSystem level = iota
	ofPatients
	ofGroup
)

// exportQuery returns the parameters of the URL, and those of a posted
// Parameters resource by the same names.
func exportQuery(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the query cannot be read")
	}
	if r.Method != http.MethodPost {
		if q.Has("patient") {
			return nil, fault.BadParam("patient", "patient: name people by POST, in a Parameters resource")
		}
		return q, nil
	}
	doc, err := posted(r)
	if err != nil || doc == nil {
		return q, err
	}
	var body struct {
		ResourceType string                       `json:"resourceType"`
		Parameter    []map[string]json.RawMessage `json:"parameter"`
	}
	if err := json.Unmarshal(doc, &body); err != nil || body.ResourceType != "Parameters" {
		return nil, fault.New(fault.Invalid, "an export is posted as a Parameters resource")
	}
	for _, p := range body.Parameter {
		name, value, err := parameterOf(p)
		if err != nil {
			return nil, err
		}
		q.Add(name, value)
	}
	return q, nil
}

// parameterOf reads one parameter: its name, and the one value that it has.
func parameterOf(p map[string]json.RawMessage) (name, value string, err error) {
	if err := json.Unmarshal(p["name"], &name); err != nil || name == "" {
		return "", "", fault.BadParam("parameter", "a parameter without a name")
	}
	for key, raw := range p {
		if !strings.HasPrefix(key, "value") {
			continue
		}
		var reference struct{ Reference string }
		if json.Unmarshal(raw, &value) == nil || (json.Unmarshal(raw, &reference) == nil && reference.Reference != "") {
			if value == "" {
				value = reference.Reference
			}
			return name, value, nil
		}
	}
	return "", "", fault.BadParam(name, "%s: a value that is a text, an instant or a reference", name)
}

// exportAsk understands what is asked for, and refuses what cannot be had.
// What is unknown is an error, unless the client wants it passed over.
func (m *Room) exportAsk(r *http.Request, l level, prefix string, q url.Values) (*export.Ask, error) {
	g := room.Grant(r.Context())
	a := &export.Ask{Grant: *g, Prefix: prefix, Base: m.base(r)}
	reader := askReader{Room: m, ask: a, level: l, grant: g, lenient: lenient(r)}
	var asked []string // types
	for _, name := range []string{"_outputFormat", "_since", "_until", "_type", "patient", "_elements"} {
		for _, value := range q[name] {
			if err := reader.read(r.Context(), name, value, &asked); err != nil {
				return nil, err
			}
		}
	}
	known := []string{"_outputFormat", "_since", "_until", "_type", "patient", "_elements", "_typeFilter", "_format"}
	for name := range q {
		if !slices.Contains(known, name) && !reader.lenient {
			return nil, fault.BadParam(name, "unknown parameter %q of an export; Prefer: handling=lenient passes over it", name)
		}
	}
	if err := reader.types(asked); err != nil {
		return nil, err
	}
	for _, value := range q["_typeFilter"] {
		for _, one := range splitFilters(value) {
			if err := reader.filter(one); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// groupOf returns how the references of a group's people begin. The groups are
// that of everybody and, by the tenant's own names, "reference-" with a beginning.
func groupOf(r *http.Request, l level) (prefix string, err error) {
	id := r.PathValue("id")
	if l != ofGroup || id == fhir.GroupAll {
		return "", nil
	}
	prefix, ok := strings.CutPrefix(id, "reference-")
	if !ok || prefix == "" {
		return "", fault.New(fault.NotFound, "there is no Group with this id")
	}
	return prefix, nil
}

// askReader reads one request for an export.
type askReader struct {
	*Room
	ask     *export.Ask
	level   level
	grant   *grant.Grant
	lenient bool
}

func (a *askReader) read(ctx context.Context, name, value string, types *[]string) (err error) {
	switch name {
	case "_outputFormat":
		if !slices.Contains(outputFormats(), strings.ReplaceAll(value, " ", "+")) && !a.lenient { // a plus in a URL reads as a space
			return fault.BadParam(name, "_outputFormat: %s", strings.Join(outputFormats(), ", "))
		}
	case "_since":
		a.ask.Since, err = instantParam(name, value)
	case "_until":
		a.ask.Until, err = instantParam(name, value)
	case "_type":
		*types = append(*types, strings.Split(value, ",")...)
	case "patient":
		return a.person(ctx, value)
	case "_elements":
		for element := range strings.SplitSeq(value, ",") {
			if !elementForm.MatchString(element) {
				return fault.BadParam(name, "_elements: names of elements with commas between them, such as id,Observation.code")
			}
			a.ask.Elements = append(a.ask.Elements, element)
		}
	}
	return err
}

var elementForm = regexp.MustCompile(`^([A-Z][A-Za-z]*\.)?[a-z][A-Za-z]*$`)

// instantParam reads an instant (R4, datatypes.html#instant).
func instantParam(name, value string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(value, " ", "+"))
	if err != nil {
		return t, fault.BadParam(name, "%s: an instant such as 2026-01-31T12:00:00Z", name)
	}
	return t.UTC(), nil
}

// person adds one whom the client names. Whom it may not see is as unknown as
// somebody who is not there.
func (a *askReader) person(ctx context.Context, value string) error {
	if a.level == ofSystem {
		return fault.BadParam("patient", "patient: not of an export of the whole system; ask Patient/$export")
	}
	id := value[strings.LastIndex(value, "/")+1:]
	u, err := a.Store.User(ctx, a.grant.Tenant, id)
	missing := fault.KindOf(err) == fault.NotFound || (err == nil && (!a.grant.Of(u.ID) || !strings.HasPrefix(u.Reference, a.ask.Prefix)))
	switch {
	case missing && !a.lenient:
		return fault.BadParam("patient", "patient: there is no such Patient")
	case err != nil && !missing:
		return err
	}
	// An id that is nobody's stays, since a list of none would mean everybody.
	a.ask.People = append(a.ask.People, id)
	slices.Sort(a.ask.People)
	a.ask.People = slices.Compact(a.ask.People)
	return nil
}

// exportable are the types that there are, in the order in which they are
// exported; without those whose resources come and go unnoticed, as nobody could
// say what there was at one moment.
func (m *Room) exportable() []export.Type {
	var all []export.Type
	for i := range m.types {
		if t := &m.types[i]; !t.Live {
			all = append(all, export.Type{Name: t.Name, Shared: t.Patient == ""})
		}
	}
	return all
}

// isLive reports whether a type comes and goes by itself, as who has read what
// does: such are exported where they are named.
func (m *Room) isLive(name string) bool {
	t, _ := m.types.Type(name)
	return t.Live
}

// types resolves the types that are wanted: those named, or all that there are
// and that the caller may see.
func (a *askReader) types(asked []string) error {
	for _, t := range a.exportable() {
		_, may := a.grant.May(grant.Search, t.Name)
		named := slices.Contains(asked, t.Name)
		switch {
		case len(asked) > 0 && !named, t.Shared && a.level != ofSystem && !named, a.isLive(t.Name) && !named:
			continue
		case !may && named:
			return fault.New(fault.Forbidden, "the token has no scope that permits to search %s", t.Name)
		case may:
			a.ask.Types = append(a.ask.Types, t)
		}
	}
	for _, name := range asked {
		if !slices.ContainsFunc(a.exportable(), func(t export.Type) bool { return t.Name == name }) && !a.lenient {
			return fault.BadParam("_type", "_type: there is no %q here; Prefer: handling=lenient passes over it", name)
		}
	}
	if len(a.ask.Types) == 0 {
		return fault.New(fault.Forbidden, "there is no type of resource that the caller may export")
	}
	return nil
}

// splitFilters takes a list of searches apart: commas divide them, and may stand
// in them too.
func splitFilters(value string) []string {
	var all []string
	for part := range strings.SplitSeq(value, ",") {
		if len(all) > 0 && !filterForm.MatchString(part) {
			all[len(all)-1] += "," + part
			continue
		}
		all = append(all, part)
	}
	return all
}

var filterForm = regexp.MustCompile(`^[A-Z][A-Za-z]+\?`)

// filter adds one search that resources of its type have to meet.
func (a *askReader) filter(text string) error {
	name, query, _ := strings.Cut(text, "?")
	i := slices.IndexFunc(a.ask.Types, func(t export.Type) bool { return t.Name == name })
	values, err := url.ParseQuery(query)
	switch {
	case i < 0 && a.lenient:
		return nil
	case i < 0:
		return fault.BadParam("_typeFilter", "_typeFilter: %q is none of the types that are asked for", name)
	case err != nil || len(values) == 0:
		return fault.BadParam("_typeFilter", "_typeFilter: a search such as Observation?category=vital-signs")
	}
	if err := export.CheckFilter(name, values); err != nil {
		return err
	}
	a.ask.Types[i].Filters = append(a.ask.Types[i].Filters, values)
	return nil
}
