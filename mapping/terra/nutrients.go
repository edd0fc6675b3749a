package terra

import (
	"strings"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// facts are the macros and micros of a food, a meal or a day.
type facts struct {
	Macros object `json:"macros"`
	Micros object `json:"micros"`
}

func (f *facts) empty() bool { return len(f.Macros)+len(f.Micros) == 0 }

// facts places nutrients; at is where they stand in the record, for issues.
func (e *encoder) facts(at string, nutrients record.Nutrients) facts {
	var f facts
	for _, n := range nutrients {
		places := nutrientPlaces()[n.Key]
		if len(places) == 0 {
			e.issues.lost(at+"."+n.Key, "the vocabulary does not know this nutrient and Terra has no free fields")
			continue
		}
		for _, p := range places {
			e.placeNutrient(&f, at, n, p)
		}
	}
	return f
}

func (e *encoder) placeNutrient(f *facts, at string, n record.Nutrient, p place) {
	if p.path == "" {
		e.issues.lost(at+"."+n.Key, p.note)
		return
	}
	q, err := nutrientIn(n.Quantity, p)
	if err != nil {
		e.issues.lost(at+"."+n.Key, "its unit cannot be converted to that of Terra's field")
		return
	}
	group, field, _ := strings.Cut(p.path, ".")
	value, ok := number(field, q.Value)
	if !ok {
		e.issues.lost(at+"."+n.Key, "Terra's field cannot hold a value below zero")
		return
	}
	if group == "macros" {
		f.Macros.put(field, value)
	} else {
		f.Micros.put(field, value)
	}
}

// nutrientIn converts to the unit of Terra's field. International units have a
// factor for the substance; a source that gives mass instead is converted as such.
func nutrientIn(q record.Quantity, p place) (record.Quantity, error) {
	if p.factor != "" && q.Unit == "[iU]" {
		return vocab.Multiply(q, p.factor, p.to)
	}
	return vocab.Convert(q, p.to)
}

// totals sums nutrients over foods or meals, each in the unit in which it came
// first, in order of appearance.
func (e *encoder) totals(at string, parts []record.Nutrients) record.Nutrients {
	var all record.Nutrients
	sums := map[string]*sum{}
	for _, part := range parts {
		for _, n := range part {
			s, ok := sums[n.Key]
			if !ok {
				s = &sum{}
				sums[n.Key] = s
				all = append(all, record.Nutrient{Key: n.Key})
			}
			if err := s.add(n.Quantity); err != nil {
				e.issues.lost(at+"."+n.Key, "left out of the sum where its unit cannot be converted")
			}
		}
	}
	for i := range all {
		all[i].Quantity = sums[all[i].Key].quantity()
	}
	return all
}
