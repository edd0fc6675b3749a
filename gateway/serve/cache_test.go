package serve_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestConditional(t *testing.T) {
	w := newWorld(t)
	found := decode[bundle](t, w.get(t, w.url("/fhir/Observation?patient={ann}&_count=1")))
	observation := "/fhir/Observation/" + found.ids()[0]
	for _, c := range []struct {
		name, url string
		header    map[string]string // {etag} and {modified} stand for those of the first answer
		status    int
	}{
		{"the same tag", nutrition, map[string]string{"If-None-Match": "{etag}"}, 304},
		{"one of several tags", nutrition, map[string]string{"If-None-Match": `"x", {etag}`}, 304},
		{"any tag", nutrition, map[string]string{"If-None-Match": "*"}, 304},
		{"another tag", nutrition, map[string]string{"If-None-Match": `"x"`}, 200},
		{"the tag of another coding", nutrition, map[string]string{"If-None-Match": "{etag}", "Accept-Encoding": "gzip"}, 200},
		{"a version", observation, map[string]string{"If-None-Match": `W/"1"`}, 304},
		{"a version as a strong tag", observation, map[string]string{"If-None-Match": `"1"`}, 304},
		{"a bare version", observation, map[string]string{"If-None-Match": "1"}, 304},
		{"another version", observation, map[string]string{"If-None-Match": `W/"2"`}, 200},
		{"not modified since", observation, map[string]string{"If-Modified-Since": "{modified}"}, 304},
		{"modified since", observation, map[string]string{"If-Modified-Since": "Mon, 02 Jan 2006 15:04:05 GMT"}, 200},
		{"a tag wins over a time", observation, map[string]string{"If-Modified-Since": "{modified}", "If-None-Match": `W/"2"`}, 200},
		{"a search", "/fhir/Observation?patient={ann}&_count=3", map[string]string{"If-None-Match": "{etag}"}, 304},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := w.get(t, w.url(c.url))
			fill := strings.NewReplacer("{etag}", first.Header().Get("ETag"), "{modified}", first.Header().Get("Last-Modified"))
			for name, value := range c.header {
				c.header[name] = fill.Replace(value)
			}
			got := w.do(t, call{url: w.url(c.url), header: c.header})
			if got.Code != c.status {
				t.Errorf("got %d, want %d", got.Code, c.status)
			}
			if got.Code == http.StatusNotModified && (got.Body.Len() > 0 || got.Header().Get("ETag") == "" || got.Header().Get("Vary") == "") {
				t.Errorf("a 304 with %d bytes and the header %v", got.Body.Len(), got.Header())
			}
		})
	}
}

func TestCompressed(t *testing.T) {
	w := newWorld(t)
	plain := w.get(t, w.url(nutrition))
	tags := map[string]bool{plain.Header().Get("ETag"): true}
	for coding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		got := w.do(t, call{url: w.url(nutrition), header: map[string]string{"Accept-Encoding": coding}})
		if got.Header().Get("Content-Encoding") != coding || got.Body.Len() >= plain.Body.Len()/2 {
			t.Errorf("%s: Content-Encoding %q, %d bytes of %d", coding, got.Header().Get("Content-Encoding"), got.Body.Len(), plain.Body.Len())
		}
		tag := got.Header().Get("ETag")
		if tags[tag] {
			t.Errorf("%s: the tag %s is that of other bytes", coding, tag)
		}
		tags[tag] = true
		reader, err := open(bytes.NewReader(got.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reader)
		if err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
			t.Errorf("%s: other bytes than without it (%v)", coding, err)
		}
		again := w.do(t, call{url: w.url(nutrition), header: map[string]string{"Accept-Encoding": coding, "If-None-Match": tag}})
		if again.Code != http.StatusNotModified {
			t.Errorf("%s: asked again with its tag: %d", coding, again.Code)
		}
	}
	t.Run("archives and small answers are left as they are", func(t *testing.T) {
		for _, c := range []call{
			{url: activity, header: map[string]string{"Accept": "application/zip", "Accept-Encoding": "gzip"}},
			{url: "/v2/athlete?user_id={ann}", header: map[string]string{"Accept-Encoding": "gzip"}},
		} {
			c.url = w.url(c.url)
			if got := w.do(t, c); got.Code != http.StatusOK || got.Header().Get("Content-Encoding") != "" {
				t.Errorf("%s: %d in coding %q", c.url, got.Code, got.Header().Get("Content-Encoding"))
			}
		}
	})
	t.Run("an answer is the client's own", func(t *testing.T) {
		if got := plain.Header().Get("Cache-Control"); got != "private, no-cache" {
			t.Errorf("Cache-Control: %s", got)
		}
	})
	t.Run("HEAD says what GET would", func(t *testing.T) {
		got := w.do(t, call{method: http.MethodHead, url: w.url(nutrition)})
		if got.Body.Len() > 0 || got.Header().Get("ETag") != plain.Header().Get("ETag") || got.Header().Get("Content-Length") != plain.Header().Get("Content-Length") {
			t.Errorf("%d bytes, header %v", got.Body.Len(), got.Header())
		}
	})
}
