// Package room is what the rooms of the server share. A room is one API: a
// list of routes whose handlers take a request and return an answer or an
// error. Rooms know neither the router nor how errors look.
package room

import (
	"context"
	"io"
	"net/http"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
)

// A Route is one line of the table of routes. It is also what the API's own
// description is generated from.
type Route struct {
	Method string
	// Path has its variables in braces: "/v2/{type}/{id}". A handler reads them
	// with http.Request.PathValue.
	Path string
	// Public routes need no key; Operator routes need the operator's, and every
	// other that of a tenant.
	Public, Operator bool

	Summary string
	Params  []Param
	// Takes lists the media types of the request's body; empty for none.
	Takes []string
	// Gives lists the media types of the answer.
	Gives  []string
	Handle Handler
}

// A Param is a parameter in the query or the path.
type Param struct {
	Name     string
	Summary  string
	Example  string
	Required bool
	Values   []string // the only values there are; empty: any
}

// A Handler answers a request. Faults (package fault) tell the caller what is
// wrong; every other error is told as an internal one.
type Handler func(r *http.Request) (Answer, error)

// A Result is what came of a request that was no error.
type Result int

// The results.
const (
	Here      Result = iota // the answer has what was asked for
	Created                 // something was made; the field Location says where it is
	Accepted                // it is being worked on
	NoContent               // there is nothing to say
)

// A File is an answer that lies in a file: any stretch of it can be had.
type File struct {
	Content io.ReadSeekCloser
	Tag     string // names its bytes, which never change
}

// An Answer is what goes out: a page, a file, or a stream; or none of them.
type Answer struct {
	Result Result
	// File is used where Page is nil; whoever writes the answer closes it.
	File *File
	// Patient is the person whose data the answer has, for the audit; empty: that
	// of several, or of nobody.
	Patient string
	// Page is also what people are shown of an error, in place of a problem.
	Page *represent.Page
	// Fields are header fields of this answer alone, name and value. They go out
	// with an error too.
	Fields [][2]string
	// Location leads the client elsewhere: 303 See Other, and no Page.
	Location string
	// MediaType is said instead of the page's own, where the same bytes go by several names.
	MediaType string
	// Stream writes an answer that is not known beforehand; flush sends what
	// was written so far. It is used where Page and File are nil. An error ends the
	// answer where it stands.
	Stream func(w io.Writer, flush func()) error
}

// Base returns the address of the gateway as the client knows it: the
// configured one, or else the host that the request names.
func Base(r *http.Request, configured string) string {
	switch {
	case configured != "":
		return configured
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

type grantKey struct{}

// WithGrant returns a context with what the caller may see.
func WithGrant(ctx context.Context, g *grant.Grant) context.Context {
	return context.WithValue(ctx, grantKey{}, g)
}

// Grant returns what the caller may see; on public routes, nothing.
func Grant(ctx context.Context) *grant.Grant {
	if g, ok := ctx.Value(grantKey{}).(*grant.Grant); ok {
		return g
	}
	return &grant.Grant{}
}

// Tenant returns the caller's tenant; empty on public routes, which asks a
// store for nothing.
func Tenant(ctx context.Context) string { return Grant(ctx).Tenant }
