package oauth

import (
	"net/http"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
)

// configuration is SMART's description of a server
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#metadata).
type configuration struct {
	Issuer        string   `json:"issuer"`
	JWKS          string   `json:"jwks_uri"`
	Authorize     string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Introspect    string   `json:"introspection_endpoint"`
	Revoke        string   `json:"revocation_endpoint"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	AuthSigning   []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	ResponseTypes []string `json:"response_types_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
	TellsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
	Capabilities  []string `json:"capabilities,omitempty"`
	// What OpenID Connect Discovery 1.0, section 3, wants beside that.
	Subjects  []string `json:"subject_types_supported,omitempty"`
	IDSigning []string `json:"id_token_signing_alg_values_supported,omitempty"`
	Claims    []string `json:"claims_supported,omitempty"`
}

// WellKnown returns the routes that lie below the address of the FHIR server.
func WellKnown(m Room) []room.Route {
	json := []string{jsonType}
	return []room.Route{
		{Method: http.MethodGet, Path: "/.well-known/smart-configuration", Public: true, Summary: "What is offered of SMART on FHIR", Gives: json, Handle: m.configuration},
		{Method: http.MethodGet, Path: "/.well-known/openid-configuration", Public: true, Summary: "How to verify who a person is", Gives: json, Handle: m.openID},
	}
}

func (m *Room) describe(r *http.Request) configuration {
	base := room.Base(r, m.BaseURL) + Base
	return configuration{
		Issuer: m.fhirURL(r), JWKS: base + "/jwks", Authorize: base + "/authorize", Token: m.tokenURL(r),
		Introspect: base + "/introspect", Revoke: base + "/revoke",
		AuthMethods:   []string{"private_key_jwt", "client_secret_basic"},
		AuthSigning:   smart.Algorithms(),
		GrantTypes:    []string{"authorization_code", "refresh_token", "client_credentials"},
		ResponseTypes: []string{"code"},
		Challenges:    []string{"S256"},
		Scopes:        append(grant.Words(), "patient/*.rs", "user/*.rs", "system/*.rs"),
		TellsIssuer:   true,
	}
}

// configuration answers in JSON whatever is accepted, as SMART wants it.
func (m *Room) configuration(r *http.Request) (room.Answer, error) {
	c := m.describe(r)
	c.Capabilities = []string{
		"launch-ehr", "launch-standalone", "authorize-post",
		"client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
		"sso-openid-connect", "context-ehr-patient", "context-standalone-patient", "context-banner",
		"permission-offline", "permission-online", "permission-patient", "permission-user", "permission-v1", "permission-v2",
	}
	body, err := room.Marshal(c)
	return room.Answer{Page: represent.NewPage(jsonType, body)}, err
}

func (m *Room) openID(r *http.Request) (room.Answer, error) {
	c := m.describe(r)
	c.Subjects, c.IDSigning = []string{"public"}, []string{"RS256"}
	c.Claims = []string{"iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser"}
	body, err := room.Marshal(c)
	return room.Answer{Page: represent.NewPage(jsonType, body)}, err
}
