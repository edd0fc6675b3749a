package cronometer

import (
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// exercises reads exercises, one a row.
type exercises struct{ time, group, name, minutes, calories int }

func newExercises(s *sheet) (mapper, error) {
	m := exercises{
		time: s.column("Time"), group: s.column("Group"), name: s.column("Exercise"),
		minutes: s.column("Minutes"), calories: s.column("Calories Burned"),
	}
	s.leave(nil, "Day", "Time", "Group", "Exercise", "Minutes", "Calories Burned")
	return mapper{kinds: []record.Kind{record.KindExercise}, row: m.row}, nil
}

func (m *exercises) row(b *mapping.Batch, r *row) error {
	name, device := cutDevice(r.text(m.name))
	if name == "" {
		return r.fault(m.name, "the exercise has no name", "give it one, or "+exportAgain)
	}
	clock, err := r.clock(m.time)
	if err != nil {
		return err
	}
	duration, err := r.quantity(m.minutes, "min")
	if err != nil {
		return err
	}
	energy, err := m.energy(r)
	if err != nil {
		return err
	}
	rec := r.record(record.KindExercise)
	rec.Time = clock
	rec.Exercise = &record.Exercise{
		Name: name, Device: device, Group: r.text(m.group), Duration: duration, Energy: energy,
	}
	b.Records = append(b.Records, rec)
	return nil
}

// energy reads what was burned. The export writes it below zero, as an entry
// that is taken from the day's balance.
func (m *exercises) energy(r *row) (*record.Quantity, error) {
	value, problem := r.sheet.decimal(r.text(m.calories))
	if problem != "" {
		return nil, r.fault(m.calories, problem, problemAdvice(problem))
	}
	if value == "" {
		return nil, nil
	}
	return &record.Quantity{Value: value.Abs(), Unit: "kcal"}, nil
}
