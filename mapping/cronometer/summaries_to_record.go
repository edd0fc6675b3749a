package cronometer

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// targets reads daily targets by the names of nutrients, and the set of them.
func (a *Answer) targets(doc []byte) error {
	a.kinds = []record.Kind{record.KindTarget, record.KindPlan}
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &members) != nil {
		return a.fault("", "not an object")
	}
	var list []record.Target
	for _, name := range slices.Sorted(maps.Keys(members)) {
		t, err := a.target(name, members[name])
		if err != nil {
			return err
		}
		if t != nil {
			list = append(list, *t)
		}
	}
	slices.SortFunc(list, func(x, y record.Target) int {
		return cmp.Or(cmp.Compare(rank(x.Nutrient), rank(y.Nutrient)), cmp.Compare(x.Nutrient, y.Nutrient))
	})
	b := a.batch("")
	for i := range list {
		rec := a.record(record.KindTarget, a.options.AsOf)
		rec.Target = &list[i]
		b.Records = append(b.Records, rec)
	}
	if len(list) > 0 {
		plan := a.record(record.KindPlan, a.options.AsOf)
		plan.Plan = &record.Plan{Targets: list}
		b.Records = append(b.Records, plan)
	}
	return nil
}

// target reads one; nil for one without bounds, or in a unit of something else.
func (a *Answer) target(name string, doc json.RawMessage) (*record.Target, error) {
	var t struct{ Min, Max json.RawMessage }
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &t) != nil || json.Unmarshal(doc, &members) != nil {
		return nil, a.fault(name, "not a target")
	}
	a.unknown("targets", members, "min", "max", "unit")
	n := nutrientIn(plainMicro(name), plainMicro(plainText(members["unit"])))
	if n.unknown {
		a.issues.add(mapping.Unknown, "targets nutrient "+name, "the vocabulary lacks this nutrient in this unit; it is carried under its own name")
	}
	out := record.Target{Nutrient: n.key}
	for _, bound := range []struct {
		raw  json.RawMessage
		into **record.Quantity
	}{{t.Min, &out.Min}, {t.Max, &out.Max}} {
		value, problem := plainNumber(bound.raw)
		if problem == "" && value.Negative() {
			problem = negative
		}
		if problem != "" {
			return nil, a.fault(name, problem)
		}
		if value != "" {
			*bound.into = &record.Quantity{Value: value.Abs(), Unit: n.unit}
		}
	}
	if out.Min == nil && out.Max == nil {
		a.issues.add(mapping.Lost, "targets nutrient "+name, "it has neither a minimum nor a maximum; left out")
		return nil, nil
	}
	if out.Min != nil && out.Max != nil && above(out.Min.Value, out.Max.Value) {
		return nil, a.fault(name, "the maximum is below the minimum")
	}
	return &out, nil
}

// fasts reads periods of fasting by the day of their start.
func (a *Answer) fasts(doc []byte) error {
	a.kinds = []record.Kind{record.KindFast}
	var answer struct{ Fasts []map[string]json.RawMessage }
	if json.Unmarshal(doc, &answer) != nil {
		return a.fault("fasts", "not a list of fasts")
	}
	for _, f := range answer.Fasts {
		a.unknown("fasting_summary", f, "name", "start", "finish", "comments")
		day, start, err := a.moment("start", plainText(f["start"]))
		if err != nil {
			return err
		}
		endDay, end, err := a.moment("finish", plainText(f["finish"]))
		if err != nil {
			return err
		}
		if endDay != "" && (endDay < day || endDay == day && end != "" && end.WithSeconds() < start.WithSeconds()) {
			return a.fault("finish", "a fast ends before it begins")
		}
		rec := a.record(record.KindFast, day)
		rec.Time = start
		rec.Fast = &record.Fast{Name: plainText(f["name"]), EndDay: endDay, EndTime: end, Comments: plainText(f["comments"])}
		b := a.batch(day)
		b.Records = append(b.Records, rec)
	}
	return nil
}

// moment reads a day and time of the diary's own clocks: the API says no zone.
// Where a text has an offset all the same, it is taken to the diary's zone.
func (a *Answer) moment(member, text string) (record.Date, record.Clock, error) {
	if text == "" {
		return "", "", nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		zone, err := record.Location(a.options.Zone)
		if err != nil {
			a.issues.add(mapping.Assumed, "fasting_summary member "+member, "the diary's zone is not known; the clock is taken as it is written")
		} else {
			at = at.In(zone)
		}
		return record.DateOf(at), record.Clock(at.Format("15:04:05")), nil
	}
	date, clock, _ := strings.Cut(strings.Replace(text, "T", " ", 1), " ")
	day, err := record.ParseDate(date)
	if err != nil {
		return "", "", a.fault(member, "not a day, or a day and a time")
	}
	at, err := parseClock(clock)
	if err != nil {
		return "", "", a.fault(member, "not a time of day")
	}
	return day, at, nil
}

// biometrics reads measurements. What their members are called is not public:
// those seen are name or type, day or date, value or amount, unit or units.
func (a *Answer) biometrics(doc []byte) error {
	a.kinds = []record.Kind{record.KindBiometric}
	var answer struct{ Biometrics []map[string]json.RawMessage }
	if json.Unmarshal(doc, &answer) != nil {
		return a.fault("biometrics", "not a list of measurements")
	}
	// The sheet lends its reading of units and values, and its issues are ours.
	s := &sheet{comma: ',', kind: BiometricSummary}
	for _, m := range answer.Biometrics {
		a.unknown("biometric_summary", m, "name", "type", "day", "date", "time", "value", "amount", "unit", "units")
		if err := a.biometric(s, m); err != nil {
			return err
		}
	}
	for _, i := range s.issues.list {
		a.issues.add(i.Sort, i.Path, i.Reason)
	}
	return nil
}

func (a *Answer) biometric(s *sheet, m map[string]json.RawMessage) error {
	either := func(one, other string) string { return cmp.Or(plainText(m[one]), plainText(m[other])) }
	name, device := cutDevice(either("name", "type"))
	day, err := record.ParseDate(either("day", "date"))
	if err != nil || name == "" {
		return a.fault("biometrics", "a measurement without a name or a day")
	}
	clock, err := parseClock(plainText(m["time"]))
	if err != nil {
		return a.fault("time", "not a time of day")
	}
	text, label := either("value", "amount"), either("unit", "units")
	if text == "" {
		a.issues.add(mapping.Lost, "biometric_summary", "measurements without a value are left out")
		return nil
	}
	key, known := metricKey(name)
	if !known {
		a.issues.add(mapping.Unknown, "biometric_summary metric "+name, "the vocabulary lacks this metric; it is carried under its own name")
	}
	rec := a.record(record.KindBiometric, day)
	rec.Time = clock
	rec.Biometric = &record.Biometric{Metric: key, Device: device}
	if problem := measured(rec.Biometric, s, text, resolveUnit(s, name, key, label), label, known); problem != "" {
		return a.fault(name, problem)
	}
	b := a.batch(day)
	b.Records = append(b.Records, rec)
	return nil
}

// measured sets what was measured. What is no number stays text.
func measured(to *record.Biometric, s *sheet, text, unit, label string, known bool) (problem string) {
	if to.Metric == bloodPressureKey {
		if to.BloodPressure = bloodPressure(s, text, unit); to.BloodPressure != nil {
			return ""
		}
	} else if value, err := record.ParseDecimal(text); err == nil {
		if value.Negative() && known {
			return negative
		}
		if value.Zero() {
			value = value.Abs()
		}
		to.Quantity = &record.Quantity{Value: value, Unit: unit}
		return ""
	}
	to.Text = strings.TrimSpace(text + " " + label)
	s.issues.add(mapping.Unknown, "biometric_summary value", "a value that is no number is carried as text")
	return ""
}
