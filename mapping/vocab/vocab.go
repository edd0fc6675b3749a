// Package vocab is what is true for every source and format: which nutrients,
// biometrics and units there are, and how units convert.
//
// The tables lie beside this file, one row a thing. Loading them cannot fail
// in a built program: the tests read every row.
package vocab

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"sync"
)

// A Nutrient is something that food contains.
type Nutrient struct {
	Key     string // "saturated_fat"
	Name    string // as Cronometer writes it: "Saturated"
	Unit    string // canonical unit, a UCUM code
	Section string // "lipids"
	Source  string
}

// A Biometric is something that can be measured of a person.
type Biometric struct {
	Key  string
	Name string
	Unit string // canonical unit, a UCUM code
	// MolarMass is in g/mol; empty where amounts of substance are not used.
	MolarMass string
	Source    string
	Note      string
}

//go:embed nutrients.csv
var nutrientsCSV []byte

//go:embed biometrics.csv
var biometricsCSV []byte

//go:embed units.csv
var unitsCSV []byte

// Nutrients returns every nutrient, in catalogue order. Callers do not change it.
func Nutrients() []Nutrient { return nutrients().list }

// NutrientByKey returns one nutrient.
func NutrientByKey(key string) (Nutrient, bool) { return nutrients().get(key) }

// Biometrics returns every biometric. Callers do not change it.
func Biometrics() []Biometric { return biometrics().list }

// BiometricByKey returns one biometric.
func BiometricByKey(key string) (Biometric, bool) { return biometrics().get(key) }

// Units returns every unit. Callers do not change it.
func Units() []Unit { return units().list }

// UnitByCode returns one unit by its UCUM code.
func UnitByCode(code string) (Unit, bool) { return units().get(code) }

var nutrients = sync.OnceValue(func() *table[Nutrient] {
	return load("nutrients.csv", nutrientsCSV, "key,name,unit,section,source", func(c []string) (string, Nutrient) {
		return c[0], Nutrient{c[0], c[1], c[2], c[3], c[4]}
	})
})

var biometrics = sync.OnceValue(func() *table[Biometric] {
	return load("biometrics.csv", biometricsCSV, "key,name,unit,molar_mass,source,note", func(c []string) (string, Biometric) {
		return c[0], Biometric{c[0], c[1], c[2], c[3], c[4], c[5]}
	})
})

var units = sync.OnceValue(func() *table[Unit] {
	return load("units.csv", unitsCSV, "code,dimension,factor,offset,display,source", func(c []string) (string, Unit) {
		return c[0], newUnit(c)
	})
})

// table is a list with an index by key.
type table[T any] struct {
	list  []T
	index map[string]int
}

func (t *table[T]) get(key string) (T, bool) {
	i, ok := t.index[key]
	if !ok {
		var none T
		return none, false
	}
	return t.list[i], true
}

// load builds a table. A fault in it is a fault in the program, so it panics
// and names the line.
func load[T any](name string, doc []byte, header string, row func([]string) (string, T)) *table[T] {
	rows, err := ReadTable(name, doc, header)
	if err != nil {
		panic(err)
	}
	t := &table[T]{index: make(map[string]int, len(rows))}
	for i, c := range rows {
		key, value := row(c)
		if _, twice := t.index[key]; twice || key == "" {
			panic(fmt.Sprintf("%s line %d: key %q is empty or there twice", name, i+2, key))
		}
		t.index[key] = len(t.list)
		t.list = append(t.list, value)
	}
	return t
}

// ReadTable reads an embedded CSV table whose first line must be header and
// returns the other rows. The error names file and line. Formats and sources
// read their own tables with it.
func ReadTable(name string, doc []byte, header string) ([][]string, error) {
	first, rest, _ := bytes.Cut(doc, []byte("\n"))
	if string(first) != header {
		return nil, fmt.Errorf("%s line 1: header is %q, want %q", name, first, header)
	}
	r := csv.NewReader(bytes.NewReader(rest))
	r.FieldsPerRecord = bytes.Count(first, []byte(",")) + 1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows", name)
	}
	return rows, nil
}
