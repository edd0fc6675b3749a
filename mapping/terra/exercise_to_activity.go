package terra

import (
	"encoding/json"
	"time"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

type activityMetadata struct {
	Start        string `json:"start_time"`
	End          string `json:"end_time"`
	Localization int    `json:"timestamp_localization"`
	SummaryID    string `json:"summary_id"`
	Name         string `json:"name,omitempty"`
	Type         int    `json:"type"`
	UploadType   int    `json:"upload_type"`
}

type activeDurations struct {
	Seconds json.Number `json:"activity_seconds"`
}

// calories has the energy of the exercise as net: Cronometer adds it to the
// energy that the body burns anyway, so it is without the basal rate.
type calories struct {
	Net json.Number `json:"net_activity_calories"`
}

// activities makes one activity of each exercise.
func (e *encoder) activities() error {
	for _, r := range e.of(record.KindExercise) {
		a, err := e.activity(r)
		if err != nil {
			return err
		}
		if err := e.add("activity", r.ID, r.Day, a, []string{r.ID}); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) activity(r *record.Record) (object, error) {
	start, end, err := e.span(r)
	if err != nil {
		return nil, err
	}
	if r.Exercise.Group != "" {
		e.issues.lost("exercise.group", "Terra has diary groups for food only")
	}
	var o object
	o.put("metadata", activityMetadata{
		Start: start.String(), End: end.String(), Localization: localTime,
		SummaryID: r.ID, Name: r.Exercise.Name, Type: e.activityType(r.Exercise.Name),
		UploadType: uploadType(r.Exercise.Device != ""),
	})
	if a := e.activeSeconds([]*record.Record{r}); a != nil {
		o.put("active_durations_data", a)
	}
	if c := e.burned([]*record.Record{r}); c != nil {
		o.put("calories_data.net_activity_calories", c.Net)
	}
	if d := newDevice(r.Exercise.Device); d != nil {
		o.put("device_data", d)
	}
	e.whole(&o, r.Exercise)
	e.laps(&o, start, r.Exercise)
	e.samples(&o, start, r.Exercise)
	return o, nil
}

// span is from the logged time to the logged end, or for as long as the exercise
// took. Without a logged time it starts at the marker that says so.
func (e *encoder) span(r *record.Record) (start, end moment, err error) {
	if start, err = e.at(r); err != nil {
		return start, end, err
	}
	if r.Time == "" {
		e.issues.assumed("exercise.time", "no time was logged; the activity starts at 00:00:00.00X of its day, Terra's sign for that")
	}
	if r.Exercise.EndDay != "" {
		end, err = e.over(r, start)
		return start, end, err
	}
	d, ok := length(r.Exercise)
	if !ok {
		e.issues.assumed("exercise.duration", "no duration is known that an activity can have; it ends when it starts")
	}
	return start, start.add(d), nil
}

// length is how long an exercise took; false if that is not known.
func length(x *record.Exercise) (time.Duration, bool) {
	if x.Duration == nil || x.Duration.Value.Negative() {
		return 0, false
	}
	d, err := duration(*x.Duration)
	return d, err == nil
}

// activityType is Terra's id for the kind of exercise that a name means.
func (e *encoder) activityType(name string) int {
	key := vocab.ExerciseKey(name)
	if key == vocab.OtherExercise {
		e.issues.lost("exercise.name", "the kind of exercise is not recognised; the type is 108 (Other), the name is kept")
	}
	return activityTypes()[key]
}

// activeSeconds sums the durations of exercises; nil if none has one.
func (e *encoder) activeSeconds(exercises []*record.Record) *activeDurations {
	var s sum
	for _, r := range exercises {
		e.addTo(&s, r.Exercise.Duration, "s", "exercise.duration")
	}
	if value, ok := number("activity_seconds", s.quantity().Value); ok {
		return &activeDurations{value}
	}
	return nil
}

// burned sums the energy of exercises; nil if none has any.
func (e *encoder) burned(exercises []*record.Record) *calories {
	var s sum
	for _, r := range exercises {
		e.addTo(&s, r.Exercise.Energy, "kcal", "exercise.energy")
	}
	if value, ok := number("net_activity_calories", s.quantity().Value); ok {
		return &calories{value}
	}
	return nil
}

// addTo adds a quantity in the given unit, if there is one.
func (e *encoder) addTo(s *sum, q *record.Quantity, unit, path string) {
	if q == nil {
		e.issues.assumed("daily."+path, "an exercise of the day has no value; the day's sum is that of the others")
		return
	}
	in, err := vocab.Convert(*q, unit)
	if err != nil || in.Value.Negative() || s.add(in) != nil {
		e.issues.lost(path, "Terra's field cannot hold this value")
	}
}
