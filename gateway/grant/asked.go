package grant

import (
	"slices"
	"strings"
)

// An Asked is what the scopes of a client ask for, or may ask for.
type Asked struct {
	Permissions []Permission
	words       []string
}

// maxScopes bounds what one client may ask for.
const maxScopes = 100

// Parse reads scopes, which have spaces between them. What we do not know, and
// what nobody is granted, is left out (RFC 6749 section 3.3: the server may
// ignore the scope partly).
func Parse(text string) Asked {
	var a Asked
	for one := range strings.FieldsSeq(text) {
		if len(a.Permissions)+len(a.words) == maxScopes {
			break
		}
		if slices.Contains(Words(), one) {
			a.words = add(a.words, one)
			continue
		}
		if p, ok := ParsePermission(one); ok {
			a.Permissions = p.addTo(a.Permissions)
		}
	}
	return a
}

// Unknown returns the first of the scopes that Parse leaves out or changes, and
// which is therefore nothing that a client could be allowed.
func Unknown(text string) (scope string, found bool) {
	for one := range strings.FieldsSeq(text) {
		if p, ok := ParsePermission(one); !slices.Contains(Words(), one) && (!ok || (p.String() != one && !p.first)) {
			return one, true
		}
	}
	return "", false
}

// Has reports whether one of the words is asked for.
func (a Asked) Has(word string) bool { return slices.Contains(a.words, word) }

// HasLevel reports whether a permission of the level is asked for.
func (a Asked) HasLevel(l Level) bool {
	return slices.ContainsFunc(a.Permissions, func(p Permission) bool { return p.Level == l })
}

// Within returns what is asked for and allowed too.
func (a Asked) Within(allowed Asked) Asked {
	var both Asked
	for _, word := range a.words {
		if allowed.Has(word) {
			both.words = append(both.words, word)
		}
	}
	for _, p := range a.Permissions {
		for _, o := range allowed.Permissions {
			if one, ok := p.within(o); ok && len(both.Permissions) < maxScopes {
				both.Permissions = one.addTo(both.Permissions)
			}
		}
	}
	return both
}

// Without returns what is asked for without a word, or without the permissions
// of a level.
func (a Asked) Without(words []string, levels ...Level) Asked {
	a.words = slices.DeleteFunc(slices.Clone(a.words), func(w string) bool { return slices.Contains(words, w) })
	a.Permissions = slices.DeleteFunc(slices.Clone(a.Permissions), func(p Permission) bool { return slices.Contains(levels, p.Level) })
	return a
}

// String writes the scopes with spaces between them.
func (a Asked) String() string {
	all := slices.Clone(a.words)
	for _, p := range a.Permissions {
		all = append(all, p.String())
	}
	return strings.Join(all, " ")
}

// Scopes returns what a caller with these permissions may see.
func (a Asked) Scopes() []Scope {
	var all []Scope
	for _, p := range a.Permissions {
		all = append(all, p.Scope)
	}
	return all
}

func (p Permission) addTo(all []Permission) []Permission {
	if slices.ContainsFunc(all, func(o Permission) bool { return o.String() == p.String() }) {
		return all
	}
	return append(all, p)
}

func add(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}
