package serve

import (
	"errors"
	"html/template"
	"net/http"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/oauth"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
)

// This file is the only one that knows which status an error has.

// fhirBase is the path below which errors are OperationOutcomes.
const fhirBase = "/fhir"

var (
	errNoRoute  = fault.New(fault.NotFound, "there is nothing at this address")
	errNoMethod = fault.New(fault.NotAllowed, "this address does not know the method; Allow says which it knows")
)

// verdict is what a kind of fault becomes: a status, and a code from FHIR's
// value set IssueType (http://hl7.org/fhir/R4/valueset-issue-type.html).
type verdict struct {
	status int
	issue  string
}

func verdictOf(kind fault.Kind) verdict {
	switch kind {
	case fault.Invalid:
		return verdict{http.StatusBadRequest, "invalid"}
	case fault.Unauthorized:
		return verdict{http.StatusUnauthorized, "login"}
	case fault.Forbidden:
		return verdict{http.StatusForbidden, "forbidden"}
	case fault.NotFound:
		return verdict{http.StatusNotFound, "not-found"}
	case fault.NotAllowed:
		return verdict{http.StatusMethodNotAllowed, "not-supported"}
	case fault.NotAccepted:
		return verdict{http.StatusNotAcceptable, "not-supported"}
	case fault.Conflict:
		return verdict{http.StatusConflict, "conflict"}
	case fault.Outdated:
		return verdict{http.StatusPreconditionFailed, "conflict"}
	case fault.Gone:
		return verdict{http.StatusGone, "deleted"}
	case fault.TooLarge:
		return verdict{http.StatusRequestEntityTooLarge, "too-long"}
	case fault.Unsupported:
		return verdict{http.StatusUnsupportedMediaType, "not-supported"}
	case fault.Unreadable:
		return verdict{http.StatusUnprocessableEntity, "structure"}
	case fault.RateLimited:
		return verdict{http.StatusTooManyRequests, "throttled"}
	case fault.Unavailable:
		return verdict{http.StatusServiceUnavailable, "transient"}
	}
	return verdict{http.StatusInternalServerError, "exception"}
}

// statusOf is what a result becomes.
func statusOf(result room.Result) int {
	switch result {
	case room.Created:
		return http.StatusCreated
	case room.Accepted:
		return http.StatusAccepted
	case room.NoContent:
		return http.StatusNoContent
	}
	return http.StatusOK
}

// A Problem is an error as RFC 9457 has it, together with the two fields that
// older clients of Terra read.
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Instance string `json:"instance"`
	Detail   string `json:"detail"`
	Status   string `json:"status"` // "error", as Terra has it; the number is in the status line
	Message  string `json:"message"`
	Param    string `json:"param,omitempty"`
	fault.Place
}

// told is what the caller learns of an error. One that is no fault is told as
// an internal one; its text goes to the log.
func (s *server) told(r *http.Request, err error) (Problem, verdict) {
	f := &fault.Error{}
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		f = &fault.Error{Kind: fault.Internal, Message: "internal error"}
	}
	v := verdictOf(f.Kind)
	if v.status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.Log.ErrorContext(r.Context(), "request failed", "id", r.Header.Get(requestID), "error", err.Error())
	}
	return Problem{
		Type: "about:blank", Title: strings.ToLower(http.StatusText(v.status)), Instance: r.URL.RequestURI(),
		Detail: f.Message, Status: "error", Message: f.Message, Param: f.Param, Place: f.Place,
	}, v
}

// problem tells the caller what went wrong, in the way of the API that was called.
func (s *server) problem(w http.ResponseWriter, r *http.Request, err error) {
	p, v := s.told(r, err)
	h := w.Header()
	if c := challenge(r, v.status); c != "" {
		h.Set("WWW-Authenticate", c)
	}
	comeAgain(h, v)
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Accept-Encoding")
	mediaType, body := s.problemBody(r, v, p)
	if strings.HasPrefix(r.URL.Path, oauth.Base+"/") {
		mediaType, body = oauth.Problem(err, p.Detail)
	}
	h.Set("Content-Type", mediaType)
	w.WriteHeader(v.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // not HTML of the caller (G705): a document with its own type, and nosniff; an error is a client who has gone
	}
}

// shown shows people what went wrong on a page made for them.
func (s *server) shown(w http.ResponseWriter, r *http.Request, err error, page *represent.Page) {
	_, v := s.told(r, err)
	h := w.Header()
	comeAgain(h, v)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Accept-Encoding")
	h.Set("Content-Type", page.MediaType)
	for _, f := range page.Fields {
		h.Set(f[0], f[1])
	}
	w.WriteHeader(v.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page.Body) // the client has gone; nobody is left to tell
	}
}

// comeAgain says when to ask again (RFC 9110 section 10.2.3) for what is not to
// be had now. Nobody knows when a long import ends; few take more than seconds.
func comeAgain(h http.Header, v verdict) {
	if v.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
}

func (s *server) problemBody(r *http.Request, v verdict, p Problem) (mediaType string, body []byte) {
	if r.URL.Path == fhirBase || strings.HasPrefix(r.URL.Path, fhirBase+"/") {
		return outcome(r, v, p)
	}
	const problemJSON = "application/problem+json"
	if chosen, _ := negotiate.Media(r.Header.Values("Accept"), problemJSON, "text/html"); chosen == "text/html" {
		var page strings.Builder
		if err := problemPage.Execute(&page, p); err == nil {
			return "text/html; charset=utf-8", []byte(page.String())
		}
	}
	body, err := room.Marshal(p)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "encode a problem", "error", err.Error())
	}
	return problemJSON, body
}

// outcome is the problem as FHIR has it (http://hl7.org/fhir/R4/operationoutcome.html).
func outcome(r *http.Request, v verdict, p Problem) (mediaType string, body []byte) {
	issue := fhir.OutcomeIssue{Severity: "error", Code: v.issue, Diagnostics: p.Detail}
	if p.Param != "" {
		issue.Location = []string{"http." + p.Param} // how R4 names a parameter of the request
	}
	f := form.OfError(r)
	doc := fhir.OperationOutcome([]fhir.OutcomeIssue{issue})
	if body, err := f.Document(doc); err == nil {
		return f.MediaType, body
	}
	return fhir.MediaType, doc
}

var problemPage = template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}}</title>
<h1>{{.Title}}</h1><p>{{.Detail}}</p><p><a href="/docs">What this gateway serves</a></p></html>
`))
