package serve_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

// The promise: a warm page is served at half the rate, at least, of a static
// handler of the same bytes behind the same router. Compare the pairs:
//
//	go test ./gateway/serve -bench Page -run '^$'

func BenchmarkTerraPage(b *testing.B) { warm(b, month) }

func BenchmarkStaticTerraPage(b *testing.B) { static(b, month) }

func BenchmarkFHIRPage(b *testing.B) { warm(b, observations) }

func BenchmarkStaticFHIRPage(b *testing.B) { static(b, observations) }

const (
	month        = "/v2/nutrition?user_id={ann}&start_date=2026-01-11&end_date=2026-02-09&to_webhook=false"
	observations = "/fhir/Observation?patient={ann}&_count=50"
)

func warm(b *testing.B, pattern string) {
	w := newWorld(b)
	measure(b, w.handler, w.url(pattern), w.get(b, w.url(pattern)).Body.Len())
}

// static serves the bytes of the same page and does nothing else: no key, no
// log, no entity tag.
func static(b *testing.B, pattern string) {
	w := newWorld(b)
	page := w.get(b, w.url(pattern))
	mediaType, body := page.Header().Get("Content-Type"), page.Body.Bytes()
	g := gin.New()
	g.GET("/static", func(c *gin.Context) { c.Data(http.StatusOK, mediaType, body) })
	measure(b, g, "/static", len(body))
}

// measure asks over TCP, from as many clients as there are processors.
func measure(b *testing.B, h http.Handler, url string, size int) {
	b.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+url, http.NoBody)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("dev-id", "demo")
			r.Header.Set("x-api-key", "demo-key")
			r.Header.Set("Accept-Encoding", "identity")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				b.Fatal(err)
			}
			_, err = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != http.StatusOK {
				b.Fatal(response.StatusCode, err)
			}
		}
	})
}
