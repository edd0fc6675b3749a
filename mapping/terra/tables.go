package terra

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"nutrigate/mapping/vocab"
)

//go:embed nutrients.csv
var nutrientsCSV []byte

//go:embed biometrics.csv
var biometricsCSV []byte

//go:embed activities.csv
var activitiesCSV []byte

//go:embed meal_types.csv
var mealTypesCSV []byte

//go:embed amounts.csv
var amountsCSV []byte

//go:embed tracks.csv
var tracksCSV []byte

//go:embed waters.csv
var watersCSV []byte

// place is where a nutrient or a measurement goes. A key with no place has one
// row without path, whose note is the reason.
type place struct {
	typ    string // the document's type; empty for nutrients
	path   string // "[]" ends the name of a list of samples
	to     string // UCUM code of the field's unit
	factor string // what one unit of the vocabulary is in the field's, for this substance; empty for the general conversion
	note   string
}

var nutrientPlaces = sync.OnceValue(func() map[string][]place {
	places := map[string][]place{}
	for _, c := range mustRead("nutrients.csv", nutrientsCSV, "key,path,to,factor,source,note") {
		places[c[0]] = append(places[c[0]], place{path: c[1], to: c[2], factor: c[3], note: c[5]})
	}
	return places
})

var biometricPlaces = sync.OnceValue(func() map[string][]place {
	places := map[string][]place{}
	for _, c := range mustRead("biometrics.csv", biometricsCSV, "key,type,path,to,source,note") {
		places[c[0]] = append(places[c[0]], place{typ: c[1], path: c[2], to: c[3], note: c[5]})
	}
	return places
})

// activityTypes are Terra's ids by the vocabulary's key of an exercise.
var activityTypes = sync.OnceValue(func() map[string]int {
	return ids("activities.csv", mustRead("activities.csv", activitiesCSV, "key,type,source,note"))
})

// mealTypes are Terra's ids by the name of a diary group, in lower case.
var mealTypes = sync.OnceValue(func() map[string]int {
	return ids("meal_types.csv", mustRead("meal_types.csv", mealTypesCSV, "group,type,source,note"))
})

// measure is what the words behind an amount mean.
type measure struct {
	ucum string // the unit as written; empty where it is no unit of measure
	to   string // the unit of Terra's id
	id   int    // Terra's NutritionUnits
}

// measures are found by the words of an amount, in lower case.
var measures = sync.OnceValue(func() map[string]measure {
	all := map[string]measure{}
	for _, c := range mustRead("amounts.csv", amountsCSV, "text,ucum,to,unit,source,note") {
		all[c[0]] = measure{c[1], c[2], id("amounts.csv", c[3])}
	}
	return all
})

// A trackPlace is where the samples of a track go.
type trackPlace struct{ what, path, field, unit string }

// trackPlaces has a place for each thing that tracks measure.
var trackPlaces = sync.OnceValue(func() []trackPlace {
	var all []trackPlace
	for _, c := range mustRead("tracks.csv", tracksCSV, "what,path,field,to,source,note") {
		all = append(all, trackPlace{c[0], c[1], c[2], c[3]})
	}
	return all
})

// waters are the names of plain water, in lower case.
var waters = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, c := range mustRead("waters.csv", watersCSV, "food,source,note") {
		all[c[0]] = true
	}
	return all
})

// folded is how names are looked up in tables.
func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// mustRead reads an embedded table. A fault in it is a fault in the program.
func mustRead(name string, doc []byte, header string) [][]string {
	rows, err := vocab.ReadTable("terra/"+name, doc, header)
	if err != nil {
		panic(err)
	}
	return rows
}

func ids(name string, rows [][]string) map[string]int {
	all := make(map[string]int, len(rows))
	for _, c := range rows {
		all[c[0]] = id(name, c[1])
	}
	return all
}

func id(name, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("terra/%s: not an id: %q", name, text))
	}
	return n
}
