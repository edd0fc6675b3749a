package grant

import (
	"net/url"
	"slices"
	"strings"
)

// A Level says whose data a permission is about.
type Level string

// The levels of SMART's scopes.
const (
	Patient Level = "patient" // of the one person whom the launch is about
	User    Level = "user"    // of all whom the app's user may see
	System  Level = "system"  // of all of the tenant, with no person at the app
)

// A Permission is a scope as a client names it.
type Permission struct {
	Level Level
	Scope
	query string // as the client wrote it
	first bool   // it was named in the words of SMART 1: patient/*.read
}

// The words that are no permissions: about the person at the app, and about how
// long it may go on.
const (
	OpenID        = "openid"
	FHIRUser      = "fhirUser"
	Launch        = "launch"
	LaunchPatient = "launch/patient"
	Offline       = "offline_access"
	Online        = "online_access"
)

// Words lists them.
func Words() []string {
	return []string{OpenID, FHIRUser, Launch, LaunchPatient, Offline, Online}
}

// ParsePermission reads one scope, and reports whether it is one of which
// anything can be granted: what is there is read and, but for the subscriptions
// of services, never written, so that of "cruds" only "rs" stays, and of
// "patient/*.write" nothing.
func ParsePermission(text string) (Permission, bool) {
	level, rest, ok := strings.Cut(text, "/")
	p := Permission{Level: Level(level)}
	if !ok || !plain(text) || (p.Level != Patient && p.Level != User && p.Level != System) {
		return Permission{}, false
	}
	rest, query, asks := strings.Cut(rest, "?")
	typ, letters, dotted := strings.Cut(rest, ".")
	p.Type = typ
	if p.Actions, p.first, ok = actions(letters, p.Level == System && typ == "Subscription"); !dotted || !ok || !typeName(typ) {
		return Permission{}, false
	}
	if !asks {
		return p, true
	}
	if p.query, p.Query, ok = condition(query); !ok || typ == "*" || p.first {
		return Permission{}, false // a condition is about the parameters of one type
	}
	return p, true
}

// plain reports whether text has only what a scope may have (RFC 6749 section 3.3).
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

// typeName reports whether there could be such a resource type.
func typeName(t string) bool {
	if t == "*" {
		return true
	}
	return t != "" && t[0] >= 'A' && t[0] <= 'Z' && !strings.ContainsFunc(t, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// actions reads what stands behind the dot: some letters of "cruds" in their
// order, or a word of SMART 1. first says that it was such a word.
func actions(text string, writes bool) (found []Action, first, ok bool) {
	switch text {
	case "read", "*":
		return []Action{Read, Search}, true, true
	case "":
		return nil, false, false
	}
	rest := "cruds"
	for i := range len(text) {
		_, after, known := strings.Cut(rest, text[i:i+1])
		if !known {
			return nil, false, false
		}
		if rest = after; writes || Action(text[i]) == Read || Action(text[i]) == Search {
			found = append(found, Action(text[i]))
		}
	}
	return found, false, len(found) > 0
}

// maxCondition bounds a condition, as each resource is compared with it.
const maxCondition = 500

// condition reads what a resource has to meet. What says how a search answers,
// and not what it finds, is no condition.
func condition(text string) (string, url.Values, bool) {
	query, err := url.ParseQuery(text)
	if err != nil || len(query) == 0 || len(text) > maxCondition {
		return "", nil, false
	}
	for name, values := range query {
		if name == "" || slices.Contains(values, "") || answering(name) {
			return "", nil, false
		}
	}
	return text, query, true
}

// answering reports whether a parameter says how a search answers.
func answering(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	return strings.HasPrefix(name, "_") && !slices.Contains([]string{"_id", "_tag", "_profile", "_security", "_lastUpdated"}, name)
}

// String writes a permission as a client reads it.
func (p Permission) String() string {
	letters := ""
	for _, a := range p.Actions {
		letters += string(a)
	}
	if p.first && letters == "rs" {
		letters = "read"
	}
	text := string(p.Level) + "/" + p.Type + "." + letters
	if p.query != "" {
		text += "?" + p.query
	}
	return text
}

// within returns what of p another permission has too.
func (p Permission) within(o Permission) (Permission, bool) {
	if p.Level != o.Level || (p.Type != o.Type && p.Type != "*" && o.Type != "*") {
		return Permission{}, false
	}
	both := Permission{Level: p.Level, first: p.first}
	if both.Type = p.Type; p.Type == "*" {
		both.Type = o.Type
	}
	for _, a := range p.Actions {
		if slices.Contains(o.Actions, a) {
			both.Actions = append(both.Actions, a)
		}
	}
	conditions := slices.DeleteFunc([]string{p.query, o.query}, func(q string) bool { return q == "" })
	both.query = strings.Join(slices.Compact(conditions), "&")
	if both.query == "" {
		return both, len(both.Actions) > 0
	}
	both.first = false // SMART 1 has no conditions
	var err error
	both.Query, err = url.ParseQuery(both.query)
	return both, err == nil && len(both.Actions) > 0
}
