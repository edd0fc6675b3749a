package applehealth

import (
	"slices"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

const (
	foodType  = "HKCorrelationTypeIdentifierFood"
	waterType = "HKQuantityTypeIdentifierDietaryWater"
	foodName  = "HKFoodType" // metadata: what was eaten
)

// foods makes a serving of each food that an app has put together.
func (d *day) foods() error {
	for i := range d.correlations {
		e := &d.correlations[i]
		if e.get("type") != foodType {
			continue
		}
		var parts []*element
		for j := range e.parts {
			p := &e.parts[j]
			switch {
			case p.name != "Record":
			case roleOf(p.get("type")) == eaten:
				parts = append(parts, p)
			default:
				d.issues.add(mapping.Lost, foodType+" "+p.get("type"), "no nutrient; it is left out")
			}
		}
		if err := d.serving(e, meta(e, foodName), parts); err != nil {
			return err
		}
	}
	return nil
}

// samplesOfFood makes servings of the nutrients that came one by one: many apps
// write each by itself, all of a food at one time.
func (d *day) samplesOfFood() error {
	var order []string
	groups := map[string][]*element{}
	for i := range d.samples {
		e := &d.samples[i]
		if roleOf(e.get("type")) != eaten {
			continue
		}
		key := strings.Join([]string{e.get("sourceName"), e.get("startDate"), e.get("endDate"), meta(e, foodName)}, "\x00")
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], e)
	}
	for _, key := range order {
		for _, parts := range apartByType(groups[key]) {
			if len(parts) > 1 {
				d.issues.add(mapping.Assumed, "Dietary", "nutrients of one app at one time were taken as one serving")
			}
			if err := d.serving(parts[0], meta(parts[0], foodName), parts); err != nil {
				return err
			}
		}
	}
	return nil
}

// apartByType divides samples so that no nutrient is in a serving twice.
func apartByType(all []*element) [][]*element {
	var servings [][]*element
next:
	for _, e := range all {
		for i := range servings {
			if !slices.ContainsFunc(servings[i], func(o *element) bool { return o.get("type") == e.get("type") }) {
				servings[i] = append(servings[i], e)
				continue next
			}
		}
		servings = append(servings, []*element{e})
	}
	return servings
}

// serving makes a serving of what of says when it was eaten, and its nutrients.
func (d *day) serving(of *element, food string, parts []*element) error {
	r, start, err := d.record(record.KindServing, of)
	if err != nil {
		return err
	}
	r.Serving = &record.Serving{Food: strings.TrimSpace(food)}
	if end, err := d.moment(of, "endDate"); err != nil {
		return err
	} else if !end.at.Equal(start.at) {
		d.issues.add(mapping.Lost, "Dietary endDate", "a serving has one time, its start")
	}
	d.loseMeta(of, foodName, "HKWasUserEntered")
	d.issues.add(mapping.Lost, "Dietary sourceName", "a serving does not say which app it came from")
	if strings.Contains(of.get("sourceName"), "Cronometer") {
		d.issues.add(mapping.Assumed, "Dietary sourceName Cronometer", "Cronometer wrote them into Apple Health; with an export of Cronometer too they are there twice, once of each source")
	}
	if len(parts) == 1 && parts[0].get("type") == waterType {
		return d.water(r, parts[0])
	}
	for _, p := range parts {
		q, ok, err := d.amount(p)
		if err != nil {
			return err
		}
		if p != of {
			d.loseMeta(p, foodName, "HKWasUserEntered")
		}
		key := nutrients()[p.get("type")].key
		if name, unknown := record.UnknownName(key); unknown {
			d.issues.add(mapping.Unknown, p.get("type"), "the vocabulary lacks this nutrient; it is carried as "+name)
		}
		if ok {
			r.Serving.Nutrients = append(r.Serving.Nutrients, record.Nutrient{Key: key, Quantity: q})
		}
	}
	if len(r.Serving.Nutrients) > 0 || r.Serving.Food != "" {
		d.records = append(d.records, r)
	}
	return nil
}

// water is water by itself: it was drunk, and how much is its amount.
func (d *day) water(r record.Record, e *element) error {
	q, ok, err := d.amount(e)
	if err != nil || !ok {
		return err
	}
	if r.Serving.Food == "" {
		r.Serving.Food = "Water"
	}
	u, _ := vocab.UnitByCode(q.Unit)
	r.Serving.Amount = &record.Amount{Text: string(q.Value) + " " + u.Display, Number: q.Value, Unit: u.Display}
	d.records = append(d.records, r)
	return nil
}

// amount reads how much of a nutrient it was, in a unit that nutrients have; it
// is false where there can be no such amount.
func (d *day) amount(e *element) (record.Quantity, bool, error) {
	n := nutrients()[e.get("type")]
	q, _, ok := quantity(e.get("value"), e.get("unit"))
	if !ok {
		return q, false, d.fault(e, "value", "the value is no number")
	}
	if q.Value.Negative() {
		d.issues.add(mapping.Lost, e.get("type"), "an amount below zero, which nobody can eat; it is left out")
		return q, false, nil
	}
	in, err := vocab.Convert(q, n.unit)
	if err != nil {
		d.issues.add(mapping.Lost, e.get("type"), "a unit that this nutrient cannot have; it is left out")
		return q, false, nil //nolint:nilerr // the issue says so
	}
	switch {
	case n.factor != "":
		d.issues.add(mapping.Assumed, e.get("type"), "converted from a mass to international units, 40 for a microgram")
		in, err = vocab.Multiply(in, n.factor, n.to)
		return in, err == nil, err
	case slices.Contains([]string{"kcal", "kJ", "kg", "g", "mg", "ug"}, q.Unit) || n.unit == "mL":
		return q, true, nil // digits as written
	}
	return in, true, nil
}
