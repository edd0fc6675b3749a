package serve_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Whatever a query says, the caller is told what is wrong with it; nothing of
// it is ever our fault.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"date=ge2026-01-01&date=lt2026-02-01T12:00:00Z&_count=3", "code=http://loinc.org|29463-7,|x&category=vital-signs",
		"date=2026-02-09T23:30:00.123+01:00", "_page=AAAA&_id=a,b", "_format=xml", "patient=Patient/x&subject:Patient=y",
		"start_date=2026-02-01&end_date=1769900000", "start_date=9999-12-31", "page=1&per_page=0", "date=eb0001-01-01", "date=gt9999",
	} {
		f.Add(s)
	}
	w := newWorld(f)
	carl := withCarl(f, w)
	fine := map[int]bool{http.StatusOK: true, http.StatusBadRequest: true, http.StatusNotFound: true, http.StatusNotAcceptable: true}
	f.Fuzz(func(t *testing.T, query string) {
		for _, target := range []string{
			"/fhir/Observation?patient=" + carl + "&", "/fhir/Patient?", "/v2/body?user_id=" + carl + "&", "/v2/subscriptions?",
		} {
			u, err := url.Parse(target + query)
			if err != nil {
				return // no client can send it
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.URL, r.RequestURI = u, u.RequestURI()
			r.Header.Set("dev-id", "demo")
			r.Header.Set("x-api-key", "demo-key")
			got := httptest.NewRecorder()
			w.handler.ServeHTTP(got, r)
			if !fine[got.Code] {
				t.Errorf("%s: %d %s", u, got.Code, got.Body)
			}
		}
	})
}
