package applehealth

import (
	"slices"
	"strings"
	"time"

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
	if x.Duration, err = d.attribute(e, "duration", "durationUnit", "min"); err != nil {
		return err
	}
	if x.Energy, err = d.energy(e); err != nil {
		return err
	}
	if !end.at.Equal(start.at) {
		there := end.at.In(start.at.Location())
		x.EndDay, x.EndTime = record.DateOf(there), record.Clock(there.Format(time.TimeOnly))
	}
	if err := d.whole(e, x); err != nil {
		return err
	}
	if x.Events, err = d.events(e, start.at); err != nil {
		return err
	}
	t := tracker{day: d, start: start.at}
	if err := t.routes(e); err != nil {
		return err
	}
	if err := t.samples(d.measured, end.at); err != nil {
		return err
	}
	x.Tracks = t.tracks
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

// attribute reads an attribute with its unit, in the unit to; nil where there is none.
func (d *day) attribute(e *element, name, unitName, to string) (*record.Quantity, error) {
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

// distanceTypes are what the statistics of a distance are called.
var distanceTypes = []string{
	"HKQuantityTypeIdentifierDistanceWalkingRunning", "HKQuantityTypeIdentifierDistanceCycling",
	"HKQuantityTypeIdentifierDistanceSwimming", "HKQuantityTypeIdentifierDistanceWheelchair",
	"HKQuantityTypeIdentifierDistanceDownhillSnowSports", "HKQuantityTypeIdentifierDistanceCrossCountrySkiing",
	"HKQuantityTypeIdentifierDistancePaddleSports", "HKQuantityTypeIdentifierDistanceRowing",
	"HKQuantityTypeIdentifierDistanceSkatingSports",
}

// whole reads what the source says of the workout as a whole: attributes until
// iOS 15, parts since. What has no place is reported.
func (d *day) whole(e *element, x *record.Exercise) (err error) {
	if x.Distance, err = d.distance(e, "totalDistance", "totalDistanceUnit"); err != nil {
		return err
	}
	for _, name := range []string{"totalFlightsClimbed", "totalSwimmingStrokeCount"} {
		if e.get(name) != "" {
			d.issues.add(mapping.Lost, "Workout "+name, "records have no place for it")
		}
	}
	for i := range e.parts {
		p := &e.parts[i]
		switch typ := p.get("type"); {
		case p.name != "WorkoutStatistics" || typ == energyType:
		case typ == heartRateType:
			if x.HeartRate, err = d.spread(p); err != nil {
				return err
			}
		case slices.Contains(distanceTypes, typ) && x.Distance == nil:
			if x.Distance, err = d.distance(p, "sum", "unit"); err != nil {
				return err
			}
		default:
			d.issues.add(mapping.Lost, "WorkoutStatistics "+typ, "records have no place for it")
		}
	}
	return nil
}

// distance keeps a distance in the unit in which it is written.
func (d *day) distance(e *element, name, unitName string) (*record.Quantity, error) {
	u, _ := unitOf(e.get(unitName))
	switch u.code {
	case "km", "m", "[mi_i]", "[yd_i]", "[ft_i]":
		return d.attribute(e, name, unitName, u.code)
	}
	return d.attribute(e, name, unitName, "m")
}

// spread reads the statistics of a heart rate; nil if there are none.
func (d *day) spread(e *element) (*record.Spread, error) {
	var s record.Spread
	for _, v := range []struct {
		name string
		to   **record.Quantity
	}{{"average", &s.Average}, {"minimum", &s.Min}, {"maximum", &s.Max}} {
		var err error
		if *v.to, err = d.attribute(e, v.name, "unit", "/min"); err != nil {
			return nil, err
		}
	}
	if s == (record.Spread{}) {
		return nil, nil
	}
	return &s, nil
}

// events reads the pauses and laps of a workout, in the order of the document.
func (d *day) events(e *element, start time.Time) ([]record.Event, error) {
	var list []record.Event
	for i := range e.parts {
		p := &e.parts[i]
		if p.name != "WorkoutEvent" {
			continue
		}
		what, known := events()[p.get("type")]
		if !known {
			d.issues.add(mapping.Lost, "WorkoutEvent "+p.get("type"), "records have no place for it")
			continue
		}
		at, err := d.moment(p, "date")
		if err != nil {
			return nil, err
		}
		length, err := d.attribute(p, "duration", "durationUnit", "s")
		if err != nil {
			return nil, err
		}
		v := record.Event{Type: what, At: secondsSince(start, at.at)}
		if length != nil {
			v.Length = length.Value
		}
		d.loseMeta(p)
		list = append(list, v)
	}
	return list, nil
}

const heartRateType = "HKQuantityTypeIdentifierHeartRate"

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
	return d.attribute(e, name, unitName, to)
}
