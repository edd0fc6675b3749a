// Package terra turns the records of a day into the JSON documents of Terra's
// API (docs.tryterra.co, data models v2022-03-16 to 2026.07).
//
// Terra's field names are irregular and hold the unit (vitamin_B12_mg). A field
// without a value is left out: missing is not zero. Which record goes into
// which field stands in the tables beside this file.
package terra

import (
	"fmt"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// MediaType is what every document of this format is sent as.
const MediaType = "application/json"

// Format represents records as Terra's JSON. The zero Format is ready.
type Format struct {
	// Samples asks for what was measured during an exercise or a sleep, point by point.
	Samples bool
}

var _ mapping.Format = Format{}

// Types lists the data types that can be asked for.
func Types() []string {
	return []string{"nutrition", "body", "activity", "daily", "sleep", "athlete"}
}

// Kinds returns the kinds of record that documents of a type are made of; none
// for athlete, which is about the person alone, and for types that there are not.
func Kinds(typ string) []record.Kind {
	switch typ {
	case "nutrition":
		return []record.Kind{record.KindServing, record.KindDay, record.KindTotal, record.KindMeal}
	case "body":
		return []record.Kind{record.KindBiometric}
	case "sleep":
		return []record.Kind{record.KindBiometric, record.KindSleep}
	case "activity":
		return []record.Kind{record.KindExercise}
	case "daily":
		return []record.Kind{record.KindExercise, record.KindBiometric, record.KindNote}
	}
	return nil
}

// Encode returns, as far as the day has records for them, one nutrition, one
// body and one daily document, and one activity for each exercise and one
// sleep for each sleep. It fails if a record names a zone that does not exist.
func (f Format) Encode(who record.Subject, day []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	e := encoder{format: f, who: who, day: day}
	steps := []func() error{e.nutrition, e.body, e.activities, e.sleeps, e.nights, e.daily}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, nil, fmt.Errorf("terra: %w", err)
		}
	}
	e.leaveOut()
	return e.docs, e.issues.list, nil
}

// Check returns an error if d is not what schemas/terra allows for its type.
func (Format) Check(d mapping.Document) error {
	return schemas.Check("terra/"+d.Type, d.Body)
}

// encoder collects the documents and issues of one day.
type encoder struct {
	format Format
	who    record.Subject
	day    []record.Record
	docs   []mapping.Document
	issues issues
}

// of returns the day's records of one kind, in order.
func (e *encoder) of(kind record.Kind) []*record.Record {
	var found []*record.Record
	for i := range e.day {
		if e.day[i].Kind == kind {
			found = append(found, &e.day[i])
		}
	}
	return found
}

// add encodes one document. An empty id stands for a document of the whole day.
func (e *encoder) add(typ, id string, day record.Date, content any, records []string) error {
	body, err := encode(content)
	if err != nil {
		return fmt.Errorf("encode %s: %w", typ, err)
	}
	if id == "" {
		id = record.NewID(e.who.ID, record.Kind("terra-"+typ), day, "")
	}
	e.docs = append(e.docs, mapping.Document{
		Type: typ, ID: id, Day: day, MediaType: MediaType, Body: body, Records: records,
	})
	return nil
}

// leaveOut reports the kinds for which Terra has no place.
func (e *encoder) leaveOut() {
	for i := range e.day {
		switch e.day[i].Kind {
		case record.KindFast:
			e.issues.lost("fast", "Terra has no fasts")
		case record.KindTarget:
			e.issues.lost("target", "Terra has no targets for nutrients")
		case record.KindPlan:
			e.issues.lost("plan", "Terra has no targets for nutrients")
		}
	}
}
