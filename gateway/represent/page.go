package represent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"nutrigate/gateway/negotiate"
)

// A Page is a whole answer: its bytes and what is said about them. It does not
// change once it is made.
type Page struct {
	MediaType string
	Body      []byte
	// Fields are further header fields, name and value.
	Fields [][2]string
	// Modified is when its content last changed; zero where nobody knows.
	Modified time.Time

	tag     string
	mu      sync.Mutex
	encoded map[string][]byte
}

// NewPage returns a page with a strong entity tag computed from its bytes.
func NewPage(mediaType string, body []byte, fields ...[2]string) *Page {
	sum := sha256.Sum256(body)
	return &Page{MediaType: mediaType, Body: body, Fields: fields, tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// NewVersion returns a page whose entity tag is a version, as FHIR has it:
// weak, W/"3" (FHIR R4, http.html#versioning).
func NewVersion(mediaType string, body []byte, version int, modified time.Time) *Page {
	return &Page{MediaType: mediaType, Body: body, Modified: modified, tag: fmt.Sprintf(`W/"%d"`, version)}
}

// As returns the page in another form: what a client is told of its version
// stays, and the tag of its bytes is that of the new ones.
func (p *Page) As(mediaType string, body []byte) *Page {
	if !p.isStrong() {
		return &Page{MediaType: mediaType, Body: body, Fields: p.Fields, Modified: p.Modified, tag: p.tag}
	}
	other := NewPage(mediaType, body, p.Fields...)
	other.Modified = p.Modified
	return other
}

// isStrong reports whether the tag tells these bytes from all others.
func (p *Page) isStrong() bool { return !strings.HasPrefix(p.tag, "W/") }

// Bytes names the page's bytes among all others; empty where only their version
// has a name.
func (p *Page) Bytes() string {
	if !p.isStrong() {
		return ""
	}
	return p.tag
}

// Codings lists the content codings in which the page can be had, best first.
// A small body is not worth it, and archives are compressed already.
func (p *Page) Codings() []string {
	if len(p.Body) < smallest || p.MediaType == "application/zip" {
		return nil
	}
	return []string{"zstd", "br", "gzip"}
}

// smallest is the length from which compressing is worth its while: below it
// the answer fits into one packet either way.
const smallest = 1400

// ETag returns the entity tag of the page in a coding. A strong one differs
// from coding to coding, since the bytes do (RFC 9110 section 8.8.3.3).
func (p *Page) ETag(coding string) string {
	if coding == negotiate.Identity || !p.isStrong() {
		return p.tag
	}
	return strings.TrimSuffix(p.tag, `"`) + "-" + coding + `"`
}

// Encoded returns the body in one of its codings or in the identity coding.
// Each is computed at its first use and kept.
func (p *Page) Encoded(coding string) ([]byte, error) {
	if coding == negotiate.Identity {
		return p.Body, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b, ok := p.encoded[coding]; ok {
		return b, nil
	}
	b, err := compress(coding, p.Body)
	if err != nil {
		return nil, err
	}
	if p.encoded == nil {
		p.encoded = map[string][]byte{}
	}
	p.encoded[coding] = b
	return b, nil
}

// compress uses levels that keep the first answer quick; later ones come from memory.
func compress(coding string, body []byte) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriterLevel(&out, 5)
	case "zstd":
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	default:
		return nil, fmt.Errorf("no content coding %q", coding)
	}
	if err != nil {
		return nil, fmt.Errorf("compress as %s: %w", coding, err)
	}
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compress as %s: %w", coding, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress as %s: %w", coding, err)
	}
	return out.Bytes(), nil
}
