package cronometer

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

//go:embed columns.csv
var columnsCSV []byte

// A nutrientColumn is a column of amounts of one nutrient.
type nutrientColumn struct {
	index   int
	key     string
	unit    string // UCUM
	unknown bool   // the vocabulary lacks it
}

// knownColumns are the nutrient columns that the table has.
type knownColumns struct {
	byHeader map[string]nutrientColumn
	byName   map[string]string // header without its unit, to the key
	// byPlainName has the first column of each name: the unit of today's headers.
	byPlainName map[string]nutrientColumn
}

var columns = sync.OnceValue(func() *knownColumns {
	t := &knownColumns{byHeader: map[string]nutrientColumn{}, byName: map[string]string{}, byPlainName: map[string]nutrientColumn{}}
	for _, c := range mustRead("columns.csv", columnsCSV, "header,key,unit,source") {
		t.byHeader[c[0]] = nutrientColumn{key: c[1], unit: c[2]}
		if name, _, ok := cutParenthesis(c[0]); ok && t.byName[name] == "" {
			t.byName[name] = c[1]
			t.byPlainName[name] = t.byHeader[c[0]]
		}
	}
	return t
})

// mustRead returns an embedded table. A fault in it is a fault in the program.
func mustRead(name string, doc []byte, header string) [][]string {
	rows, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		panic(err)
	}
	return rows
}

// nutrient returns what a header of the form "Name (unit)" stands for; it is
// false for a header of another form.
func nutrient(header string) (nutrientColumn, bool) {
	name, label, ok := cutParenthesis(plainMicro(header))
	if !ok {
		return nutrientColumn{}, false
	}
	return nutrientIn(name, label), true
}

// nutrientIn returns the nutrient that a name stands for where amounts are in
// the unit of the label. A name of the table in another unit is that nutrient
// only if the units convert: micrograms of vitamin D are not the international
// units that the vocabulary has.
func nutrientIn(name, label string) nutrientColumn {
	header := name + " (" + label + ")"
	if c, known := columns().byHeader[header]; known {
		return c
	}
	u, _ := unitOf(label)
	key, known := columns().byName[name]
	switch {
	case known && u.nutrients && sameDimension(key, u.code):
		return nutrientColumn{key: key, unit: u.code}
	case known:
		return nutrientColumn{key: record.Unknown(header), unit: u.code, unknown: true}
	}
	return nutrientColumn{key: record.Unknown(name), unit: u.code, unknown: true}
}

// sameDimension reports whether amounts in unit are amounts of the nutrient.
func sameDimension(key, unit string) bool {
	n, known := vocab.NutrientByKey(key)
	a, _ := vocab.UnitByCode(n.Unit)
	b, hasUnit := vocab.UnitByCode(unit)
	return known && hasUnit && a.Dimension == b.Dimension
}

// cutParenthesis splits "B1 (Thiamine) (mg)" into "B1 (Thiamine)" and "mg".
func cutParenthesis(text string) (before, inside string, ok bool) {
	open := strings.LastIndex(text, " (")
	if open < 1 || !strings.HasSuffix(text, ")") {
		return "", "", false
	}
	inside = text[open+2 : len(text)-1]
	return strings.TrimSpace(text[:open]), inside, inside != "" && !strings.Contains(inside, ")")
}

// plainMicro writes the Greek letter mu as the micro sign, as the exports do.
func plainMicro(s string) string { return strings.ReplaceAll(s, "\u03bc", "\u00b5") }

// nutrients resolves the columns of nutrients, in the order of the vocabulary
// and then of names: Cronometer has moved columns (Net Carbs before Carbs, in
// 2026), and a record that says the same must be the same bytes. A second
// column of the same nutrient is not read.
func (s *sheet) nutrients() []nutrientColumn {
	var list []nutrientColumn
	taken := map[string]bool{}
	for i, header := range s.columns {
		c, ok := nutrient(header)
		switch {
		case !ok:
		case taken[c.key]:
			s.unread = append(s.unread, unread{i, "another column has the same nutrient; this one's cells are left out"})
		default:
			taken[c.key] = true
			c.index = i
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b nutrientColumn) int {
		return cmp.Or(cmp.Compare(rank(a.key), rank(b.key)), cmp.Compare(a.key, b.key))
	})
	return list
}

// rank is a nutrient's place in the vocabulary, behind all others for an
// unknown one.
func rank(key string) int {
	all := vocab.Nutrients()
	i := slices.IndexFunc(all, func(n vocab.Nutrient) bool { return n.Key == key })
	if i < 0 {
		return len(all)
	}
	return i
}

// computed is the nutrient that Cronometer works out from others: carbohydrates
// less fiber and sugar alcohols, which rounding can bring below zero.
const computed = "net_carbohydrates"

// nutrientsOf reads the amounts of one row. An empty cell is an unknown
// amount, not zero, and is left out.
func (r *row) nutrientsOf(columns []nutrientColumn) (record.Nutrients, error) {
	filled := 0
	for i := range columns {
		if r.cells[columns[i].index] != "" {
			filled++
		}
	}
	if filled == 0 {
		return nil, nil
	}
	list := make(record.Nutrients, 0, filled)
	for i := range columns {
		c := &columns[i]
		text := r.cells[c.index]
		if text == "" {
			continue
		}
		value, problem := r.sheet.decimal(text)
		if value.Negative() {
			problem = negative
		}
		if problem == negative && c.key == computed {
			r.sheet.issues.add(mapping.Lost, r.sheet.path(c.index), "net carbohydrates are computed by the source, and below zero they are no amount; left out")
			continue
		}
		if c.unknown {
			r.sheet.reportUnknown(c, value, problem)
			if problem != "" {
				continue
			}
		}
		if problem != "" {
			return nil, r.fault(c.index, problem, problemAdvice(problem))
		}
		if value != "" {
			list = append(list, record.Nutrient{Key: c.key, Quantity: record.Quantity{Value: value.Abs(), Unit: c.unit}})
		}
	}
	return list, nil
}

// reportUnknown says that a column is carried although nobody knows it, or is
// not, since what it holds is no amount.
func (s *sheet) reportUnknown(c *nutrientColumn, value record.Decimal, problem string) {
	switch {
	case problem != "":
		s.issues.add(mapping.Lost, s.path(c.index), "the vocabulary lacks this column, and cells that are no amount are left out")
	case value != "":
		s.issues.add(mapping.Unknown, s.path(c.index), "the vocabulary lacks this nutrient; it is carried under its own name")
	}
}
