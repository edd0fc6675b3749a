package applehealth

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// during takes those samples out of the day's that were measured in a workout,
// and returns what the day's workouts need: their own, and those of the days
// after for a workout that went on. An export does not say which workout a
// sample is of, so its time does.
func (d *day) during() ([]element, error) {
	var taken []element
	kept := d.samples[:0]
	for i := range d.samples {
		e := &d.samples[i]
		if _, tracked := tracks()[e.get("type")]; !tracked {
			kept = append(kept, *e)
			continue
		}
		t, err := d.moment(e, "startDate")
		switch {
		case err != nil:
			return nil, err
		case d.plan.inWorkout(t.at.Unix()):
			taken = append(taken, *e)
		default:
			kept = append(kept, *e)
		}
	}
	d.samples = kept
	last, err := d.lastDay()
	if err != nil {
		return nil, err
	}
	for date := d.date.AddDays(1); date <= last; date = date.AddDays(1) {
		err := d.readRuns(date, func(e element) error {
			if _, tracked := tracks()[e.get("type")]; tracked && e.name == "Record" {
				taken = append(taken, e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// maxLater is how many days after its first a workout's samples are looked for.
const maxLater = 7

// lastDay is the last on which one of the day's workouts went on.
func (d *day) lastDay() (record.Date, error) {
	last := d.date
	for i := range d.workouts {
		end, err := d.moment(&d.workouts[i], "endDate")
		if err != nil {
			return last, err
		}
		last = max(last, end.day)
	}
	return min(last, d.date.AddDays(maxLater)), nil
}

// inWorkout reports whether a second is in the time of any workout.
func (p *plan) inWorkout(second int64) bool {
	i, found := slices.BinarySearchFunc(p.workouts, second, func(s span, second int64) int { return cmp.Compare(s.start, second) })
	if !found {
		i--
	}
	return i >= 0 && p.workouts[i].end >= second
}

// merge joins workouts that overlap, so that each second is in one span at most.
func merge(workouts []span) []span {
	slices.SortFunc(workouts, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var merged []span
	for _, w := range workouts {
		if last := len(merged) - 1; last >= 0 && w.start <= merged[last].end {
			merged[last].end = max(merged[last].end, w.end)
			continue
		}
		merged = append(merged, w)
	}
	return merged
}

// A tracker puts samples into the tracks of one exercise.
type tracker struct {
	*day
	start  time.Time
	tracks []record.Track
}

// add adds a sample.
func (t *tracker) add(what, device string, q record.Quantity, at time.Time) {
	p := record.Point{At: secondsSince(t.start, at), Value: q.Value}
	for i := range t.tracks {
		if k := &t.tracks[i]; k.What == what && k.Device == device && k.Unit == q.Unit {
			k.Points = append(k.Points, p)
			return
		}
	}
	t.tracks = append(t.tracks, record.Track{What: what, Device: device, Unit: q.Unit, Points: record.Points{p}})
}

// secondsSince writes a time as seconds after another, with as many digits as it has.
func secondsSince(start, at time.Time) record.Decimal {
	d := at.Sub(start)
	return record.Decimal(strconv.FormatFloat(d.Seconds(), 'f', -1, 64))
}

// samples adds those of the samples that are in the workout's time.
func (t *tracker) samples(all []element, end time.Time) error {
	type timed struct {
		*element
		at time.Time
	}
	var own []timed
	for i := range all {
		at, err := t.moment(&all[i], "startDate")
		if err != nil {
			return err
		}
		if !at.at.Before(t.start) && !at.at.After(end) {
			own = append(own, timed{&all[i], at.at})
		}
	}
	slices.SortStableFunc(own, func(a, b timed) int { return a.at.Compare(b.at) })
	for _, s := range own {
		if err := t.sample(s.element, s.at); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracker) sample(e *element, at time.Time) error {
	q, err := t.quantity(e)
	if err != nil {
		return err
	}
	to := tracks()[e.get("type")]
	if _, err := vocab.Convert(q, to.unit); err != nil || q.Value.Negative() {
		t.issues.add(mapping.Lost, e.get("type"), "a value or unit that such a sample cannot have; it is left out")
		return nil //nolint:nilerr // the issue says so
	}
	if e.get("endDate") != e.get("startDate") {
		t.issues.add(mapping.Lost, e.get("type")+" endDate", "a sample has one time, its start")
	}
	t.loseMeta(e, "HKWasUserEntered")
	t.add(to.what, t.device(e), q, at)
	return nil
}
