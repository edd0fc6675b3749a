package fit

import (
	"math"
	"slices"
	"time"

	"github.com/cockroachdb/apd/v3"
	"github.com/muktihari/fit/profile/untyped/fieldnum"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// recordFields are the numbers of the fields that tracks.csv names.
var recordFields = map[string]byte{
	"heart_rate": fieldnum.RecordHeartRate, "altitude": fieldnum.RecordAltitude, "speed": fieldnum.RecordSpeed,
	"distance": fieldnum.RecordDistance, "cadence": fieldnum.RecordCadence, "power": fieldnum.RecordPower,
}

// samples are the fields of record messages by the second after the start.
type samples map[int64][]field

// add sets a field; the first value of a second stays.
func (s samples) add(second int64, f field) bool {
	if slices.ContainsFunc(s[second], func(have field) bool { return have.number == f.number }) {
		return false
	}
	s[second] = append(s[second], f)
	return true
}

// samplesOf are what was measured from the start of an activity to its end, in
// FIT's steps and whole seconds.
func samplesOf(x *record.Exercise, length time.Duration, is *issues) samples {
	found := samples{}
	for _, t := range trackFields() {
		track := longest(x, t.what, is)
		if track == nil {
			continue
		}
		for _, p := range track.Points {
			n, exact, err := fieldSteps(record.Quantity{Value: p.Value, Unit: track.Unit}, t)
			if err != nil {
				is.lost("exercise.tracks."+t.what, "FIT's field cannot hold a value; it is left out")
				continue
			}
			if !exact {
				is.lost("exercise.tracks."+t.what, "rounded to the steps of FIT's field")
			}
			found.at(p.At, length, field{number: t.number, n: n}, is)
		}
	}
	found.positions(x, length, is)
	for i := range x.Tracks {
		if x.Tracks[i].What == record.TrackEnergy {
			is.lost("exercise.tracks.energy", "FIT's records have the energy burned so far in proportion to the time")
		}
	}
	return found
}

// at adds a field at a time, if that is in the activity.
func (s samples) at(at record.Decimal, length time.Duration, f field, is *issues) {
	d, err := time.ParseDuration(string(at) + "s")
	if err != nil || d < 0 || d > length {
		is.lost("exercise.tracks", "samples from before the start or after the end are left out")
		return
	}
	if _, there := s[int64(d/time.Second)]; !there && len(s) == maxRecords {
		is.lost("exercise.tracks", "a file of ours has 100000 records with samples at most; those behind are left out")
		return
	}
	if !s.add(int64(d/time.Second), f) {
		is.lost("exercise.tracks", "FIT has one record a second; of several samples in one the first is kept")
	}
}

// longest is the track that has most points where several devices measured.
func longest(x *record.Exercise, what string, is *issues) *record.Track {
	var best *record.Track
	for i := range x.Tracks {
		t := &x.Tracks[i]
		if t.What != what {
			continue
		}
		if best != nil {
			is.lost("exercise.tracks."+what, "several devices measured it; the records have those of the one that has most")
		}
		if best == nil || len(t.Points) > len(best.Points) {
			best = t
		}
	}
	return best
}

// fieldSteps returns a value as a field of record messages holds it.
func fieldSteps(q record.Quantity, t trackField) (n uint64, exact bool, err error) {
	if q.Unit != t.unit {
		if q, err = vocab.Convert(padded(q), t.unit); err != nil {
			return 0, false, err
		}
	}
	x, err := q.Value.Exact()
	if err != nil {
		return 0, false, err
	}
	var sum apd.Decimal
	if _, err := halfEven.Add(&sum, x, apd.New(t.offset, 0)); err != nil {
		return 0, false, errNoRoom
	}
	steps, exact, err := steps(record.Quantity{Value: record.Decimal(sum.Text('f')), Unit: t.unit}, t.unit, t.scale)
	if err != nil || steps > t.max {
		return 0, false, errNoRoom
	}
	return uint64(steps), exact, nil
}

// positions adds latitudes with the longitudes of the same time.
func (s samples) positions(x *record.Exercise, length time.Duration, is *issues) {
	latitudes, longitudes := longest(x, record.TrackLatitude, is), longest(x, record.TrackLongitude, is)
	if latitudes == nil && longitudes == nil {
		return
	}
	if latitudes == nil || longitudes == nil || len(latitudes.Points) != len(longitudes.Points) {
		is.lost("exercise.tracks.latitude", "a position has two numbers; they are left out")
		return
	}
	is.lost("exercise.tracks.latitude", "FIT has positions in steps of 84 billionths of a degree, a centimetre; rounded")
	for i, p := range latitudes.Points {
		q := longitudes.Points[i]
		lat, north := semicircles(p.Value, 90)
		long, east := semicircles(q.Value, 180)
		if p.At != q.At || !north || !east {
			is.lost("exercise.tracks.latitude", "not a place on earth at one time; it is left out")
			continue
		}
		s.at(p.At, length, field{number: fieldnum.RecordPositionLat, n: lat}, is)
		s.at(p.At, length, field{number: fieldnum.RecordPositionLong, n: long}, is)
	}
}

// semicircles returns degrees as FIT has them, 2^31 to half a circle, in the
// bits of an int32. 180 degrees east are as far as 180 west.
func semicircles(degrees record.Decimal, most int64) (uint64, bool) {
	x, err := degrees.Exact()
	if err != nil {
		return 0, false
	}
	var size, product, quotient, whole apd.Decimal
	size.Abs(x)
	if size.Cmp(apd.New(most, 0)) > 0 {
		return 0, false
	}
	if _, err := halfEven.Mul(&product, x, apd.New(1<<31, 0)); err != nil {
		return 0, false
	}
	if _, err := halfEven.Quo(&quotient, &product, apd.New(180, 0)); err != nil {
		return 0, false
	}
	if _, err := halfEven.RoundToIntegralValue(&whole, &quotient); err != nil {
		return 0, false
	}
	n, err := whole.Int64()
	if most == 90 {
		n = min(n, 1<<30-1) // the North Pole itself is "invalid" to some readers
	}
	if n >= math.MaxInt32 {
		n = math.MinInt32 // the highest number means "invalid"
	}
	return uint64(uint32(int32(n))), err == nil
}

// times are the seconds after the start that have a record: those of the
// spacing and those of samples.
func (a *activity) times() []int64 {
	last := int64(a.end().Sub(a.start.at) / time.Second)
	var all []int64
	for at := int64(0); at < last; at += int64(a.every / time.Second) {
		all = append(all, at)
	}
	for at := range a.samples {
		all = append(all, at)
	}
	all = append(all, last)
	slices.Sort(all)
	return slices.Compact(all)
}
