// Package mapping is what documents mean: the words that sources and formats
// share. The packages below it are pure; they know no clock, network or disk.
package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"nutrigate/mapping/record"
)

// Sort says how an Issue touches what the reader gets.
type Sort string

// The sorts of issue.
const (
	Lost    Sort = "lost"    // the format has no place for it
	Assumed Sort = "assumed" // something that nobody logged had to be supposed
	Unknown Sort = "unknown" // the vocabulary lacks it; it is carried under its own name
)

// An Issue is one thing that a mapping could not carry, had to assume, or did
// not know. It names places, never values: it may be shown and logged.
type Issue struct {
	Sort Sort `json:"sort"`
	// Path is the place in the record or document: "serving.nutrients.oxalate".
	Path string `json:"path"`
	// Reason is for the user: why, and what was done instead.
	Reason string `json:"reason"`
}

// A Document is one representation: the bytes that leave.
type Document struct {
	// Type is the format's own name for it: "nutrition", "Observation", "activity".
	Type string
	// ID is the public id: that of the record, where there is one record.
	ID        string
	Day       record.Date
	MediaType string
	Body      []byte
	// Records are the ids of the records that it was made of.
	Records []string
}

// A Format turns records into representations.
type Format interface {
	// Encode represents records of one person and one day, in the order in
	// which the store gives them; tombstones are not among them. It is pure:
	// the same input gives the same bytes. What a document cannot carry comes
	// back as issues, each once.
	Encode(who record.Subject, day []record.Record) ([]Document, []Issue, error)
	// Check returns an error if d is not what its published schema allows. The
	// error names the place, not the value.
	Check(d Document) error
}

// Checked is f.Encode followed by f.Check of every document: nothing unchecked
// leaves. One bad document fails the whole day.
func Checked(f Format, who record.Subject, day []record.Record) ([]Document, []Issue, error) {
	docs, issues, err := f.Encode(who, day)
	if err != nil {
		return nil, nil, err
	}
	for i := range docs {
		if err := f.Check(docs[i]); err != nil {
			return nil, nil, fmt.Errorf("%s %s: %w", docs[i].Type, docs[i].ID, err)
		}
	}
	return docs, issues, nil
}

// A Report counts issues over many documents. The zero Report is empty and ready.
type Report struct{ counts map[Issue]int }

// Add counts issues.
func (r *Report) Add(issues ...Issue) {
	if r.counts == nil && len(issues) > 0 {
		r.counts = map[Issue]int{}
	}
	for _, i := range issues {
		r.counts[i]++
	}
}

// A Count is an issue and how often it came.
type Count struct {
	Issue
	Count int `json:"count"`
}

// Counts returns the issues, most frequent first.
func (r *Report) Counts() []Count {
	all := make([]Count, 0, len(r.counts))
	for _, i := range slices.SortedFunc(maps.Keys(r.counts), compareIssues) {
		all = append(all, Count{i, r.counts[i]})
	}
	slices.SortStableFunc(all, func(a, b Count) int { return b.Count - a.Count })
	return all
}

func compareIssues(a, b Issue) int {
	return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
}
