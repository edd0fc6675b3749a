package cronometer

import (
	"fmt"
	"slices"
	"strings"

	"nutrigate/mapping"
)

// An Error says where a file is at fault and what its owner can do. It names
// places, columns and dates, and never holds the value of any other cell, so
// it may be shown and logged.
type Error struct {
	File   string
	Line   int    // counted from 1, the header included; 0 where no line is at fault
	Column string // name in the header; empty where no column is at fault
	Reason string
	Advice string
}

// Error returns all of it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, " line %d", e.Line)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %q", e.Column)
	}
	b.WriteString(": " + e.Reason)
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// exportAgain is the advice where only Cronometer can give a whole file.
const exportAgain = "export the file again from Cronometer"

// issues is a list of issues without repetition.
type issues struct{ list []mapping.Issue }

// maxIssues bounds the list for a file that has something else unknown in every row.
const maxIssues = 1000

// add keeps an issue unless it is there already. Files give few issues, so
// looking through them costs less than a map.
func (l *issues) add(sort mapping.Sort, path, reason string) {
	issue := mapping.Issue{Sort: sort, Path: path, Reason: reason}
	switch {
	case slices.Contains(l.list, issue):
	case len(l.list) < maxIssues:
		l.list = append(l.list, issue)
	case len(l.list) == maxIssues:
		kind, _, _ := strings.Cut(path, " ")
		l.list = append(l.list, mapping.Issue{Sort: sort, Path: kind, Reason: "there are more issues than are listed"})
	}
}
