package applehealth

import (
	_ "embed"
	"strings"
	"sync"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

//go:embed metrics.csv
var metricsCSV []byte

//go:embed units.csv
var unitsCSV []byte

//go:embed workouts.csv
var workoutsCSV []byte

// metrics has the vocabulary's key of each type of measurement.
var metrics = sync.OnceValue(func() map[string]string {
	return pairs("metrics.csv", metricsCSV, "type,key,source")
})

//go:embed tracks.csv
var tracksCSV []byte

//go:embed events.csv
var eventsCSV []byte

//go:embed stages.csv
var stagesCSV []byte

// A trackOf is what the samples of a type are in a workout.
type trackOf struct{ what, unit string }

var tracks = sync.OnceValue(func() map[string]trackOf {
	found := map[string]trackOf{}
	for _, c := range mustRead("tracks.csv", tracksCSV, "type,what,unit,source") {
		found[c[0]] = trackOf{c[1], c[2]}
	}
	return found
})

// events has what each type of a workout's events is.
var events = sync.OnceValue(func() map[string]string {
	return pairs("events.csv", eventsCSV, "type,event,source")
})

// stages has the stage of each value of a sample of sleep.
var stages = sync.OnceValue(func() map[string]string {
	return pairs("stages.csv", stagesCSV, "value,stage,source")
})

//go:embed nutrients.csv
var nutrientsCSV []byte

// A nutrient is what a type of dietary sample is.
type nutrient struct {
	key  string // of the vocabulary, or unknown to it
	unit string // any unit of whose dimension it may have
	// factor turns unit into to, where the vocabulary has it in another dimension.
	factor, to string
}

var nutrients = sync.OnceValue(func() map[string]nutrient {
	found := map[string]nutrient{}
	for _, c := range mustRead("nutrients.csv", nutrientsCSV, "type,key,unit,factor,to,source,note") {
		found[c[0]] = nutrient{c[1], c[2], c[3], c[4]}
	}
	return found
})

// workouts has the name of each kind of workout.
var workouts = sync.OnceValue(func() map[string]string {
	return pairs("workouts.csv", workoutsCSV, "type,name,key,source")
})

// pairs reads the first two columns of a table.
func pairs(name string, doc []byte, header string) map[string]string {
	found := map[string]string{}
	for _, c := range mustRead(name, doc, header) {
		found[c[0]] = c[1]
	}
	return found
}

// mustRead panics at a fault in an embedded table: it is one in the program.
func mustRead(name string, doc []byte, header string) [][]string {
	rows, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		panic(err)
	}
	return rows
}

// A unit is what a unit of HealthKit stands for.
type unit struct {
	code string // UCUM
	// factor is what a value is to be multiplied by; empty for one.
	factor string
}

var units = sync.OnceValue(func() map[string]unit {
	found := map[string]unit{}
	for _, c := range mustRead("units.csv", unitsCSV, "unit,code,factor,source") {
		found[c[0]] = unit{c[1], c[2]}
	}
	return found
})

// unitOf returns what a unit stands for. One that the table lacks becomes an
// annotation, and known is false.
func unitOf(written string) (u unit, known bool) {
	plain := written
	if before, rest, ok := strings.Cut(written, "<"); ok { // mmol<180.15588000005408>/L
		_, after, _ := strings.Cut(rest, ">")
		plain = before + after
	}
	if u, known := units()[plain]; known {
		return u, true
	}
	if plain == "" {
		return unit{code: "1"}, false
	}
	return unit{code: "{" + strings.Map(annotation, plain) + "}"}, false
}

// annotation replaces what may not stand between the braces of an annotation:
// only the ASCII characters 33 to 126 may, without braces (UCUM 2.2, section 6).
func annotation(c rune) rune {
	if c <= ' ' || c > '~' || c == '{' || c == '}' {
		return '_'
	}
	return c
}

// quantity reads a value in its unit, digits as written; only the point of a
// percentage moves. It is false if the value is no number.
func quantity(value, written string) (q record.Quantity, knownUnit, ok bool) {
	number, err := record.ParseDecimal(strings.TrimSpace(value))
	if err != nil {
		return q, false, false
	}
	u, known := unitOf(strings.TrimSpace(written))
	q = record.Quantity{Value: number, Unit: u.code}
	if u.factor != "" {
		if q, err = vocab.Multiply(q, u.factor, u.code); err != nil {
			return q, known, false
		}
	}
	return q, known, true
}

// A role is what a type of sample is to records.
type role int

const (
	none     role = iota // records have no place for it
	metric               // a measurement
	tracked              // measured in workouts alone
	eaten                // an amount of a nutrient
	sleep                // a stage of one
	pressure             // one of the two numbers of a blood pressure
)

const (
	systolicType  = "HKQuantityTypeIdentifierBloodPressureSystolic"
	diastolicType = "HKQuantityTypeIdentifierBloodPressureDiastolic"
	pressureType  = "HKCorrelationTypeIdentifierBloodPressure"
)

func roleOf(typ string) role {
	switch _, measured := metrics()[typ]; {
	case measured:
		return metric
	case tracks()[typ].what != "":
		return tracked
	case nutrients()[typ].key != "":
		return eaten
	case typ == sleepType:
		return sleep
	case typ == systolicType, typ == diastolicType:
		return pressure
	}
	return none
}

// correlated reports whether records have a place for a type of correlation.
func correlated(typ string) bool { return typ == pressureType || typ == foodType }
