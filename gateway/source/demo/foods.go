package demo

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"nutrigate/mapping/vocab"
)

//go:embed foods.csv
var foodsCSV []byte

//go:embed columns.csv
var columnsCSV []byte

//go:embed exercises.csv
var exercisesCSV []byte

// A food is a made-up food and what a portion of it contains.
type food struct {
	name, category string
	portion        int64 // hundredths of unit
	unit           string
	meals          string // the letters of the meals at which it is eaten
	nutrients      []amount
}

// An amount is a nutrient's amount, which may be unknown.
type amount struct {
	hundredths int64
	known      bool
}

// A foodTable is the foods and the names of their nutrients.
type foodTable struct {
	columns []string
	foods   []food
}

// foods reads the table; the tests read every row, so that it cannot fail in a
// built program.
var foods = sync.OnceValue(func() foodTable {
	header, _, _ := strings.Cut(string(foodsCSV), "\n")
	names := strings.Split(header, ",")
	t := foodTable{columns: names[5 : len(names)-1]}
	for _, c := range readTable("foods.csv", foodsCSV, header) {
		f := food{name: c[0], category: c[1], portion: hundredths(c[2]), unit: c[3], meals: c[4]}
		for _, cell := range c[5 : len(c)-1] {
			a := amount{known: cell != ""}
			if a.known {
				a.hundredths = hundredths(cell)
			}
			f.nutrients = append(f.nutrients, a)
		}
		t.foods = append(t.foods, f)
	}
	return t
})

// foodsFor returns the foods that are eaten at a meal.
var foodsFor = sync.OnceValue(func() map[byte][]*food {
	byMeal := map[byte][]*food{}
	list := foods().foods
	for i := range list {
		for _, meal := range []byte(list[i].meals) {
			byMeal[meal] = append(byMeal[meal], &list[i])
		}
	}
	return byMeal
})

// A column is a nutrient column of an export.
type column struct {
	header string
	index  int // in foodTable.columns
	// kilojoules says that the table's kcal are to be converted.
	kilojoules bool
}

const energyColumn = "Energy (kcal)"

// columnsFor returns the nutrient columns of a variant, in its order.
func columnsFor(v Variant) ([]column, error) {
	positions := map[int]int{95: 1, 0: 2, 61: 2, 52: 3}
	place, ok := positions[v.Nutrients]
	if !ok {
		return nil, fmt.Errorf("synthetic export: no header with %d nutrients, only with 52, 61 and 95", v.Nutrients)
	}
	if v.Legacy {
		place = 4
	}
	index := map[string]int{}
	for i, name := range foods().columns {
		index[name] = i
	}
	rows := readTable("columns.csv", columnsCSV, "column,catalogue,from_2026,until_2026,until_2016,source")
	columns := make([]column, len(rows))
	n := 0
	for _, c := range rows {
		if c[place] == "" {
			continue
		}
		col := column{header: c[0], index: index[c[0]]}
		if v.Kilojoules && col.header == energyColumn {
			col.header, col.kilojoules = "Energy (kJ)", true
		}
		columns[number(c[place])-1] = col
		n++
	}
	return columns[:n], nil
}

func headers(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.header
	}
	return names
}

// in returns the amounts of the columns in q quarters of a portion of f.
func (f *food) in(columns []column, quarters int64) []amount {
	all := make([]amount, len(columns))
	for i, c := range columns {
		a := f.nutrients[c.index]
		a.hundredths = divide(a.hundredths*quarters, 4)
		if c.kilojoules {
			a.hundredths = divide(a.hundredths*4184, 1000)
		}
		all[i] = a
	}
	return all
}

// divide rounds half up.
func divide(n, by int64) int64 { return (n + by/2) / by }

func readTable(name string, doc []byte, header string) [][]string {
	rows, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		panic(err)
	}
	return rows
}

func hundredths(cell string) int64 {
	whole, fraction, _ := strings.Cut(cell, ".")
	if len(fraction) != 2 {
		panic(fmt.Sprintf("not a number with two decimals: %q", cell))
	}
	return int64(number(whole))*100 + int64(number(fraction))
}

func number(cell string) int {
	n, err := strconv.Atoi(cell)
	if err != nil {
		panic(fmt.Sprintf("not a whole number: %q", cell))
	}
	return n
}
