package digest

import (
	"slices"

	"nutrigate/mapping/record"
)

// Spans of an overview, in days up to the last one that was logged.
const (
	ShortSpan = 7
	LongSpan  = 30
)

// An Overview is what a clinician looks at first.
type Overview struct {
	// Last is the last day that was logged and was over; empty if there is none.
	// The spans end with it, so that an overview is the same whenever it is made.
	Last        record.Date
	Short, Long Span
	// Latest are the newest measurements, one of each metric.
	Latest []record.Record
	// Totals are those of the last day.
	Totals  []record.Record
	Targets []record.Record
	Plans   []record.Record
}

// Overall makes an overview of a person's records.
func Overall(records []record.Record) Overview {
	o := Overview{Last: LastDay(records), Latest: Latest(records)}
	if o.Last != "" {
		o.Short = Of(records, o.Last.AddDays(1-ShortSpan), o.Last)
		o.Long = Of(records, o.Last.AddDays(1-LongSpan), o.Last)
	}
	for _, r := range records {
		switch {
		case r.Deleted:
		case r.Total != nil && r.Day == o.Last:
			o.Totals = append(o.Totals, r)
		case r.Target != nil:
			o.Targets = append(o.Targets, r)
		case r.Plan != nil:
			o.Plans = append(o.Plans, r)
		}
	}
	return o
}

// Target returns the person's target of a nutrient, if there is one.
func (o *Overview) Target(nutrient string) (*record.Target, bool) {
	i := slices.IndexFunc(o.Targets, func(r record.Record) bool { return r.Target.Nutrient == nutrient })
	if i < 0 {
		return nil, false
	}
	return o.Targets[i].Target, true
}
