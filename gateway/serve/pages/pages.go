// Package pages is the room for people and operators: the API's description,
// a page to read it, and whether the gateway is well. It needs no key.
package pages

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
)

//go:embed docs.html index.html style.css filter.js
var files embed.FS

// A Room is what the pages are made of.
type Room struct {
	Described []room.Route // the routes of the other rooms
	Version   string
	Ready     func(context.Context) error
}

const htmlType = "text/html; charset=utf-8"

// Routes returns the table of routes. The pages are made here, once.
func Routes(m Room) ([]room.Route, error) {
	routes := []room.Route{
		{Method: http.MethodGet, Path: "/", Public: true, Summary: "Where to go from here", Gives: []string{"text/html"}},
		{Method: http.MethodGet, Path: "/docs", Public: true, Summary: "This description, for reading", Gives: []string{"text/html"}},
		{Method: http.MethodGet, Path: "/docs/style.css", Public: true, Summary: "How the pages look", Gives: []string{"text/css"}},
		{Method: http.MethodGet, Path: "/docs/filter.js", Public: true, Summary: "Finds routes on the page", Gives: []string{"text/javascript"}},
		{Method: http.MethodGet, Path: "/openapi.json", Public: true, Summary: "This description, for programs", Gives: []string{"application/json"}},
		{Method: http.MethodGet, Path: "/healthz", Public: true, Summary: "The process runs", Gives: []string{"text/plain"}, Handle: fixed(represent.NewPage("text/plain; charset=utf-8", []byte("ok\n")))},
		{Method: http.MethodGet, Path: "/readyz", Public: true, Summary: "Requests can be served", Gives: []string{"text/plain"}, Handle: m.ready},
	}
	d := describe(slices.Concat(m.Described, routes), m.Version)
	openapi, err := room.JSON("application/json", d)
	if err != nil {
		return nil, err
	}
	for i, make := range []func() (*represent.Page, error){
		func() (*represent.Page, error) { return rendered("index.html", d) },
		func() (*represent.Page, error) { return rendered("docs.html", sections(d)) },
		func() (*represent.Page, error) { return file("style.css", "text/css; charset=utf-8") },
		func() (*represent.Page, error) { return file("filter.js", "text/javascript; charset=utf-8") },
		func() (*represent.Page, error) { return openapi, nil },
	} {
		page, err := make()
		if err != nil {
			return nil, err
		}
		routes[i].Handle = fixed(page)
	}
	return routes, nil
}

func fixed(page *represent.Page) room.Handler {
	return func(*http.Request) (room.Answer, error) { return room.Answer{Page: page}, nil }
}

func (m *Room) ready(r *http.Request) (room.Answer, error) {
	if err := m.Ready(r.Context()); err != nil {
		return room.Answer{}, fault.Wrap(fault.Unavailable, err, "not ready")
	}
	return room.Answer{Page: represent.NewPage("text/plain; charset=utf-8", []byte("ready\n"))}, nil
}

// policy lets a page load what lies beside it and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func rendered(name string, data any) (*represent.Page, error) {
	t, err := template.ParseFS(files, name)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return represent.NewPage(htmlType, b.Bytes(), [2]string{"Content-Security-Policy", policy}), nil
}

func file(name, mediaType string) (*represent.Page, error) {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return represent.NewPage(mediaType, b), nil
}
