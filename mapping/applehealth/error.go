package applehealth

import (
	"slices"

	"nutrigate/mapping"
)

// exportAgain is the advice where only the Health app can give a whole file.
const exportAgain = "export again in the Health app: the picture at the top right, Export All Health Data"

// issues is a list of issues without repetition.
type issues struct{ list []mapping.Issue }

// maxIssues bounds the list for a document in which everything has another name.
const maxIssues = 1000

func (l *issues) add(sort mapping.Sort, path, reason string) {
	issue := mapping.Issue{Sort: sort, Path: path, Reason: reason}
	switch {
	case slices.Contains(l.list, issue):
	case len(l.list) < maxIssues:
		l.list = append(l.list, issue)
	case len(l.list) == maxIssues:
		l.list = append(l.list, mapping.Issue{Sort: sort, Path: Source, Reason: "there are more issues than are listed"})
	}
}
