package fhir

import (
	"net/http"
	"net/url"

	"nutrigate/gateway/serve/fhir/form"
)

// mediaType returns the Content-Type of the answer, which form has chosen.
func mediaType(r *http.Request, _ url.Values) (string, error) { //nolint:unparam // handlers still ask for the error
	return form.From(r.Context()).MediaType, nil
}

const fhirVersion = form.Version
