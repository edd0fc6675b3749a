package serve

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
)

// write sends an answer.
func (s *server) write(w http.ResponseWriter, r *http.Request, route room.Route, a room.Answer) error {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache") // kept by the client, asked for each time
	if route.Public {
		h.Set("Cache-Control", "no-cache")
	}
	h.Add("Vary", "Accept, Accept-Encoding")
	if a.Location != "" {
		h.Set("Cache-Control", "no-store")
		h.Set("Location", a.Location)
		w.WriteHeader(http.StatusSeeOther) // which turns a form into a GET, as RFC 9700 section 4.12 wants
		return nil
	}
	switch {
	case a.Page != nil:
		return s.page(w, r, a)
	case a.File != nil:
		return file(w, r, a)
	case a.Stream != nil:
		return s.stream(w, r, a)
	}
	w.WriteHeader(statusOf(a.Result))
	return nil
}

// page sends a page's bytes in the coding that suits the client, or 304 if the
// client has them.
func (s *server) page(w http.ResponseWriter, r *http.Request, a room.Answer) error {
	h := w.Header()
	coding := negotiate.Encoding(r.Header.Values("Accept-Encoding"), a.Page.Codings()...)
	h.Set("ETag", a.Page.ETag(coding))
	if !a.Page.Modified.IsZero() {
		h.Set("Last-Modified", a.Page.Modified.UTC().Format(http.TimeFormat))
	}
	if r.Method != http.MethodPost && a.Result == room.Here && unchanged(r, a.Page, coding) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := a.Page.Encoded(coding)
	if err != nil {
		return err
	}
	if coding != negotiate.Identity {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Type", a.Page.MediaType)
	if a.MediaType != "" {
		h.Set("Content-Type", a.MediaType)
	}
	for _, f := range a.Page.Fields {
		h.Set(f[0], f[1])
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(statusOf(a.Result))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // not HTML of the caller (G705): a page with its own type, and nosniff; an error is a client who has gone
	}
	return nil
}

// stream sends an answer piece by piece. An error after the first piece has to
// be told within the answer, as its last line: the status is out.
func (s *server) stream(w http.ResponseWriter, r *http.Request, a room.Answer) error {
	w.Header().Set("Content-Type", a.MediaType)
	out := &counted{Writer: w}
	control := http.NewResponseController(w)
	flush := func() { _ = control.Flush() } // best effort: a recorder or proxy may not flush
	err := a.Stream(out, flush)
	if err == nil || !out.begun {
		return err
	}
	p, v := s.told(r, err)
	body, err := room.Marshal(struct {
		Problem Problem `json:"problem"`
		Code    int     `json:"code"`
	}{p, v.status})
	if err != nil {
		return err
	}
	_, _ = w.Write(append(body, '\n')) // the client may have gone
	return nil
}

// counted knows whether anything was written.
type counted struct {
	io.Writer
	begun bool
}

func (c *counted) Write(p []byte) (int, error) {
	c.begun = true
	return c.Writer.Write(p)
}

// unchanged reports whether the client has this page already: RFC 9110 section
// 13.1.2, compared weakly, and 13.1.3, which counts only without the former.
// A tag without quotes is taken too: some FHIR clients send it bare.
func unchanged(r *http.Request, p *represent.Page, coding string) bool {
	if match := r.Header.Values("If-None-Match"); len(match) > 0 {
		have := opaque(p.ETag(coding))
		for tag := range strings.SplitSeq(strings.Join(match, ","), ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || opaque(tag) == have {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !p.Modified.IsZero() && !p.Modified.Truncate(time.Second).After(since)
}

func opaque(tag string) string {
	tag = strings.TrimPrefix(tag, "W/")
	if len(tag) >= 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		return tag[1 : len(tag)-1]
	}
	return tag
}
