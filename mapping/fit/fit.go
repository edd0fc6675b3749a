// Package fit writes records as FIT files: one activity file for each exercise,
// one weight file for each weight with the body composition measured with it,
// one blood pressure file for each reading.
//
// FIT (developer.garmin.com/fit) wants instants, whole kilocalories and fixed
// steps; what that costs comes back as issues. It has no message for nutrition.
package fit

import (
	"fmt"
	"slices"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// MediaType is the media type that is in use for FIT files.
const MediaType = "application/vnd.ant.fit"

// The types of document.
const (
	TypeActivity      = "activity"
	TypeWeight        = "weight"
	TypeBloodPressure = "blood_pressure"
)

// Spacing is the time between two record messages of an activity. Readers need
// records to take a file as an activity at all, and some drop what follows a
// gap of an hour.
type Spacing time.Duration

// Spacings that have a name.
const (
	EveryMinute Spacing = 0
	EverySecond         = Spacing(time.Second)
	EndsOnly    Spacing = -1 // one record at the start and one at the end
)

// ParseSpacing reads a spacing as a client asks for it: a duration of whole
// seconds ("1s", "5m"), "2" for two records, the start's and the end's, or ""
// for one a minute.
func ParseSpacing(s string) (Spacing, error) {
	switch s {
	case "":
		return EveryMinute, nil
	case "2":
		return EndsOnly, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second || d%time.Second != 0 {
		return 0, fmt.Errorf("not a time between records: want 2 or whole seconds such as 1s or 1m, got %q", s)
	}
	return Spacing(d), nil
}

// Format writes FIT files. The zero value writes one record message a minute.
type Format struct{ Records Spacing }

var _ mapping.Format = Format{}

// Encode implements mapping.Format. Each file is read back by a second library
// and compared with what was meant before it is returned; a difference is an error.
func (f Format) Encode(who record.Subject, day []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	var docs []mapping.Document
	var is issues
	found := groupMeasurements(day, &is)
	for i := range day {
		r := &day[i]
		doc, ok, err := f.document(who, r, found, &is)
		if err != nil {
			return nil, nil, fmt.Errorf("%s %s as FIT: %w", r.Kind, r.ID, err)
		}
		if ok {
			docs = append(docs, doc)
		}
	}
	return docs, is.list, nil
}

// document writes the file that r leads; it is false for a record that leads none.
func (f Format) document(who record.Subject, r *record.Record, found groups, is *issues) (mapping.Document, bool, error) {
	doc := mapping.Document{ID: r.ID, Day: r.Day, MediaType: MediaType, Records: []string{r.ID}}
	var messages []message
	var ok bool
	switch r.Kind {
	case record.KindExercise:
		doc.Type = TypeActivity
		messages, ok = exerciseToActivity(who, r, f.Records, is)
	case record.KindBiometric:
		g, leads := found[r]
		if !leads {
			return doc, false, nil // in another record's file, or reported by groupMeasurements
		}
		doc.Type = g.kind.documentType
		messages, doc.Records, ok = measurementToMessages(who, g, is)
	default:
		is.lost(string(r.Kind), whyUnmapped(string(r.Kind)))
	}
	if !ok {
		return doc, false, nil
	}
	body, err := write(messages)
	if err != nil {
		return doc, false, err
	}
	doc.Body = body
	return doc, true, nil
}

// FileName returns the name under which a document is saved:
// "2026-01-05-activity-6f1c2c5e.fit". The id keeps files of one day apart.
func FileName(d mapping.Document) string {
	return fmt.Sprintf("%s-%s-%s.fit", d.Day, d.Type, d.ID[:min(8, len(d.ID))])
}

// issues keeps each issue once, in the order in which they came.
type issues struct{ list []mapping.Issue }

func (is *issues) lost(path, reason string)    { is.add(mapping.Lost, path, reason) }
func (is *issues) assumed(path, reason string) { is.add(mapping.Assumed, path, reason) }
func (is *issues) unknown(path, reason string) { is.add(mapping.Unknown, path, reason) }

func (is *issues) add(sort mapping.Sort, path, reason string) {
	if i := (mapping.Issue{Sort: sort, Path: path, Reason: reason}); !slices.Contains(is.list, i) {
		is.list = append(is.list, i)
	}
}
