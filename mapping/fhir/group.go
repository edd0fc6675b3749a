package fhir

import "nutrigate/mapping"

// GroupAll is the id of the Group of everybody whom a tenant has.
const GroupAll = "all"

// Groups returns the Groups that there are: everybody. It names no members, as
// Patient does that better, and is there so that it can be exported
// (Bulk Data Access STU2, Group/[id]/$export).
func Groups() []mapping.Document {
	return []mapping.Document{{
		Type: "Group", ID: GroupAll, MediaType: MediaType,
		Body: []byte(`{"resourceType":"Group","id":"` + GroupAll + `","active":true,"type":"person","actual":true,"name":"Everybody"}`),
	}}
}
