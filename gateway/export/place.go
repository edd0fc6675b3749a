package export

import (
	"encoding/json"
	"fmt"
	"slices"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// A place is how far an export has come: what its files hold, and who is next.
type place struct {
	Files []File `json:"files,omitempty"`
	// Type counts the types that are over; behind the last come deletions.
	Type     int  `json:"type"`
	Deleting bool `json:"deleting,omitempty"`
	// After is the last person of the type whose resources are in the files.
	After  string `json:"after,omitempty"`
	People int    `json:"people,omitempty"` // of the type, so far
	// Issues are those that the files tell of already.
	Issues []mapping.Issue `json:"issues,omitempty"`
}

// What a file can have.
const (
	Output  = "output"
	Deleted = "deleted"
	Errors  = "error"
)

// A File is a file of an export, as long as the store says and no longer.
type File struct {
	Name  string `json:"name"`
	List  string `json:"list"` // Output, Deleted or Errors
	Type  string `json:"type"` // of resource
	Bytes int64  `json:"bytes"`
	Count int64  `json:"count"` // lines
}

// Progress is what can be told of an export.
type Progress struct {
	Files []File
	// Type is what is being written, People of how many, and Resources how many
	// those are of all types together.
	Type      string
	People    int
	Resources int64
}

// ProgressOf reads how far an export has come.
func ProgressOf(job *store.Export) (Progress, error) {
	p, err := placeOf(job)
	if err != nil {
		return Progress{}, err
	}
	a, err := AskOf(job)
	if err != nil {
		return Progress{}, err
	}
	out := Progress{Files: slices.DeleteFunc(p.Files, func(f File) bool { return f.Count == 0 }), People: p.People}
	if p.Type < len(a.Types) {
		out.Type = a.Types[p.Type].Name
	}
	for _, f := range out.Files {
		if f.List == Output {
			out.Resources += f.Count
		}
	}
	return out, nil
}

func placeOf(job *store.Export) (place, error) {
	var p place
	if err := json.Unmarshal(job.Place, &p); err != nil {
		return p, fmt.Errorf("read the place of export %s: %w", job.ID, err)
	}
	return p, nil
}

// news returns the issues that were not told yet, and notes them.
func (p *place) news(issues []mapping.Issue) []mapping.Issue {
	var fresh []mapping.Issue
	for _, i := range issues {
		if len(p.Issues) < maxIssues && !slices.Contains(p.Issues, i) {
			p.Issues = append(p.Issues, i)
			fresh = append(fresh, i)
		}
	}
	return fresh
}

// maxIssues bounds what is told once each: they name places and never values,
// so that there are few.
const maxIssues = 1000
