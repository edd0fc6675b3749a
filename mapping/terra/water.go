package terra

import (
	"encoding/json"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// water returns the millilitres of water drunk: the servings of plain water.
// Empty where there are none, which does not mean that nothing was drunk.
func (e *encoder) water(servings []*record.Record) json.Number {
	var drunk sum
	for _, r := range servings {
		if !waters()[folded(r.Serving.Food)] {
			continue
		}
		q, ok := e.volume(r.Serving)
		if !ok || drunk.add(q) != nil {
			e.issues.lost("serving.water", "a serving of water has neither a volume nor a mass of water; it is missing from summary.water_ml")
		}
	}
	value, _ := number("water_ml", drunk.quantity().Value)
	return value
}

// volume is how much water a serving of plain water is, in mL.
func (e *encoder) volume(s *record.Serving) (record.Quantity, bool) {
	if s.Amount != nil && s.Amount.Number != "" {
		if m, ok := findMeasure(s); ok {
			if q, err := vocab.Convert(record.Quantity{Value: s.Amount.Number, Unit: m.ucum}, "mL"); err == nil {
				return q, true
			}
		}
	}
	mass, ok := s.Nutrients.Get("water")
	if !ok {
		return record.Quantity{}, false
	}
	grams, err := vocab.Convert(mass, "g")
	if err != nil {
		return record.Quantity{}, false
	}
	e.issues.assumed("serving.water", "one gram of water was taken as one millilitre")
	return record.Quantity{Value: grams.Value, Unit: "mL"}, true
}
