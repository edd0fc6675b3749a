package terra

import (
	"encoding/json"
	"strings"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// meal is one food eaten: what Terra calls a meal is an entry of the diary.
type meal struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Type      int      `json:"type"`
	Timestamp string   `json:"timestamp"`
	Quantity  quantity `json:"quantity"`
	facts              // always there, if only as {}: Terra requires both
}

type quantity struct {
	Unit   int         `json:"unit"`
	Amount json.Number `json:"amount"`
}

// unknownID is what Terra calls a meal type or a unit that it has no word for.
const unknownID = 0

// oneUnknown is the quantity of a food whose amount is not known. Terra
// requires a number, and zero would say that nothing was eaten; one of an
// unknown unit says: the entry as it stands.
var oneUnknown = quantity{Unit: unknownID, Amount: "1"}

// meals are the servings, or the diary groups of a day without servings.
func (e *encoder) meals(servings, groups []*record.Record) ([]meal, error) {
	all := make([]meal, 0, len(servings)+len(groups))
	for _, r := range servings {
		at, err := e.at(r)
		if err != nil {
			return nil, err
		}
		s := r.Serving
		if s.Category != "" {
			e.issues.lost("serving.category", "Terra has no food categories")
		}
		all = append(all, meal{
			ID: r.ID, Name: s.Food, Type: e.mealType("serving.group", s.Group), Timestamp: at.String(),
			Quantity: e.quantity(s), facts: e.facts("serving.nutrients", s.Nutrients),
		})
	}
	for i, r := range groups {
		at, err := marker(r.Day, r.Zone, i)
		if err != nil {
			return nil, err
		}
		e.issues.assumed("meal", "the day has no foods one by one; a diary group stands for one entry of unknown amount")
		all = append(all, meal{
			ID: r.ID, Name: r.Meal.Group, Type: e.mealType("meal.group", r.Meal.Group), Timestamp: at.String(),
			Quantity: oneUnknown, facts: e.facts("meal.nutrients", r.Meal.Nutrients),
		})
	}
	return all, nil
}

func (e *encoder) mealType(path, group string) int {
	if group == "" {
		return unknownID
	}
	typ, ok := mealTypes()[folded(group)]
	if !ok {
		e.issues.lost(path, "the group's name is none of Terra's meal types; the type is 0 (Unknown)")
	}
	return typ
}

func (e *encoder) quantity(s *record.Serving) quantity {
	if s.Amount == nil || s.Amount.Number == "" || s.Amount.Number.Negative() {
		e.issues.assumed("serving.amount", "no amount is known and Terra requires one; it is written as 1 of unit 0 (Unknown)")
		if s.Amount != nil {
			e.issues.lost("serving.amount.text", "the amount is in words, and Terra's is a number")
		}
		return oneUnknown
	}
	m, ok := findMeasure(s)
	if _, whole := measures()[folded(s.Amount.Unit)]; ok && !whole {
		e.issues.lost("serving.amount.remark", "Terra has no place for what stands behind a unit, such as chopped")
	}
	if !ok {
		e.issues.lost("serving.amount.unit", "the unit is none of Terra's; it is written as 0 (Unknown) beside the number")
		return quantity{Unit: unknownID, Amount: json.Number(s.Amount.Number)}
	}
	return m.quantity(s.Amount.Number)
}

func (m measure) quantity(n record.Decimal) quantity {
	if m.ucum != m.to {
		q, err := vocab.Convert(record.Quantity{Value: n, Unit: m.ucum}, m.to)
		if err != nil {
			return quantity{Unit: unknownID, Amount: json.Number(n)}
		}
		n = q.Value
	}
	return quantity{Unit: m.id, Amount: json.Number(n)}
}

// isEgg reports whether a food is eggs by its first word: an eggplant is none.
func isEgg(food string) bool {
	first, _, _ := strings.Cut(folded(food), " ")
	first = strings.TrimRight(first, ",")
	return first == "egg" || first == "eggs"
}

// findMeasure looks up an amount's unit. A remark behind a comma, a bracket or
// a dash ("cup, chopped", "medium - 7 inches long") does not change the unit,
// and the size of an egg is a unit of Terra's own.
func findMeasure(s *record.Serving) (measure, bool) {
	unit := folded(s.Amount.Unit)
	if m, ok := measures()[unit]; ok && m.ucum != "" {
		return m, true
	}
	for _, remark := range []string{",", "(", " -"} {
		unit, _, _ = strings.Cut(unit, remark)
	}
	unit = strings.TrimSpace(unit)
	if isEgg(s.Food) {
		if m, ok := measures()[unit+" egg"]; ok {
			return m, true
		}
	}
	m, ok := measures()[unit]
	return m, ok
}
