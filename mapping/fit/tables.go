package fit

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/muktihari/fit/profile/factory"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"

	"nutrigate/mapping/vocab"
)

//go:embed sports.csv
var sportsCSV []byte

//go:embed measurements.csv
var measurementsCSV []byte

//go:embed unmapped.csv
var unmappedCSV []byte

// sport is FIT's pair of numbers for an exercise. Both are one byte and grow
// with the profile: readers show newer numbers as they are.
type sport struct{ sport, sub uint8 }

var sports = sync.OnceValue(func() map[string]sport {
	all := map[string]sport{}
	for i, c := range rows("sports.csv", sportsCSV, "key,sport,sub_sport,source,note") {
		major, err := strconv.ParseUint(c[1], 10, 8)
		minor, errSub := strconv.ParseUint(c[2], 10, 8)
		if _, twice := all[c[0]]; twice || err != nil || errSub != nil {
			panic(fmt.Sprintf("sports.csv line %d: key there twice, or no numbers", i+2))
		}
		all[c[0]] = sport{uint8(major), uint8(minor)}
	}
	return all
})

// measurementKind is a message that a file of one measurement holds.
type measurementKind struct {
	name         string
	number       typedef.MesgNum
	file         typedef.File
	documentType string
	lead         string // the metric without which importers refuse the file
}

func measurementKinds() []measurementKind {
	return []measurementKind{
		{"weight_scale", typedef.MesgNumWeightScale, typedef.FileWeight, TypeWeight, "weight"},
		{"blood_pressure", typedef.MesgNumBloodPressure, typedef.FileBloodPressure, TypeBloodPressure, "blood_pressure"},
	}
}

// place is where a measured value goes.
type place struct {
	kind  measurementKind
	field byte
	unit  string
	scale int64
	limit int64 // the highest number that still means a value
	row   int   // in the table
}

var places = sync.OnceValue(func() map[string]place {
	all := map[string]place{}
	for i, c := range rows("measurements.csv", measurementsCSV, "key,message,field,unit,source,note") {
		p, ok := placeOf(c[1], c[2])
		if _, twice := all[c[0]]; twice || !ok {
			panic(fmt.Sprintf("measurements.csv line %d: key there twice, or no such field", i+2))
		}
		p.unit, p.row = c[3], i
		all[c[0]] = p
	}
	return all
})

// placeOf looks a field up in the profile.
func placeOf(message, field string) (place, bool) {
	for _, k := range measurementKinds() {
		for n := byte(0); k.name == message && n < proto.FieldNumTimestamp; n++ {
			if f := factory.CreateField(k.number, n); f.Name == field {
				// The highest number means "invalid", and the one below it
				// "calculating" in a weight.
				limit := int64(1)<<(8*f.BaseType.Size()) - 3
				return place{kind: k, field: n, scale: int64(f.Scale), limit: limit}, true
			}
		}
	}
	return place{}, false
}

var unmapped = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, c := range rows("unmapped.csv", unmappedCSV, "key,reason,source") {
		all[c[0]] = c[1]
	}
	return all
})

//go:embed tracks.csv
var tracksCSV []byte

// A trackField is the field of record messages that has what a track measures.
type trackField struct {
	what          string
	number        byte
	unit          string
	scale, offset int64
	max           int64 // the highest number that does not mean "invalid"
}

var trackFields = sync.OnceValue(func() []trackField {
	var all []trackField
	for _, c := range rows("tracks.csv", tracksCSV, "what,field,unit,scale,offset,max,source") {
		number, known := recordFields[c[1]]
		scale, err1 := strconv.ParseInt(c[3], 10, 64)
		offset, err2 := strconv.ParseInt(c[4], 10, 64)
		most, err3 := strconv.ParseInt(c[5], 10, 64)
		if err := errors.Join(err1, err2, err3); err != nil || !known {
			panic(fmt.Sprintf("tracks.csv: %s: %v", c[0], err))
		}
		all = append(all, trackField{c[0], number, c[2], scale, offset, most})
	}
	return all
})

// whyUnmapped returns the reason why a kind of record or a metric has no place in FIT.
func whyUnmapped(key string) string {
	if reason, ok := unmapped()[key]; ok {
		return reason
	}
	return "FIT has no message for it"
}

// rows reads a table of this package. A fault in it is a fault in the program.
func rows(name string, doc []byte, header string) [][]string {
	all, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		panic(err)
	}
	return all
}
