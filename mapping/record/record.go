// Package record is the hub model: what a person logged, in our own words.
//
// Sources produce records, formats consume them, the store keeps their
// versions. A record knows neither where it came from beyond its Origin nor
// what it will be turned into. The package is pure: no clock, network or disk.
package record

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kind says what sort of thing a record is.
type Kind string

// The kinds of record. A day's totals are one record for each nutrient, so
// that an edited day summary gives new versions to the nutrients that differ
// and to nothing else.
const (
	KindServing   Kind = "serving"   // one food eaten
	KindDay       Kind = "day"       // one calendar day's summary: completed or not, which nutrients it has
	KindTotal     Kind = "total"     // one nutrient's total of one day
	KindMeal      Kind = "meal"      // the nutrient totals of one diary group of one day
	KindExercise  Kind = "exercise"  // one exercise
	KindBiometric Kind = "biometric" // one measurement
	KindSleep     Kind = "sleep"     // one sleep
	KindNote      Kind = "note"      // one diary note
	KindFast      Kind = "fast"      // one fast
	KindTarget    Kind = "target"    // one nutrient's daily target
	KindPlan      Kind = "plan"      // all targets of the person as one set
)

// Kinds lists every kind, in the order in which records of one day are kept.
func Kinds() []Kind {
	return []Kind{
		KindServing, KindDay, KindTotal, KindMeal, KindExercise,
		KindBiometric, KindSleep, KindNote, KindFast, KindTarget, KindPlan,
	}
}

// Undated reports whether records of kind k hold from the day on which they
// were first seen until they are replaced, rather than for one day. All
// records of such a kind are replaced together.
func (k Kind) Undated() bool { return k == KindTarget || k == KindPlan }

// A Record is one thing that a person logged.
//
// Exactly one of the pointers below is set: the one that Kind names.
type Record struct {
	// ID is public, opaque and stable: the same in every representation.
	ID string `json:"id,omitempty"`
	// Slot tells records of one kind and day apart; it never changes while the record lives.
	Slot string `json:"slot,omitempty"`
	// Version counts from 1; zero where there is no store.
	Version int `json:"version,omitempty"`
	// Updated is when this version was stored, in UTC; zero where there is no store.
	Updated time.Time `json:"updated,omitzero"`
	// Deleted marks a tombstone: the record was logged once and is gone now.
	Deleted bool   `json:"deleted,omitempty"`
	Origin  Origin `json:"origin,omitzero"`

	Kind Kind `json:"kind"`
	// Day is the calendar day in the person's own life, without a zone. For an
	// undated kind it is the day on which the record was first seen.
	Day Date `json:"day"`
	// Time is the wall-clock time as logged; empty where none was.
	Time Clock `json:"time,omitempty"`
	// Zone is the IANA zone in which Day and Time are meant, or the offset from
	// Greenwich, written +01:00, where only that is known; empty where nobody said.
	Zone string `json:"zone,omitempty"`
	// Source is the source that has it; empty for Cronometer, the first that there
	// was. What one source says of a day is replaced apart from what others say.
	Source string `json:"source,omitempty"`

	Serving   *Serving   `json:"serving,omitempty"`
	DayTotals *DayTotals `json:"day_totals,omitempty"`
	Total     *Total     `json:"total,omitempty"`
	Meal      *Meal      `json:"meal,omitempty"`
	Exercise  *Exercise  `json:"exercise,omitempty"`
	Biometric *Biometric `json:"biometric,omitempty"`
	Sleep     *Sleep     `json:"sleep,omitempty"`
	Note      *Note      `json:"note,omitempty"`
	Fast      *Fast      `json:"fast,omitempty"`
	Target    *Target    `json:"target,omitempty"`
	Plan      *Plan      `json:"plan,omitempty"`
}

// Origin is where a record was read: the raw document and the line in it.
type Origin struct {
	Document string `json:"document,omitempty"` // id of the raw document, or its file name where there is no store
	Line     int    `json:"line,omitempty"`     // line number, counted from 1; the header is line 1
}

// Metric names what a record measures: the nutrient of a total or target, the
// metric of a biometric, empty for every other kind. It is what searches by
// code are answered from.
func (r *Record) Metric() string {
	switch {
	case r.Total != nil:
		return r.Total.Nutrient
	case r.Biometric != nil:
		return r.Biometric.Metric
	case r.Target != nil:
		return r.Target.Nutrient
	}
	return ""
}

// Content returns what the person logged as JSON, without identity, version
// and origin. Two records say the same exactly if their contents are equal
// bytes. The day of an undated record is left out: it says when we first saw it.
func (r *Record) Content() ([]byte, error) {
	return NewEncoder().content(r)
}

// takeNutrients returns the nutrients of a serving or meal and leaves r without.
func (r *Record) takeNutrients() Nutrients {
	var taken Nutrients
	switch {
	case r.Serving != nil:
		s := *r.Serving
		taken, s.Nutrients = s.Nutrients, nil
		r.Serving = &s
	case r.Meal != nil:
		m := *r.Meal
		taken, m.Nutrients = m.Nutrients, nil
		r.Meal = &m
	}
	return taken
}

// Decode reads a record's content as Content wrote it.
func Decode(content []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(content, &r); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	return r, nil
}

// A Subject is the person whom records are about.
type Subject struct {
	// ID is the person's public id, a UUID; ids of records are derived from it.
	ID string
	// Reference is the operator's own name for the person; never put into a FHIR or FIT document.
	Reference string
}
