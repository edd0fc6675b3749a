package search

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// words is a value of a string parameter (R4, search.html#string).
type words struct {
	text string // folded, unless exact
	how  string // "", "exact" or "contains"
}

func stringReading(modifier string) (func(string) (Value, error), error) {
	switch modifier {
	case "", "contains":
		return func(text string) (Value, error) { return words{folded(unescape(text)), modifier}, nil }, nil
	case "exact":
		return func(text string) (Value, error) { return words{unescape(text), modifier}, nil }, nil
	}
	return nil, fmt.Errorf("a string has no modifier :%s", modifier)
}

func (w words) meets(_ *Param, elements []any, _ *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool { return slices.ContainsFunc(texts(e), w.is) })
}

func (w words) is(text string) bool {
	switch w.how {
	case "exact":
		return text == w.text
	case "contains":
		return strings.Contains(folded(text), w.text)
	}
	return begins(text, w.text)
}

func begins(text, start string) bool { return text != "" && strings.HasPrefix(folded(text), start) }

// texts returns the texts in an element: itself, or the parts of a HumanName
// or Address.
func texts(element any) []string {
	switch e := element.(type) {
	case string:
		return []string{e}
	case map[string]any:
		var all []string
		for name, part := range e {
			if name == "use" || name == "type" || name == "period" {
				continue
			}
			for _, one := range walk(nil, part, nil) {
				if s, ok := one.(string); ok {
					all = append(all, s)
				}
			}
		}
		return all
	}
	return nil
}

// folded leaves out what a comparison of strings does not see: case, accents,
// punctuation, and how much white space there is.
func folded(text string) string {
	var b strings.Builder
	space := false
	for _, c := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, c), unicode.IsPunct(c):
		case unicode.IsSpace(c):
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return b.String()
}

// address is a value of a uri parameter: equal to the last character
// (R4, search.html#uri); a canonical may have its version behind it.
type address string

func parseURI(text string) (Value, error) { return address(unescape(text)), nil }

func (a address) meets(_ *Param, elements []any, _ *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		text, ok := e.(string)
		bare, _, _ := strings.Cut(text, "|")
		return ok && (text == string(a) || bare == string(a))
	})
}
