package terra

import (
	"fmt"
	"strings"

	"nutrigate/mapping"
)

// shownIssues is how many issues a Warning spells out, and maxReason how long
// one may be: a header field is no place for a report.
const (
	shownIssues = 3
	maxReason   = 200
)

// warning tells of what a representation could not carry or had to assume, in
// a header field, since neither Terra's JSON nor FIT has a place for it:
// Warning 199, "miscellaneous" (RFC 7234 section 5.5; retired by RFC 9111 for
// caches, still the only field for this).
func warning(issues []mapping.Issue) [][2]string {
	if len(issues) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d issues", len(issues))
	if len(issues) == 1 {
		b.Reset()
		b.WriteString("1 issue")
	}
	for i, issue := range issues {
		if i == shownIssues {
			b.WriteString("; and more")
			break
		}
		fmt.Fprintf(&b, "; %s %s: %s", issue.Sort, ascii(issue.Path), ascii(issue.Reason))
	}
	return [][2]string{{"Warning", `199 nutrigate "` + b.String() + `"`}}
}

// ascii makes text fit for a quoted string in a header field.
func ascii(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\':
			return '\''
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, s)
	if len(s) > maxReason {
		return s[:maxReason] + "..."
	}
	return s
}
