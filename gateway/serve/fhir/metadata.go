package fhir

import (
	"net/http"
	"slices"
	"time"

	"nutrigate/gateway/search"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
)

// The parts of a CapabilityStatement that we use
// (http://hl7.org/fhir/R4/capabilitystatement.html).
type (
	capabilities struct {
		ResourceType   string         `json:"resourceType"`
		Status         string         `json:"status"`
		Date           string         `json:"date"`
		Publisher      string         `json:"publisher"`
		Kind           string         `json:"kind"`
		Software       software       `json:"software"`
		Implementation implementation `json:"implementation"`
		FHIRVersion    string         `json:"fhirVersion"`
		Format         []string       `json:"format"`
		REST           []rest         `json:"rest"`
	}
	software struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	implementation struct {
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	rest struct {
		Mode        string    `json:"mode"`
		Security    security  `json:"security"`
		Resource    []ofType  `json:"resource"`
		Interaction []coded   `json:"interaction,omitempty"`
		Operation   []defined `json:"operation,omitempty"`
	}
	ofType struct {
		Extension        []topicExtension `json:"extension,omitempty"`
		Type             string           `json:"type"`
		Interaction      []coded          `json:"interaction"`
		Versioning       string           `json:"versioning,omitempty"`
		ConditionalRead  string           `json:"conditionalRead,omitempty"`
		SearchInclude    []string         `json:"searchInclude,omitempty"`
		SearchRevInclude []string         `json:"searchRevInclude,omitempty"`
		SearchParam      []searchParam    `json:"searchParam,omitempty"`
		Operation        []defined        `json:"operation,omitempty"`
	}
	coded struct {
		Code string `json:"code"`
	}
	searchParam struct {
		Name          string `json:"name"`
		Definition    string `json:"definition,omitempty"`
		Type          string `json:"type"`
		Documentation string `json:"documentation,omitempty"`
	}
	defined struct {
		Name       string `json:"name"`
		Definition string `json:"definition"`
	}
)

// metadata answers with what the server can do, made from the tables
// of types, parameters, interactions and operations: it promises nothing else.
func (m *Room) metadata(r *http.Request) (room.Answer, error) {
	page, err := room.JSON(fhir.MediaType, m.capabilities(m.base(r), m.secured(r)))
	return room.Answer{Page: page}, err
}

func (m *Room) capabilities(address string, s security) capabilities {
	return capabilities{
		ResourceType: "CapabilityStatement", Status: "active", Publisher: "Nutrigate", Kind: "instance",
		Date:           m.Now().UTC().Format(time.DateOnly),
		Software:       software{"Nutrigate", m.Version},
		Implementation: implementation{m.holds(), address},
		FHIRVersion:    form.Version,
		Format:         append([]string{"json", "xml"}, form.Types()...),
		REST: []rest{{
			Mode:        "server",
			Security:    s,
			Resource:    m.ofTypes(),
			Interaction: m.ofSystem(),
			Operation:   m.operationsOf(""),
		}},
	}
}

// ofTypes is the statement's part for each row of the table of types.
func (m *Room) ofTypes() []ofType {
	var all []ofType
	for i := range m.types {
		t := &m.types[i]
		s := ofType{Extension: topicExtensions(t), Type: t.Name, Versioning: "versioned", ConditionalRead: "full-support", Operation: m.operationsOf(t.Name)}
		for _, in := range m.everyInteraction() {
			if len(in.routes(t)) > 0 {
				s.Interaction = append(s.Interaction, coded{in.code})
			}
		}
		s.SearchInclude, s.SearchRevInclude = m.includesOf(t.Name)
		for _, p := range search.Params(t.Name) {
			s.SearchParam = append(s.SearchParam, searchParam{Name: p.Name, Type: string(p.Kind), Definition: p.Definition()})
		}
		all = append(all, s)
	}
	return all
}

// ofSystem lists the interactions of the whole system.
func (m *Room) ofSystem() []coded {
	var all []coded
	for _, w := range m.wides() {
		all = append(all, coded{w.code})
	}
	return all
}

// operationsOf lists the operations of a type, or those of the whole system.
func (m *Room) operationsOf(name string) []defined {
	var all []defined
	for _, o := range m.operations() {
		if (name == "" && len(o.types) == 0) || slices.Contains(o.types, name) {
			all = append(all, defined{o.name, o.definition})
		}
	}
	return all
}

// includesOf lists the references that lead from a type to one that is served,
// and those that lead to it.
func (m *Room) includesOf(name string) (from, to []string) {
	for _, p := range references(name) {
		for _, t := range m.types {
			if p.PointsTo(t.Name) {
				from = append(from, name+":"+p.Name)
				break
			}
		}
	}
	for _, t := range m.types {
		for _, p := range references(t.Name) {
			if p.PointsTo(name) {
				to = append(to, t.Name+":"+p.Name)
			}
		}
	}
	return from, to
}

// holds says what there is to be found, as the operator has set it.
func (m *Room) holds() string {
	all := "What people log in their food diary, read-only"
	if m.CheckURL != nil {
		all += " but for subscriptions to it"
	}
	if f, ok := m.Format.(fhir.Format); ok && f.CoreNutrients {
		return all + "; of nutrients those of a food label, alcohol, caffeine and water"
	}
	return all
}
