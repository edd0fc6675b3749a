package fhir

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/negotiate"
	"nutrigate/mapping/fhir"
)

// jsonTypes are the names by which clients ask for FHIR's JSON. SMART
// libraries say application/json and mean it (R4, http.html#mime-type).
func jsonTypes() []string {
	return []string{fhir.MediaType, "application/json", "text/json"}
}

// mediaType returns the Content-Type of the answer. The parameter _format wins
// over Accept. A client that names the version of FHIR is told it.
func mediaType(r *http.Request, q url.Values) (string, error) {
	const charset = "; charset=utf-8"
	if q.Get("_format") != "" {
		asked, _, _ := strings.Cut(strings.ReplaceAll(q.Get("_format"), " ", "+"), ";") // a plus in a URL reads as a space
		switch {
		case asked == "json":
			return fhir.MediaType + charset, nil
		case slices.Contains(jsonTypes(), strings.ToLower(asked)):
			return strings.ToLower(asked) + charset, nil
		}
		return "", notAccepted()
	}
	var offers []string
	for _, t := range jsonTypes() {
		offers = append(offers, t, t+"; fhirVersion=4.0", t+"; fhirVersion=4.0.1")
	}
	chosen, ok := negotiate.Media(r.Header.Values("Accept"), offers...)
	if !ok {
		return "", notAccepted()
	}
	return chosen + charset, nil
}

func notAccepted() error {
	return fault.New(fault.NotAccepted, "FHIR %s is served as %s", fhirVersion, strings.Join(jsonTypes(), ", "))
}

const fhirVersion = "4.0.1"
