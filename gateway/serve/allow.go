package serve

import (
	"net/http"
	"slices"
	"strings"

	"nutrigate/gateway/serve/room"
)

// methods has the methods that each path of the routes knows.
type methods map[string][]string

func methodsOf(routes []room.Route) methods {
	m := methods{}
	for _, r := range routes {
		m[r.Path] = append(m[r.Path], r.Method)
		if r.Method == http.MethodGet {
			m[r.Path] = append(m[r.Path], http.MethodHead)
		}
	}
	return m
}

// allow returns what an address knows, as the header field has it (RFC 9110
// section 10.2.1): the methods of that path which says most of it by its own words.
func (m methods) allow(address string) string {
	best, words := "", -1
	for path := range m {
		if n, ok := fits(path, address); ok && n > words {
			best, words = path, n
		}
	}
	return strings.Join(slices.Sorted(slices.Values(m[best])), ", ")
}

// fits reports whether the address is one of the path's, and how many of its
// parts are not variables.
func fits(path, address string) (words int, ok bool) {
	parts, given := strings.Split(path, "/"), strings.Split(address, "/")
	if len(parts) != len(given) {
		return 0, false
	}
	for i, part := range parts {
		switch {
		case part == given[i]:
			words++
		case !strings.HasPrefix(part, "{") || given[i] == "":
			return 0, false
		}
	}
	return words, true
}
