package cronometer

import (
	"fmt"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// targets reads daily targets, one nutrient a row, and the set of all of them.
// Exports of Cronometer have none, so the table is ours: Nutrient, Min, Max, Unit.
type targets struct {
	nutrient, min, max, unit int
	seen                     map[string]bool
}

func newTargets(s *sheet) (mapper, error) {
	m := &targets{
		nutrient: s.column("Nutrient"), min: s.column("Min"), max: s.column("Max"), unit: s.column("Unit"),
		seen: map[string]bool{},
	}
	if m.min < 0 && m.max < 0 {
		return mapper{}, s.fault(1, "Min", "neither this column nor Max is there", "add one of them")
	}
	s.leave(nil, "Nutrient", "Min", "Max", "Unit")
	return mapper{kinds: []record.Kind{record.KindTarget, record.KindPlan}, row: m.row, end: endTargets(s)}, nil
}

func (m *targets) row(b *mapping.Batch, r *row) error {
	n, err := m.column(r)
	if err != nil {
		return err
	}
	if m.seen[n.key] {
		return r.fault(m.nutrient, "the nutrient has a target already", "keep one row for each nutrient")
	}
	m.seen[n.key] = true
	t, err := m.bounds(r, n.unit)
	if err != nil {
		return err
	}
	t.Nutrient = n.key
	rec := r.record(record.KindTarget)
	rec.Day, rec.Target = r.sheet.options.AsOf, t
	b.Records = append(b.Records, rec)
	return nil
}

// column finds the nutrient and the unit. Its name may have the unit behind it,
// as the headers of the exports do.
func (m *targets) column(r *row) (nutrientColumn, error) {
	name, label := plainMicro(strings.TrimSpace(r.text(m.nutrient))), plainMicro(strings.TrimSpace(r.text(m.unit)))
	if name == "" {
		return nutrientColumn{}, r.fault(m.nutrient, "the nutrient is missing", "name it as Cronometer does, such as Sodium")
	}
	if before, inside, ok := cutParenthesis(name); ok {
		if _, isUnit := units()[inside]; isUnit {
			if label != "" && label != inside {
				return nutrientColumn{}, r.fault(m.unit, "another unit than the one behind the nutrient's name", "keep one of the two")
			}
			name, label = before, inside
		}
	}
	if label == "" {
		return nutrientColumn{}, r.fault(m.unit, "the unit is missing", "write one such as kcal, g, mg, µg or IU")
	}
	n := nutrientIn(name, label)
	return n, m.checkUnit(r, name, n)
}

// checkUnit refuses a known nutrient in a unit that is none of it, and reports
// an unknown one.
func (m *targets) checkUnit(r *row, name string, n nutrientColumn) error {
	if key, known := columns().byName[name]; known && n.unknown {
		canonical, _ := vocab.NutrientByKey(key)
		unit, _ := vocab.UnitByCode(canonical.Unit)
		return r.fault(m.unit, "not a unit of this nutrient", fmt.Sprintf("give the target in %s", unit.Display))
	}
	if n.unknown {
		r.sheet.issues.add(mapping.Unknown, "targets nutrient "+name,
			"the vocabulary lacks this nutrient; it is carried under its own name")
	}
	return nil
}

// bounds reads the least and the most; at least one is there.
func (m *targets) bounds(r *row, unit string) (*record.Target, error) {
	least, err := r.quantity(m.min, unit)
	if err != nil {
		return nil, err
	}
	most, err := r.quantity(m.max, unit)
	if err != nil {
		return nil, err
	}
	column := max(m.min, m.max)
	if least == nil && most == nil {
		return nil, r.fault(column, "neither a minimum nor a maximum", "give one of them or remove the row")
	}
	if least != nil && most != nil && above(least.Value, most.Value) {
		return nil, r.fault(column, "the maximum is below the minimum", "correct one of the two")
	}
	return &record.Target{Min: least, Max: most}, nil
}

// above reports whether a is more than b.
func above(a, b record.Decimal) bool {
	x, errA := a.Exact()
	y, errB := b.Exact()
	return errA == nil && errB == nil && x.Cmp(y) > 0
}

// endTargets adds the set of all targets.
func endTargets(s *sheet) func(*mapping.Batch) error {
	return func(b *mapping.Batch) error {
		plan := &record.Plan{Targets: make([]record.Target, len(b.Records))}
		for i := range b.Records {
			plan.Targets[i] = *b.Records[i].Target
		}
		b.Records = append(b.Records, record.Record{
			Kind: record.KindPlan, Day: s.options.AsOf, Zone: s.options.Zone, Plan: plan,
			Origin: record.Origin{Document: s.options.Document, Line: 1},
		})
		return nil
	}
}
