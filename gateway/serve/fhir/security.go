package fhir

import (
	"net/http"

	"nutrigate/gateway/serve/room"
)

// The security part of a CapabilityStatement, as SMART has it
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#declaring-support-for-oauth2-endpoints).
type (
	security struct {
		Extension   []extension `json:"extension"`
		CORS        bool        `json:"cors"`
		Service     []concept   `json:"service"`
		Description string      `json:"description"`
	}
	extension struct {
		URL       string      `json:"url"`
		ValueURI  string      `json:"valueUri,omitempty"`
		Extension []extension `json:"extension,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding"`
		Text   string   `json:"text"`
	}
	coding struct {
		System  string `json:"system"`
		Code    string `json:"code"`
		Display string `json:"display"`
	}
)

// secured says how to get in. Clients of SMART 1 look here for addresses, and
// later ones in /.well-known/smart-configuration, which has those that the
// extension, as R4 defines it, has no place for.
func (m *Room) secured(r *http.Request) security {
	oauth := room.Base(r, m.BaseURL) + "/oauth"
	return security{
		CORS: m.CORS,
		Service: []concept{{
			Text:   "OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)",
			Coding: []coding{{"http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR", "SMART-on-FHIR"}},
		}},
		Description: "A token of SMART on FHIR, see /.well-known/smart-configuration; or the headers dev-id and x-api-key of a tenant.",
		Extension: []extension{{
			URL: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
			Extension: []extension{
				{URL: "authorize", ValueURI: oauth + "/authorize"},
				{URL: "token", ValueURI: oauth + "/token"},
			},
		}},
	}
}
