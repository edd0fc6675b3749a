package terra

import (
	"encoding/json"
	"time"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// samples adds what was measured during an exercise, for whoever asked for it.
func (e *encoder) samples(o *object, start moment, x *record.Exercise) {
	if len(x.Tracks) == 0 {
		return
	}
	if !e.format.Samples {
		e.issues.lost("exercise.tracks", "samples are in the answer to with_samples=true")
		return
	}
	for _, place := range trackPlaces() {
		if place.what == record.TrackLongitude {
			continue // with the latitude
		}
		t := e.track(x, place.what)
		switch {
		case t == nil:
		case place.what == record.TrackLatitude:
			e.positions(o, start, x, t)
		default:
			e.series(o, start, t, place)
		}
	}
}

// track returns the track of a thing that has most points; several devices may
// have measured it, and a sample says nothing of its device.
func (e *encoder) track(x *record.Exercise, what string) *record.Track {
	var best *record.Track
	for i := range x.Tracks {
		t := &x.Tracks[i]
		if t.What != what {
			continue
		}
		if best != nil {
			e.issues.lost("exercise.tracks."+what, "several devices measured it; the samples are those of the one that has most")
		}
		if best == nil || len(t.Points) > len(best.Points) {
			best = t
		}
	}
	return best
}

func (e *encoder) series(o *object, start moment, t *record.Track, to trackPlace) {
	list := make([]*object, 0, len(t.Points))
	for _, p := range t.Points {
		in, err := vocab.Convert(record.Quantity{Value: p.Value, Unit: t.Unit}, to.unit)
		at, timed := start.after(p.At)
		if err != nil || !timed || (in.Value.Negative() && t.What != record.TrackAltitude) {
			e.issues.lost("exercise.tracks."+t.What, "Terra's field cannot hold a value; its sample is left out")
			continue
		}
		list = append(list, &object{{"timestamp", at.String()}, {to.field, json.Number(in.Value)}})
	}
	if len(list) > 0 {
		o.put(to.path, list)
	}
}

// positions pairs latitudes and longitudes of the same time.
func (e *encoder) positions(o *object, start moment, x *record.Exercise, latitudes *record.Track) {
	longitudes := e.track(x, record.TrackLongitude)
	if longitudes == nil || len(longitudes.Points) != len(latitudes.Points) {
		e.issues.lost("exercise.tracks.latitude", "a position has two numbers; they are left out")
		return
	}
	list := make([]*object, 0, len(latitudes.Points))
	for i, p := range latitudes.Points {
		q := longitudes.Points[i]
		at, timed := start.after(p.At)
		if p.At != q.At || !timed || !onEarth(p.Value, q.Value) {
			e.issues.lost("exercise.tracks.latitude", "not a place on earth at one time; it is left out")
			continue
		}
		list = append(list, &object{{"timestamp", at.String()}, {"coords_lat_lng_deg", []json.Number{json.Number(p.Value), json.Number(q.Value)}}})
	}
	if len(list) > 0 {
		o.put("position_data.position_samples", list)
	}
}

// onEarth reports whether there is a place with these degrees.
func onEarth(latitude, longitude record.Decimal) bool {
	lat, err := latitude.Abs().Exact()
	if err != nil || lat.Cmp(ninety) > 0 {
		return false
	}
	long, err := longitude.Abs().Exact()
	return err == nil && long.Cmp(halfCircle) <= 0
}

// after is the moment some seconds later.
func (m moment) after(seconds record.Decimal) (moment, bool) {
	d, err := time.ParseDuration(string(seconds) + "s")
	return m.add(d), err == nil
}

// laps adds the laps of an exercise that have a length.
func (e *encoder) laps(o *object, start moment, x *record.Exercise) {
	for _, v := range x.Events {
		if v.Type != record.EventLap {
			e.issues.lost("exercise.events", "Terra has laps alone; pauses and other events are left out")
			continue
		}
		from, known := start.after(v.At)
		if !known || v.Length == "" {
			e.issues.lost("exercise.events", "a lap without a length has no end")
			continue
		}
		if to, known := from.after(v.Length); known {
			o.push("lap_data.laps", &object{{"start_time", from.String()}, {"end_time", to.String()}})
		}
	}
}

// whole adds what the source says of the exercise as a whole.
func (e *encoder) whole(o *object, x *record.Exercise) {
	e.put(o, "distance_data.summary.distance_meters", x.Distance, "m", "exercise.distance")
	if hr := x.HeartRate; hr != nil {
		e.put(o, "heart_rate_data.summary.avg_hr_bpm", hr.Average, "/min", "exercise.heart_rate")
		e.put(o, "heart_rate_data.summary.max_hr_bpm", hr.Max, "/min", "exercise.heart_rate")
		e.put(o, "heart_rate_data.summary.min_hr_bpm", hr.Min, "/min", "exercise.heart_rate")
	}
}

// put adds a quantity in the field's unit, if there is one.
func (e *encoder) put(o *object, path string, q *record.Quantity, unit, issue string) {
	if q == nil {
		return
	}
	in, err := vocab.Convert(*q, unit)
	if err != nil || in.Value.Negative() {
		e.issues.lost(issue, "Terra's field cannot hold this value")
		return
	}
	o.put(path, json.Number(in.Value))
}
