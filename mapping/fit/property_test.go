package fit_test

import (
	"testing"

	"pgregory.net/rapid"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// One bad document fails a whole day, so no record, however odd, may give one:
// each ends as a file that passes its checks or as an issue.
func TestOddRecordsNeverFailADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var day []record.Record
		for i := range rapid.IntRange(1, 6).Draw(t, "records") {
			day = append(day, odd(t, i))
		}
		docs, is, err := mapping.Checked(fit.Format{Records: fit.EndsOnly}, jo, day)
		if err != nil {
			t.Fatal(err)
		}
		in := 0
		for _, d := range docs {
			in += len(d.Records)
		}
		if in < len(day) && len(is) == 0 {
			t.Fatalf("%d of %d records are in files, and there is no issue", in, len(day))
		}
	})
}

func odd(t *rapid.T, i int) record.Record {
	r := record.Record{
		ID: record.NewID(jo.ID, record.KindExercise, day, string(rune('0'+i))),
		Day: record.Date(rapid.SampledFrom([]string{
			"1985-01-01", "1998-07-03", "1998-07-04", "2011-12-30", "2026-01-05", "2026-03-29", "2026-10-25", "2125-12-31", "2126-02-07", "9999-12-31", "tomorrow",
		}).Draw(t, "day")),
		Time: record.Clock(rapid.SampledFrom([]string{"", "00:00", "02:30", "03:30:59", "23:59"}).Draw(t, "time")),
		Zone: rapid.SampledFrom([]string{"", "UTC", "Europe/Athens", "Pacific/Apia", "Africa/Cairo", "Pacific/Kiritimati", "Australia/Lord_Howe", "America/Havana", "Nowhere/Else"}).Draw(t, "zone"),
	}
	if rapid.Bool().Draw(t, "exercise") {
		r.Kind = record.KindExercise
		r.Exercise = &record.Exercise{Name: rapid.String().Draw(t, "name"), Duration: oddQuantity(t, "min"), Energy: oddQuantity(t, "kcal")}
		if rapid.Bool().Draw(t, "measured") {
			oddTracks(t, &r)
		}
		return r
	}
	b := rapid.SampledFrom(vocab.Biometrics()).Draw(t, "metric")
	r.Kind, r.Biometric = record.KindBiometric, &record.Biometric{Metric: b.Key, Quantity: oddQuantity(t, b.Unit)}
	if b.Key == "blood_pressure" && rapid.Bool().Draw(t, "both") {
		r.Biometric.BloodPressure = &record.BloodPressure{Systolic: *quantity("120 mm[Hg]"), Diastolic: *quantity("80 mm[Hg]")}
	}
	return r
}

// oddTracks adds what a watch may have measured, or a broken one.
func oddTracks(t *rapid.T, r *record.Record) {
	x := r.Exercise
	if rapid.Bool().Draw(t, "ends") {
		x.EndDay = rapid.SampledFrom([]record.Date{r.Day, r.Day.AddDays(1), "2026-01-05", "9999-12-31"}).Draw(t, "end day")
		x.EndTime = rapid.SampledFrom([]record.Clock{"00:00", "02:45", "23:59:59"}).Draw(t, "end time")
	}
	x.Distance = oddQuantity(t, "km")
	x.HeartRate = &record.Spread{Average: oddQuantity(t, "/min"), Max: oddQuantity(t, "/min"), Min: oddQuantity(t, "/min")}
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?`)
	for range rapid.IntRange(0, 4).Draw(t, "events") {
		e := record.Event{At: record.Decimal(number.Draw(t, "at"))}
		e.Type = rapid.SampledFrom([]string{record.EventPause, record.EventResume, record.EventLap, record.EventMarker}).Draw(t, "event")
		if rapid.Bool().Draw(t, "long") {
			e.Length = record.Decimal(number.Draw(t, "length")).Abs()
		}
		x.Events = append(x.Events, e)
	}
	for range rapid.IntRange(0, 5).Draw(t, "tracks") {
		track := record.Track{
			What: rapid.SampledFrom([]string{record.TrackHeartRate, record.TrackLatitude, record.TrackLongitude, record.TrackAltitude, record.TrackSpeed, record.TrackDistance, record.TrackCadence, record.TrackPower, record.TrackEnergy}).Draw(t, "what"),
			Unit: rapid.SampledFrom([]string{"/min", "deg", "m", "m/s", "km/h", "W", "kcal", "{drops}"}).Draw(t, "track unit"),
		}
		for range rapid.IntRange(1, 6).Draw(t, "points") {
			track.Points = append(track.Points, record.Point{At: record.Decimal(number.Draw(t, "at")), Value: record.Decimal(number.Draw(t, "value"))})
		}
		x.Tracks = append(x.Tracks, track)
	}
}

// oddQuantity is a quantity of mostly the given unit, or nil.
func oddQuantity(t *rapid.T, unit string) *record.Quantity {
	value := rapid.StringMatching(`-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,6})?`).Draw(t, "value")
	q := &record.Quantity{Value: record.Decimal(value), Unit: rapid.SampledFrom([]string{unit, unit, unit, "[lb_av]", "kJ", "h", "{drops}"}).Draw(t, "unit")}
	return rapid.SampledFrom([]*record.Quantity{q, q, q, nil}).Draw(t, "quantity")
}
