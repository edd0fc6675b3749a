package serve

import (
	"net/http"

	"nutrigate/gateway/fault"
)

// authenticate returns the caller's tenant by the two headers that Terra's
// clients send; under /fhir they count as well.
func (s *server) authenticate(r *http.Request) (string, error) {
	devID, key := r.Header.Get("dev-id"), r.Header.Get("x-api-key")
	if devID == "" || key == "" {
		return "", fault.New(fault.Unauthorized, "dev-id or x-api-key headers are missing")
	}
	return s.Store.Authenticate(r.Context(), devID, key)
}
