package connect

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/link"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping"
	"nutrigate/mapping/terra"
)

//go:embed page.html style.css zone.js icon.svg
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.html"))

// view is what the page is made of.
type view struct {
	State   string // "ask", "done", "partner", "linked", "declined", "leave", "left" or "over"
	Session string
	Problem *problem
	Report  ingest.Report
	Issues  []mapping.Count
	Host    string // where the person goes afterwards; may be empty
	Next    string // the same as an address, with what the app learns by it
	// Web and Partner say which ways there are beside uploading.
	Web, Partner bool
	Kept         bool // whether passwords are
	Connection   link.Connection
}

// problem is an error as a person is told of it.
type problem struct{ Message, Advice string }

// told returns what a fault says; of other errors nobody is told more than that
// there was one.
func told(err error) *problem {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind == fault.Internal {
		return &problem{Message: "Something went wrong on our side. Nothing was stored; try again later."}
	}
	p := &problem{Message: f.Message}
	if f.Place.Advice != "" && !bytes.Contains([]byte(f.Message), []byte(f.Place.Advice)) {
		p.Advice = f.Place.Advice
	}
	return p
}

// policy lets the page load what lies beside it, and send its forms home. The
// address is a secret, so no other site is told of it. Leaving is a link and no
// redirect: browsers hold a redirect after a form to form-action.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// shown renders the page; err goes with it.
func shown(v view, err error) (room.Answer, error) {
	var b bytes.Buffer
	if failure := pageTemplate.Execute(&b, v); failure != nil {
		return room.Answer{}, fmt.Errorf("page: %w", errors.Join(failure, err))
	}
	return room.Answer{Page: represent.NewPage("text/html; charset=utf-8", b.Bytes(),
		[2]string{"Content-Security-Policy", policy},
		[2]string{"Referrer-Policy", "no-referrer"},
		[2]string{"Cache-Control", "no-store"},
	)}, err
}

// next adds to an address of the tenant's what Terra adds. What is there stays
// as it was written: the tenant may have signed it.
func next(address, user, reference string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	added := url.Values{"resource": {terra.Provider}}
	for name, value := range map[string]string{"user_id": user, "reference_id": reference} {
		if value != "" {
			added.Set(name, value)
		}
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+added.Encode(), "&")
	return u.String()
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// issuesOf collects what was noticed in all files.
func issuesOf(r ingest.Report) []mapping.Count {
	var all []mapping.Count
	for _, f := range r.Files {
		all = append(all, f.Issues...)
	}
	return all
}

// asset is a file that lies beside the page.
type asset struct{ name, mediaType, summary string }

func assets() []asset {
	return []asset{
		{"style.css", "text/css", "How the page looks"},
		{"zone.js", "text/javascript", "Fills in the zone"},
		{"icon.svg", "image/svg+xml", "A sign for the source"},
	}
}

func (a asset) page() (*represent.Page, error) {
	b, err := files.ReadFile(a.name)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return represent.NewPage(a.mediaType+"; charset=utf-8", b), nil
}
