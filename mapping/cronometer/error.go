package cronometer

import (
	"slices"
	"strings"

	"nutrigate/mapping"
)

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
