package fit_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/tormoder/fit"

	"nutrigate/mapping"
	mapped "nutrigate/mapping/fit"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

func track(what, unit, points string) record.Track {
	t := record.Track{What: what, Unit: unit}
	if err := t.Points.UnmarshalText([]byte(points)); err != nil {
		panic(err)
	}
	return t
}

// run is an exercise as a watch records it: 46 minutes with one of pause.
func run(r *record.Record) {
	x := r.Exercise
	x.EndDay, x.EndTime = day, "08:16"
	x.Distance = quantity("8.01 km")
	x.HeartRate = &record.Spread{Average: quantity("140 /min"), Min: quantity("101 /min"), Max: quantity("171 /min")}
	x.Events = []record.Event{
		{Type: record.EventLap, At: "0", Length: "1200"},
		{Type: record.EventLap, At: "1200", Length: "1560"},
		{Type: record.EventPause, At: "600"},
		{Type: record.EventResume, At: "660"},
	}
	x.Tracks = []record.Track{
		track(record.TrackHeartRate, "/min", "0 121;61 122;2760 123"),
		track(record.TrackLatitude, "deg", "61 -33.9;90 90"), track(record.TrackLongitude, "deg", "61 151.2;90 180"),
		track(record.TrackAltitude, "m", "61 -12.4"), track(record.TrackSpeed, "km/h", "61 10.8"),
		track(record.TrackCadence, "/min", "61 85"), track(record.TrackPower, "W", "61 250"), track(record.TrackDistance, "km", "61 0.5"),
	}
}

func TestTracks(t *testing.T) {
	docs, _, err := mapping.Checked(mapped.Format{}, jo, []record.Record{exercise("0", run)})
	if err != nil {
		t.Fatal(err)
	}
	file, err := fit.Decode(bytes.NewReader(docs[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := file.Activity()
	if err != nil {
		t.Fatal(err)
	}
	start := a.Sessions[0].StartTime
	at := func(second time.Duration) *fit.RecordMsg {
		i := slices.IndexFunc(a.Records, func(r *fit.RecordMsg) bool { return r.Timestamp.Equal(start.Add(second * time.Second)) })
		if i < 0 {
			t.Fatalf("no record at %d s", second)
		}
		return a.Records[i]
	}
	t.Run("a record has what was measured in its second", func(t *testing.T) {
		r := at(61)
		if r.HeartRate != 122 || r.Cadence != 85 || r.Power != 250 || r.GetSpeedScaled() != 3 || r.GetDistanceScaled() != 500 {
			t.Errorf("got %+v", r)
		}
		// -12.4 m in fifths of a metre above -500 m.
		if r.Altitude != 2438 {
			t.Errorf("altitude %d", r.Altitude)
		}
		// 2^31 semicircles are half a circle.
		if r.PositionLat.Semicircles() != -404442754 || r.PositionLong.Semicircles() != 1803886264 {
			t.Errorf("at %d, %d", r.PositionLat.Semicircles(), r.PositionLong.Semicircles())
		}
	})
	t.Run("the North Pole and the antimeridian are places", func(t *testing.T) {
		if r := at(90); r.PositionLong.Semicircles() != -1<<31 || r.PositionLat.Semicircles() != 1<<30-1 {
			t.Errorf("at %d, %d", r.PositionLat.Semicircles(), r.PositionLong.Semicircles())
		}
	})
	t.Run("where nothing was measured, there is no value", func(t *testing.T) {
		if r := at(60); r.HeartRate != 0xFF || !r.PositionLat.Invalid() {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("the session has the distance and the heart rate as they were logged", func(t *testing.T) {
		s := a.Sessions[0]
		if s.GetTotalDistanceScaled() != 8010 || s.AvgHeartRate != 140 || s.MaxHeartRate != 171 || s.MinHeartRate != 101 {
			t.Errorf("got %+v", s)
		}
		if s.TotalElapsedTime != 46*60_000 || s.TotalTimerTime != 45*60_000 {
			t.Errorf("elapsed %d, timer %d", s.TotalElapsedTime, s.TotalTimerTime)
		}
	})
	t.Run("laps follow each other, and a pause is in the first", func(t *testing.T) {
		if len(a.Laps) != 2 || a.Laps[0].TotalElapsedTime != 1200_000 || a.Laps[0].TotalTimerTime != 1140_000 || a.Laps[1].TotalTimerTime != 1560_000 {
			t.Errorf("got %+v", a.Laps)
		}
	})
	t.Run("the timer stops for a pause and starts again", func(t *testing.T) {
		if len(a.Events) != 4 || !a.Events[1].Timestamp.Equal(start.Add(600*time.Second)) || a.Events[2].EventType != fit.EventTypeStart {
			t.Errorf("got %d events", len(a.Events))
		}
	})
}

func TestEveryFieldOfARunIsReadBack(t *testing.T) {
	all, unnoticed, err := mapped.Falsified(jo, []record.Record{exercise("0", run)})
	if err != nil || !slices.Contains(all, "record.position_lat") {
		t.Fatalf("%v, %v", all, err)
	}
	for _, name := range unnoticed {
		if name != "sport.sport" && name != "sport.sub_sport" && name != "sport.name" { // the second library drops them
			t.Errorf("a change of %s is not noticed", name)
		}
	}
}

func TestEveryTrack(t *testing.T) {
	for _, c := range table(t, "tracks.csv", "what,field,unit,scale,offset,max,source") {
		if _, known := vocab.UnitByCode(c[2]); !known || c[6] == "" {
			t.Errorf("%s: unit %s, source %q", c[0], c[2], c[6])
		}
	}
}
