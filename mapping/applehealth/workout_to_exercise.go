package applehealth

import (
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// exercises makes an exercise of each workout.
func (d *day) exercises() error {
	for i := range d.workouts {
		if err := d.exercise(&d.workouts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *day) exercise(e *element) error {
	r, start, err := d.record(record.KindExercise, e)
	if err != nil {
		return err
	}
	end, err := d.moment(e, "endDate")
	if err != nil {
		return err
	}
	x := &record.Exercise{Name: d.workoutName(e.get("workoutActivityType")), Device: d.device(e)}
	r.Exercise = x
	if end.at.Before(start.at) {
		return d.fault(e, "endDate", "the workout ends before it starts")
	}
	if x.Duration, err = d.measured(e, "duration", "durationUnit", "min"); err != nil {
		return err
	}
	if x.Energy, err = d.energy(e); err != nil {
		return err
	}
	d.loseMeta(e, "HKWasUserEntered")
	d.records = append(d.records, r)
	return nil
}

// workoutName is the name of a kind of workout. One that the table lacks has
// that of HealthKit.
func (d *day) workoutName(typ string) string {
	if name, known := workouts()[typ]; known {
		return name
	}
	name := strings.TrimPrefix(typ, "HKWorkoutActivityType")
	d.issues.add(mapping.Unknown, "Workout "+typ, "the table lacks this kind of workout; it is carried under its own name")
	if name == "" {
		return "Other"
	}
	return name
}

// measured reads an attribute with its unit, in the unit to; nil where there is none.
func (d *day) measured(e *element, name, unitName, to string) (*record.Quantity, error) {
	if e.get(name) == "" {
		return nil, nil
	}
	q, _, ok := quantity(e.get(name), e.get(unitName))
	if !ok || q.Value.Negative() {
		return nil, d.fault(e, name, "not a number of zero or more")
	}
	in, err := vocab.Convert(q, to)
	if err != nil {
		d.issues.add(mapping.Lost, e.name+" "+name, "a unit that this value cannot have; it is left out")
		return nil, nil //nolint:nilerr // the issue says so
	}
	return &in, nil
}

const energyType = "HKQuantityTypeIdentifierActiveEnergyBurned"

// energy is what was burned: an attribute until iOS 15, a part since.
func (d *day) energy(e *element) (*record.Quantity, error) {
	if e.get("totalEnergyBurned") != "" {
		return d.energetic(e, "totalEnergyBurned", "totalEnergyBurnedUnit")
	}
	for i := range e.parts {
		if p := &e.parts[i]; p.name == "WorkoutStatistics" && p.get("type") == energyType && p.get("sum") != "" {
			return d.energetic(p, "sum", "unit")
		}
	}
	return nil, nil
}

// energetic keeps an energy in the unit in which it is written.
func (d *day) energetic(e *element, name, unitName string) (*record.Quantity, error) {
	to := "kcal"
	if e.get(unitName) == "kJ" {
		to = "kJ"
	}
	return d.measured(e, name, unitName, to)
}
