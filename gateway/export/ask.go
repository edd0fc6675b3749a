package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir/subset"
)

// An Ask is what a caller wants to have exported, understood. It is kept with
// the export, together with what the caller may see.
type Ask struct {
	Grant grant.Grant `json:"grant"`
	Types []Type      `json:"types"`
	// Since and Until bound when a resource last changed, both excluded and
	// included as R4 has it; zero: nothing does.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Elements are all that is wanted of each resource, beside what it must have:
	// names, or Type.name of one type alone; empty: everything.
	Elements []string `json:"elements,omitempty"`
	// People are the only ones that are wanted, sorted; empty: all.
	People []string `json:"people,omitempty"`
	// Prefix is how the references of those begin who are wanted; empty: all.
	Prefix string `json:"prefix,omitempty"`
	// Base is the address of the API as the caller knows it.
	Base string `json:"base"`
}

// A Type is a type of resource that is wanted.
type Type struct {
	Name string `json:"name"`
	// Shared says that its resources are about nobody.
	Shared bool `json:"shared,omitempty"`
	// Filters are searches of which a resource has to meet one; none: any will do.
	Filters []url.Values `json:"filters,omitempty"`
}

// wants reports whether anything of the person is asked for, and may be seen.
func (a *Ask) wants(u store.User, asOf time.Time) bool {
	switch {
	case u.Left, u.Created.After(asOf), !a.Grant.Of(u.ID):
		return false
	case len(a.People) > 0 && !slices.Contains(a.People, u.ID):
		return false
	}
	return strings.HasPrefix(u.Reference, a.Prefix)
}

// view is what is wanted of the resources of a type.
func (a *Ask) view(typ string) subset.View {
	var v subset.View
	for _, element := range a.Elements {
		of, name, ok := strings.Cut(element, ".")
		switch {
		case !ok:
			v.Elements = append(v.Elements, element)
		case of == typ:
			v.Elements = append(v.Elements, name)
		}
	}
	return v
}

// everybody reports whether no person is left out.
func (a *Ask) everybody() bool { return len(a.People) == 0 && a.Prefix == "" && a.Grant.Patient == "" }

// AskOf reads what was kept with an export.
func AskOf(job *store.Export) (*Ask, error) {
	a := &Ask{}
	if err := json.Unmarshal(job.Ask, a); err != nil {
		return nil, fmt.Errorf("read what export %s asks for: %w", job.ID, err)
	}
	return a, nil
}

// encode is json.Marshal without HTML escapes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode an export: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
