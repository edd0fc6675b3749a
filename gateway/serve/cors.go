package serve

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"nutrigate/gateway/serve/oauth"
)

// An origin is a site whose scripts may read our answers; anyOrigin is each.
const anyOrigin = "*"

// What a script may send, and what it may read of an answer.
const (
	corsMethods = "GET, HEAD, POST, PUT, DELETE"
	corsHeaders = "Accept, Authorization, Content-Type, If-Modified-Since, If-None-Match, Prefer, X-Request-Id"
	corsExposed = "Content-Location, ETag, Last-Modified, Location, Retry-After, WWW-Authenticate, X-Progress, X-Request-Id"
	corsSeconds = "600"
)

// cors lets scripts of other sites call what SMART apps call (SMART App Launch,
// "Support for CORS"). No answer says that credentials may be sent: a token is in a
// header that the script itself sets, and the consent page is not among the
// addresses, so that a person's cookie is of no use to anybody.
func (s *server) cors(c *gin.Context) {
	origin := c.Request.Header.Get("Origin")
	if origin == "" || !forScripts(c.Request.URL.Path) || !s.origins.allow(origin) {
		return
	}
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", s.origins.named(origin))
	if s.origins.named(origin) != anyOrigin {
		h.Add("Vary", "Origin")
	}
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if c.Request.Method == http.MethodOptions && c.Request.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Allow-Headers", corsHeaders)
		h.Set("Access-Control-Max-Age", corsSeconds)
		c.AbortWithStatus(http.StatusNoContent)
	}
}

// forScripts reports whether scripts of other sites call the address: FHIR, and
// what gives out tokens and keys.
func forScripts(path string) bool {
	return path == fhirBase || strings.HasPrefix(path, fhirBase+"/") ||
		slices.Contains([]string{"/token", "/introspect", "/revoke", "/jwks"}, strings.TrimPrefix(path, oauth.Base))
}

// origins are the sites whose scripts may read our answers.
type origins []string

func (o origins) allow(origin string) bool {
	return slices.Contains(o, anyOrigin) || slices.Contains(o, origin)
}

func (o origins) named(origin string) string {
	if slices.Contains(o, anyOrigin) {
		return anyOrigin
	}
	return origin
}
