package fhir

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
)

const (
	// maxEntries is how many requests a batch may have.
	maxEntries = 100
	// maxAnswers bounds what is answered to all of them: what comes behind it is
	// told to ask again alone.
	maxAnswers = 16 << 20
)

// batchEntry is a request of a batch (R4, http.html#transaction).
type batchEntry struct {
	Request *struct {
		Method, URL, IfNoneMatch, IfModifiedSince string
	}
}

// batch answers POST of a Bundle at the base: each entry's request goes through
// the whole server as if it had come alone, with its own look at what the caller
// may see and its own line in the audit. A transaction of reads is the same, but
// that the first failure is that of the whole (R4, http.html#transaction).
func (m *Room) batch(r *http.Request) (room.Answer, error) {
	doc, err := posted(r)
	if err != nil {
		return room.Answer{}, err
	}
	var b struct {
		ResourceType, Type string
		Entry              []batchEntry
	}
	if json.Unmarshal(doc, &b) != nil || b.ResourceType != "Bundle" || (b.Type != "batch" && b.Type != "transaction") {
		return room.Answer{}, fault.New(fault.Invalid, "a Bundle of the type batch or transaction is posted here")
	}
	if len(b.Entry) > maxEntries {
		return room.Answer{}, fault.New(fault.TooLarge, "a batch may have %d entries at most", maxEntries)
	}
	whole := b.Type == "transaction"
	if whole {
		for i, e := range b.Entry {
			if e.Request == nil || e.Request.Method != http.MethodGet {
				return room.Answer{}, fault.New(fault.NotAllowed, "Bundle.entry[%d].request: nothing can be changed here, and a transaction is all or nothing", i)
			}
		}
	}
	answers := []fhir.Answered{}
	size := 0
	for i, e := range b.Entry {
		a := m.one(r, e, size)
		if whole && a.Status >= http.StatusBadRequest {
			return room.Answer{}, fault.New(fault.Invalid, "Bundle.entry[%d] has failed with %d, and a transaction is all or nothing", i, a.Status)
		}
		size += len(a.Resource)
		answers = append(answers, a)
	}
	return room.Answer{Page: represent.NewPage(fhir.MediaType, fhir.BatchResponse(b.Type, answers))}, nil
}

// one answers one entry.
func (m *Room) one(r *http.Request, e batchEntry, before int) fhir.Answered {
	out := &recorder{header: http.Header{}}
	in, err := m.alone(r, e, before)
	if err == nil {
		m.Whole.ServeHTTP(out, in)
		switch {
		case out.isFull:
			err = fault.New(fault.TooLarge, "the answer is larger than %d MiB: ask for it alone", maxAnswers>>20)
		case !out.isResource():
			err = fault.New(fault.NotAccepted, "the answer is no resource, which alone has a place in a Bundle: ask for it alone")
		}
	}
	if err != nil {
		out = &recorder{header: http.Header{}}
		m.Tell(out, plainly(r), err)
	}
	a := fhir.Answered{Status: out.status}
	if tag := out.header.Get("ETag"); strings.HasPrefix(tag, "W/") { // that of a search is of its bytes, and no version
		a.ETag = tag
	}
	if at, err := http.ParseTime(out.header.Get("Last-Modified")); err == nil {
		a.Modified = at
	}
	if out.status >= http.StatusBadRequest {
		a.Outcome = out.body.Bytes()
	} else {
		a.Resource = out.body.Bytes()
	}
	return a
}

// plainly is the request as one that wants JSON: what goes into a Bundle is that,
// whatever the Bundle becomes.
func plainly(r *http.Request) *http.Request {
	plain := r.Clone(r.Context())
	plain.URL.RawQuery = ""
	plain.Header.Set("Accept", fhir.MediaType)
	return plain
}

// alone is an entry's request as if it had come by itself.
func (m *Room) alone(r *http.Request, e batchEntry, before int) (*http.Request, error) {
	switch {
	case e.Request == nil || e.Request.Method == "" || e.Request.URL == "":
		return nil, fault.New(fault.Invalid, "the entry has no request with a method and a url")
	case e.Request.Method != http.MethodGet && e.Request.Method != http.MethodHead:
		return nil, fault.New(fault.NotAllowed, "nothing can be changed here: GET alone")
	case before > maxAnswers:
		return nil, fault.New(fault.TooLarge, "the answers before it are %d MiB already: ask for this one alone", maxAnswers>>20)
	}
	base, err := url.Parse(m.base(r) + "/")
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the address of the request cannot be read")
	}
	at, err := base.Parse(strings.TrimPrefix(e.Request.URL, "/"))
	if err != nil || !strings.HasPrefix(at.String(), base.String()) {
		return nil, fault.New(fault.Invalid, "the entry's url is not below the base")
	}
	in, err := http.NewRequestWithContext(r.Context(), e.Request.Method, at.String(), http.NoBody) //nolint:gosec,nolintlint // it goes to this server's own handler and to no network (G704); that analysis finds it in some trees alone
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the entry's url cannot be read")
	}
	q := in.URL.Query()
	for _, name := range []string{"_format", "_pretty"} { // the batch says these for all
		q.Del(name)
	}
	in.URL.RawQuery = q.Encode()
	in.URL.Path = strings.TrimPrefix(in.URL.Path, strings.TrimSuffix(base.Path, "/fhir/"))
	in.Host, in.RemoteAddr, in.TLS, in.RequestURI = r.Host, r.RemoteAddr, r.TLS, in.URL.RequestURI()
	in.Header = r.Header.Clone()
	for _, name := range []string{"Content-Type", "Content-Length", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"} {
		in.Header.Del(name)
	}
	in.Header.Set("Accept", fhir.MediaType)
	if e.Request.IfNoneMatch != "" {
		in.Header.Set("If-None-Match", e.Request.IfNoneMatch)
	}
	if at, err := time.Parse(time.RFC3339, e.Request.IfModifiedSince); err == nil {
		in.Header.Set("If-Modified-Since", at.UTC().Format(http.TimeFormat))
	}
	return in, nil
}

// recorder takes in what an entry is answered.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	isFull bool
}

// isResource reports whether what was answered, if anything, is one resource: a
// file of an export is many, and what it has is none.
func (o *recorder) isResource() bool {
	name, _, _ := strings.Cut(o.header.Get("Content-Type"), ";")
	return o.body.Len() == 0 || name == fhir.MediaType
}

func (o *recorder) Header() http.Header { return o.header }

func (o *recorder) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
}

func (o *recorder) Write(p []byte) (int, error) {
	o.WriteHeader(http.StatusOK)
	if o.isFull = o.isFull || o.body.Len()+len(p) > maxAnswers; o.isFull {
		return 0, io.ErrShortWrite
	}
	return o.body.Write(p)
}
