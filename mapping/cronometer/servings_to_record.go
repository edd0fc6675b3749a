package cronometer

import (
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// servings reads the foods eaten, one a row. Equal rows are servings of their own.
type servings struct {
	time, group, food, amount, category int
	nutrients                           []nutrientColumn
}

func newServings(s *sheet) (mapper, error) {
	m := servings{
		time: s.column("Time"), group: s.column("Group"), food: s.column("Food Name"),
		amount: s.column("Amount"), category: s.column("Category"), nutrients: s.nutrients(),
	}
	s.leave(m.nutrients, "Day", "Time", "Group", "Food Name", "Amount", "Category")
	if len(m.nutrients) == 0 {
		s.issues.add(mapping.Lost, string(Servings),
			"the file has no nutrients, as some accounts get it; foods are without them, also those that an earlier file had with them")
	}
	return mapper{kinds: []record.Kind{record.KindServing}, row: m.row}, nil
}

func (m *servings) row(b *mapping.Batch, r *row) error {
	food := r.text(m.food)
	if food == "" {
		return r.fault(m.food, "the food has no name", "give it one, or "+exportAgain)
	}
	clock, err := r.clock(m.time)
	if err != nil {
		return err
	}
	nutrients, err := r.nutrientsOf(m.nutrients)
	if err != nil {
		return err
	}
	rec := r.record(record.KindServing)
	rec.Time = clock
	rec.Serving = &record.Serving{
		Group: r.text(m.group), Food: food, Amount: amount(r.text(m.amount)),
		Category: r.text(m.category), Nutrients: nutrients,
	}
	b.Records = append(b.Records, rec)
	return nil
}

// amount splits "1.00 tsp" at the first space after the number and keeps the
// rest as it is: units hold spaces, digits, commas and quotation marks. A text
// of another form stays whole; nil for none.
func amount(text string) *record.Amount {
	if text == "" {
		return nil
	}
	a := &record.Amount{Text: text}
	end := 0
	for end < len(text) && (text[end] == '.' || '0' <= text[end] && text[end] <= '9') {
		end++
	}
	if end == 0 || end == len(text) || text[end] != ' ' || strings.Contains(text, "\n") {
		return a
	}
	if number, err := record.ParseDecimal(text[:end]); err == nil {
		a.Number, a.Unit = number, text[end+1:]
	}
	return a
}
