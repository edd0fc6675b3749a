package oauth

import (
	"net/http"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
)

// configuration is SMART's description of a server
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#metadata).
type configuration struct {
	TokenEndpoint string   `json:"token_endpoint"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	AuthSigning   []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	Scopes        []string `json:"scopes_supported"`
	Capabilities  []string `json:"capabilities"`
}

// WellKnown returns the routes that lie below the address of the FHIR server.
func WellKnown(m Room) []room.Route {
	return []room.Route{
		{Method: http.MethodGet, Path: "/.well-known/smart-configuration", Public: true, Summary: "What is offered of SMART on FHIR", Gives: []string{jsonType}, Handle: m.configuration},
	}
}

// configuration answers in JSON whatever is accepted, as SMART wants it.
func (m *Room) configuration(r *http.Request) (room.Answer, error) {
	body, err := room.Marshal(configuration{
		TokenEndpoint: m.tokenURL(r),
		AuthMethods:   []string{"private_key_jwt"},
		AuthSigning:   smart.Algorithms(),
		GrantTypes:    []string{"client_credentials"},
		Scopes:        []string{"system/*.rs"},
		Capabilities:  []string{"client-confidential-asymmetric", "permission-v2"},
	})
	return room.Answer{Page: represent.NewPage(jsonType, body)}, err
}
