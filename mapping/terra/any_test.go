package terra_test

import (
	"testing"

	"pgregory.net/rapid"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
	"nutrigate/mapping/vocab"
)

// One odd value must not take its day from the person: whatever was logged,
// every document is what its schema allows.
func TestWhateverWasLoggedGivesValidDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(anyRecord), 0, 12).Draw(t, "records")
		zone := rapid.SampledFrom([]string{"", "UTC", "Europe/Zurich", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia"}).Draw(t, "zone")
		on := rapid.SampledFrom([]record.Date{"2026-03-29", "2026-04-24", "2024-02-29", "2011-12-29", "2026-12-31"}).Draw(t, "day")
		if _, _, err := mapping.Checked(terra.Format{Samples: rapid.Bool().Draw(t, "samples")}, person, stored(on, zone, records...)); err != nil {
			t.Fatal(err)
		}
	})
}

func anySeconds(t *rapid.T) record.Decimal {
	return record.Decimal(rapid.StringMatching(`-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,8})?`).Draw(t, "seconds"))
}

func anyTracks(t *rapid.T) []record.Track {
	var all []record.Track
	for range rapid.IntRange(0, 4).Draw(t, "tracks") {
		all = append(all, record.Track{
			What:   rapid.SampledFrom([]string{record.TrackHeartRate, record.TrackLatitude, record.TrackLongitude, record.TrackAltitude, record.TrackSpeed, record.TrackEnergy}).Draw(t, "what"),
			Unit:   rapid.SampledFrom([]string{"/min", "deg", "m", "km/h", "kcal", "{drops}"}).Draw(t, "unit"),
			Points: record.Points{{At: anySeconds(t), Value: anySeconds(t)}, {At: anySeconds(t), Value: anySeconds(t)}},
		})
	}
	return all
}

func anyRecord(t *rapid.T) record.Record {
	text := rapid.StringN(0, 20, 60)
	name := text.Draw(t, "name")
	some := func() *record.Quantity {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		q := anyQuantity(t)
		return &q
	}
	r := record.Record{Time: rapid.SampledFrom([]record.Clock{"", "00:00", "02:30", "23:59:59"}).Draw(t, "time")}
	switch r.Kind = rapid.SampledFrom(record.Kinds()[:7]).Draw(t, "kind"); r.Kind {
	case record.KindServing:
		r.Serving = &record.Serving{Food: name, Group: rapid.SampledFrom([]string{"", "Lunch", "Uncategorized"}).Draw(t, "group"), Nutrients: anyNutrients(t)}
		if q := some(); q != nil {
			r.Serving.Amount = &record.Amount{Text: name, Number: q.Value, Unit: rapid.SampledFrom([]string{"g", "large", "fl oz", "bowl"}).Draw(t, "measure")}
		}
	case record.KindDay:
		r.DayTotals = &record.DayTotals{Open: true}
	case record.KindTotal:
		n := anyNutrients(t)
		if len(n) == 0 {
			return note(name)
		}
		r.Total = &record.Total{Nutrient: n[0].Key, Quantity: n[0].Quantity}
	case record.KindMeal:
		r.Meal = &record.Meal{Group: name, Nutrients: anyNutrients(t)}
	case record.KindExercise:
		r.Exercise = &record.Exercise{Name: name, Duration: some(), Energy: some(), Distance: some(), Tracks: anyTracks(t)}
		r.Exercise.HeartRate = &record.Spread{Average: some(), Max: some()}
		if rapid.Bool().Draw(t, "ends") {
			r.Exercise.EndDay, r.Exercise.EndTime = "2026-12-31", "23:59:59"
		}
		if rapid.Bool().Draw(t, "laps") {
			r.Exercise.Events = []record.Event{{Type: record.EventLap, At: anySeconds(t), Length: anySeconds(t).Abs()}, {Type: record.EventPause, At: anySeconds(t)}}
		}
	case record.KindSleep:
		r.Time = "23:00"
		r.Sleep = &record.Sleep{Device: name, EndDay: "2026-03-30", EndTime: "06:00", Stages: []record.Stage{
			{Stage: rapid.SampledFrom(append(record.Asleep(), record.StageInBed, record.StageAwake)).Draw(t, "stage"), At: anySeconds(t).Abs(), Length: anySeconds(t).Abs()},
		}}
	case record.KindBiometric:
		metric := rapid.SampledFrom(vocab.Biometrics()).Draw(t, "metric").Key
		r.Biometric = &record.Biometric{Metric: metric, Quantity: some(), Text: name}
	default:
		return note(name)
	}
	return r
}

func anyNutrients(t *rapid.T) record.Nutrients {
	var all record.Nutrients
	for range rapid.IntRange(0, 4).Draw(t, "nutrients") {
		key := rapid.SampledFrom(vocab.Nutrients()).Draw(t, "nutrient").Key
		all = append(all, record.Nutrient{Key: key, Quantity: anyQuantity(t)})
	}
	return all
}

func anyQuantity(t *rapid.T) record.Quantity {
	return record.Quantity{
		Value: record.Decimal(rapid.StringMatching(`-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,5})?`).Draw(t, "value")),
		Unit:  rapid.SampledFrom(vocab.Units()).Draw(t, "unit").Code,
	}
}
