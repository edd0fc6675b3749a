// Package digest sums up what a person logged, for people who read little: how
// much of a span of days there is, what the days came to on average, and the
// latest of each measurement. It is pure, and every number in it leads back to
// logged ones: a day without a total is no day of zero.
package digest

import (
	"cmp"
	"slices"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// A Span is what some days came to.
type Span struct {
	From, To record.Date
	// Days is how many there are from From to To.
	Days int
	// Logged is of how many of them there is a summary and the day was over when
	// it was made; Open of how many the day was not.
	Logged, Open int
	// Completed is how many of those logged the person marked as complete; it
	// says nothing where Marked is false, as then no document has such a mark.
	Completed int
	Marked    bool
	// Averages are those of each nutrient of the vocabulary that has a total on
	// any of the days, in its order.
	Averages []Average
}

// An Average is what one nutrient came to on the days that have a total of it.
type Average struct {
	Nutrient string
	// Mean, Low and High are in the vocabulary's unit. Mean has as many decimal
	// places as the most exact of the totals, rounded half to even.
	Mean, Low, High record.Quantity
	// Days is how many totals there are. A day that is not over has none.
	Days int
}

// Of sums up the records of a person from one day to another, both included.
func Of(records []record.Record, from, to record.Date) Span {
	s := Span{From: from, To: to, Days: days(from, to)}
	totals := map[string][]record.Quantity{}
	for i := range records {
		r := &records[i]
		if r.Day < from || r.Day > to || r.Deleted {
			continue
		}
		switch {
		case r.DayTotals != nil:
			s.count(r.DayTotals)
		case r.Total != nil && !r.Total.Open:
			totals[r.Total.Nutrient] = append(totals[r.Total.Nutrient], r.Total.Quantity)
		}
	}
	for _, n := range vocab.Nutrients() {
		if a, ok := average(n, totals[n.Key]); ok {
			s.Averages = append(s.Averages, a)
		}
	}
	return s
}

// Average returns the average of a nutrient, if there is one.
func (s *Span) Average(nutrient string) (Average, bool) {
	for _, a := range s.Averages {
		if a.Nutrient == nutrient {
			return a, true
		}
	}
	return Average{}, false
}

func (s *Span) count(d *record.DayTotals) {
	switch {
	case d.Open:
		s.Open++
	case len(d.Nutrients) > 0:
		s.Logged++
	default: // a day of which only the mark is known
		return
	}
	if d.Completed != nil {
		s.Marked = true
		if *d.Completed {
			s.Completed++
		}
	}
}

// days counts from one day to another; 0 if there is none.
func days(from, to record.Date) int {
	n := 0
	for d := from; d <= to && n < maxDays; d = d.AddDays(1) {
		n++
	}
	return n
}

// maxDays is more than anybody asks a digest of.
const maxDays = 10_000

// LastDay returns the last day of which there is a summary and that was over;
// empty if there is none.
func LastDay(records []record.Record) record.Date {
	var last record.Date
	for i := range records {
		r := &records[i]
		if r.DayTotals != nil && !r.DayTotals.Open && !r.Deleted && len(r.DayTotals.Nutrients) > 0 {
			last = max(last, r.Day)
		}
	}
	return last
}

// Latest returns the newest measurement of each metric that has a number, in
// the order of the vocabulary; what the vocabulary lacks is left out.
func Latest(records []record.Record) []record.Record {
	newest := map[string]*record.Record{}
	for i := range records {
		r := &records[i]
		if r.Biometric == nil || r.Deleted || (r.Biometric.Quantity == nil && r.Biometric.BloodPressure == nil) {
			continue
		}
		if have := newest[r.Biometric.Metric]; have == nil || Order(have, r) < 0 {
			newest[r.Biometric.Metric] = r
		}
	}
	var all []record.Record
	for _, b := range vocab.Biometrics() {
		if r := newest[b.Key]; r != nil {
			all = append(all, *r)
		}
	}
	return all
}

// Order compares records by day, time, and their order within the day: a
// measurement without a time comes before those of its day that have one.
func Order(a, b *record.Record) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Ordinal(), b.Ordinal()))
}

// A Point is one value of a series.
type Point struct {
	Day   record.Date
	Time  record.Clock
	Value record.Quantity
}

// Series returns the values of a metric in a unit, oldest first. Values that
// cannot be had in that unit are left out. Of a blood pressure, part picks
// "systolic" or "diastolic".
func Series(records []record.Record, metric, part, unit string) []Point {
	var of []*record.Record
	for i := range records {
		if b := records[i].Biometric; b != nil && b.Metric == metric && !records[i].Deleted {
			of = append(of, &records[i])
		}
	}
	slices.SortStableFunc(of, Order)
	var all []Point
	for _, r := range of {
		q, ok := value(r.Biometric, part)
		if !ok {
			continue
		}
		if q, err := converted(q, metric, unit); err == nil {
			all = append(all, Point{r.Day, r.Time, q})
		}
	}
	return all
}

// converted returns q in a unit, also from one of mass to one of substance by
// the metric's molar mass, and back: g/mol is mg/mmol, and a litre is ten
// decilitres.
func converted(q record.Quantity, metric, unit string) (record.Quantity, error) {
	same, err := vocab.Convert(q, unit)
	m, _ := vocab.BiometricByKey(metric)
	if err == nil || m.MolarMass == "" {
		return same, err
	}
	switch unit {
	case "mmol/L":
		if q, err = vocab.Convert(q, "mg/dL"); err == nil {
			return vocab.Multiply(q, "10/"+m.MolarMass, unit)
		}
	case "mg/dL":
		if q, err = vocab.Convert(q, "mmol/L"); err == nil {
			return vocab.Multiply(q, m.MolarMass+"/10", unit)
		}
	}
	return q, err
}

func value(b *record.Biometric, part string) (record.Quantity, bool) {
	switch {
	case b.BloodPressure != nil && part == "systolic":
		return b.BloodPressure.Systolic, b.BloodPressure.Systolic.Value != ""
	case b.BloodPressure != nil && part == "diastolic":
		return b.BloodPressure.Diastolic, b.BloodPressure.Diastolic.Value != ""
	case b.Quantity != nil && part == "":
		return *b.Quantity, b.Quantity.Value != ""
	}
	return record.Quantity{}, false
}
