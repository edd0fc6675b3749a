package fhir

import (
	"net/http"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/terminology"
)

// parameters is a Parameters resource.
type parameters struct {
	ResourceType string                  `json:"resourceType"`
	Parameter    []terminology.Parameter `json:"parameter"`
}

func parametersPage(all []terminology.Parameter) (room.Answer, error) {
	page, err := room.JSON(fhir.MediaType, parameters{"Parameters", all})
	return room.Answer{Page: page}, err
}

// mayRead refuses a caller whose grant does not reach a type. What is asked about
// here is published, so that queries of a scope do not bound it.
func mayRead(r *http.Request, name string) error {
	g := room.Grant(r.Context())
	_, reads := g.May(grant.Read, name)
	_, searches := g.May(grant.Search, name)
	if !reads && !searches {
		return fault.New(fault.Forbidden, "the grant does not reach resources of the type %s", name)
	}
	return nil
}

// lookup answers CodeSystem/$lookup.
func (m *Room) lookup(r *http.Request, in input) (room.Answer, error) {
	if err := mayRead(r, "CodeSystem"); err != nil {
		return room.Answer{}, err
	}
	c := terminology.Code{System: in.Get("system"), Version: in.Get("version"), Code: in.Get("code")}
	for _, name := range []string{"system", "code"} {
		if in.Get(name) == "" {
			return room.Answer{}, fault.BadParam(name, "%s: required, alone or in a coding", name)
		}
	}
	found, ok := terminology.Lookup(c, in.listed("property"))
	if !ok {
		return room.Answer{}, fault.New(fault.NotFound, "there is no such code in a code system of ours")
	}
	return parametersPage(found)
}

// validateInSystem answers CodeSystem/$validate-code.
func (m *Room) validateInSystem(r *http.Request, in input) (room.Answer, error) {
	if err := mayRead(r, "CodeSystem"); err != nil {
		return room.Answer{}, err
	}
	url := in.Get("url")
	if id := r.PathValue("id"); id != "" {
		url = terminology.SystemOf(id)
	}
	if url == "" {
		url = in.Get("system") // of a coding
	}
	members, ok := terminology.CodesOf(url, in.Get("version"))
	if !ok {
		return room.Answer{}, fault.New(fault.NotFound, "there is no such code system of ours")
	}
	if system := in.Get("system"); system != "" && system != url {
		return room.Answer{}, fault.BadParam("coding", "coding: its system is another than the one that is asked")
	}
	return validateCode(in, terminology.Code{Code: in.Get("code"), Display: in.Get("display")}, members)
}

// validateInSet answers ValueSet/$validate-code.
func (m *Room) validateInSet(r *http.Request, in input) (room.Answer, error) {
	set, err := m.valueSet(r, in)
	if err != nil {
		return room.Answer{}, err
	}
	version := in.Get("systemVersion")
	if version == "" {
		version = in.Get("version") // of a coding
	}
	return validateCode(in, terminology.Code{System: in.Get("system"), Version: version, Code: in.Get("code"), Display: in.Get("display")}, set.Members)
}

func validateCode(in input, c terminology.Code, members []terminology.Code) (room.Answer, error) {
	if in.Get("code") == "" {
		return room.Answer{}, fault.BadParam("code", "code: required, alone or in a coding")
	}
	return parametersPage(terminology.Validate(c, members))
}

// valueSet returns the value set that the address or the parameter url names.
func (m *Room) valueSet(r *http.Request, in input) (*terminology.ValueSet, error) {
	if err := mayRead(r, "ValueSet"); err != nil {
		return nil, err
	}
	id, url := r.PathValue("id"), in.Get("url")
	if id == "" && url == "" {
		return nil, fault.BadParam("url", "url: which value set")
	}
	set, ok := terminology.SetByURL(url)
	if id != "" {
		set, ok = terminology.SetByID(id)
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no such value set of ours")
	}
	return set, nil
}

// expand answers ValueSet/$expand.
func (m *Room) expand(r *http.Request, in input) (room.Answer, error) {
	set, err := m.valueSet(r, in)
	if err != nil {
		return room.Answer{}, err
	}
	e := terminology.Expansion{Filter: in.Get("filter"), At: m.Now()}
	if e.Offset, err = in.whole("offset", 0); err != nil {
		return room.Answer{}, err
	}
	if e.Count, err = in.whole("count", -1); err != nil {
		return room.Answer{}, err
	}
	body, err := set.Expand(e)
	if err != nil {
		return room.Answer{}, err
	}
	return room.Answer{Page: represent.NewPage(fhir.MediaType, body)}, nil
}
