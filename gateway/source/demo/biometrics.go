package demo

import (
	"math/rand/v2"
	"strconv"
)

// A measurement is one row of biometrics.csv.
type measurement struct {
	time         minute
	metric, unit string
	value        int64 // of 10^-places
	places       int
	// text is written in place of the number where it is not empty.
	text string
}

// measure draws a day's measurements. Early leaves out what comes late.
func measure(r *rand.Rand, number int, early bool) []measurement {
	all := weigh(r, number)
	all = append(all, fromDevices(r, early)...)
	all = append(all, byHand(r, number)...)
	if number%30 == 3 {
		all = append(all, monthly(r)...)
	}
	return all
}

// weigh switches between kg and pounds from time to time, and now and then
// within one day. Weight goes up and down within half a year.
func weigh(r *rand.Rand, number int) []measurement {
	grams := 70500 + 25*abs(number%180-90) + between(r, -600, 600)
	kilograms := measurement{minute(390 + r.IntN(60)), "Weight", "kg", int64(grams / 50 * 5), 2, ""}
	pounds := measurement{minute(400 + r.IntN(60)), "Weight", "lbs", divide(int64(grams)*100000, 45359), 3, ""}
	switch which := r.IntN(20); {
	case which < 8:
		return nil
	case which == 8:
		return []measurement{kilograms, pounds}
	case number/23%3 == 0:
		return []measurement{pounds}
	case number/23%3 == 1:
		kilograms.metric = "Weight (Apple Health)"
	}
	return []measurement{kilograms}
}

// fromDevices has the name of the device after the metric's own.
func fromDevices(r *rand.Rand, early bool) []measurement {
	var all []measurement
	if r.IntN(8) != 0 {
		minutes := between(r, 320, 560)
		all = append(all, measurement{noTime, "Sleep (Garmin)", "hours", divide(int64(minutes)*100000, 60), 5, ""})
		all = append(all, measurement{0, "Heart Rate (Garmin)", "bpm", int64(between(r, 48, 62)), 0, ""})
		for _, hour := range []int{9, 15} {
			if !early || hour < 12 {
				at := minute(hour*60 + r.IntN(60))
				all = append(all, measurement{at, "Heart Rate (Garmin)", "bpm", int64(between(r, 58, 110)), 0, ""})
			}
		}
	}
	if r.IntN(3) == 0 {
		all = append(all,
			measurement{noTime, "Resting Heart Rate (Apple Health)", "bpm", int64(between(r, 50, 60)), 0, ""},
			measurement{noTime, "Heart Rate Variability (HRV) (Apple Health)", "ms", int64(between(r, 2800, 7400)), 2, ""})
	}
	return all
}

// byHand is what the person measures some days a week.
func byHand(r *rand.Rand, number int) []measurement {
	var all []measurement
	if weekday(number) == 1 {
		pressure := strconv.Itoa(between(r, 108, 134)) + "/" + strconv.Itoa(between(r, 66, 86))
		all = append(all, measurement{minute(440 + r.IntN(30)), "Blood Pressure", "mmHg", 0, 0, pressure})
	}
	switch at := minute(420 + r.IntN(120)); r.IntN(8) {
	case 0:
		all = append(all, measurement{at, "Blood Glucose", "mg/dL", int64(between(r, 78, 118)), 0, ""})
	case 1:
		all = append(all, measurement{at, "Blood Glucose", "mmol/L", int64(between(r, 43, 66)), 1, ""})
	case 2:
		all = append(all, measurement{at, "Ketones", "mmol/L", int64(between(r, 2, 21)), 1, ""})
	case 3:
		all = append(all, measurement{at, "Body Fat", "%", int64(between(r, 180, 224)), 1, ""})
	case 4:
		all = append(all, measurement{noTime, "Mood", "", int64(between(r, 1, 5)), 0, ""})
	}
	return all
}

// monthly is what is measured once in thirty days. "Grip Strength" is a metric
// that the person made up.
func monthly(r *rand.Rand) []measurement {
	return []measurement{
		{noTime, "Height", "cm", 1700, 1, ""},
		{noTime, "Waist", "in", int64(between(r, 3150, 3375)), 2, ""},
		{minute(8 * 60), "Body Temperature", "°C", int64(between(r, 3610, 3720)), 2, ""},
		{minute(8*60 + 10), "Insulin", "units", int64(between(r, 3, 9)), 0, ""},
		{noTime, "Grip Strength", "kg", int64(between(r, 380, 520)), 1, ""},
	}
}

func abs(n int) int { return max(n, -n) }

// biometrics writes biometrics.csv. The unit is that of the row, and the group
// is not quoted.
func biometrics(days []day, v Variant) []byte {
	header := []string{"Day", "Time", "Group", "Metric", "Unit", "Amount"}
	switch {
	case v.Legacy:
		header = []string{"Day", "Metric", "Unit", "Amount"}
	case v.NoTimestamps:
		header = []string{"Day", "Group", "Metric", "Unit", "Amount"}
	}
	s := newSheet(v, header...)
	for _, d := range days {
		for _, m := range d.measurements {
			s.measurement(&d, m, v)
		}
	}
	return s.b
}

func (s *sheet) measurement(d *day, m measurement, v Variant) {
	s.date(d.date)
	if !v.Legacy {
		if !v.NoTimestamps {
			s.plain(m.time.String())
		}
		s.plain("Uncategorized")
	}
	s.text(m.metric)
	s.plain(m.unit)
	if m.text != "" {
		s.plain(m.text)
	} else {
		s.double(m.value*10, m.places+1) // a number is never written as a whole one
	}
	s.end()
}
