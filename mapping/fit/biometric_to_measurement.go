package fit

import (
	"iter"
	"slices"

	"github.com/muktihari/fit/proto"

	"nutrigate/mapping/record"
)

// A group is the records of one measurement file: the first is the one without
// which there is no file.
type group struct {
	kind    measurementKind
	records []*record.Record
}

// groups are the measurement files of a day by their first record.
type groups map[*record.Record]*group

// occasion is one use of one device, as far as an export shows: one message,
// the same device, the same time, and no time counts as a time.
type occasion struct {
	message string
	device  string
	clock   record.Clock
}

// groupMeasurements sorts the day's biometrics into files. A value joins the
// weight or blood pressure of its occasion; where an occasion has two of these
// it would be a guess which, so it joins neither. What joins nothing is an issue.
func groupMeasurements(day []record.Record, is *issues) groups {
	found := groups{}
	leads := map[occasion][]*group{}
	for r := range biometrics(day) {
		for _, k := range measurementKinds() {
			if r.Biometric.Metric == k.lead {
				g := &group{kind: k, records: []*record.Record{r}}
				found[r] = g
				leads[occasionOf(k, r)] = append(leads[occasionOf(k, r)], g)
			}
		}
	}
	for r := range biometrics(day) {
		if found[r] == nil {
			join(r, leads, is)
		}
	}
	return found
}

// biometrics goes over the records of the kind biometric.
func biometrics(day []record.Record) iter.Seq[*record.Record] {
	return func(yield func(*record.Record) bool) {
		for i := range day {
			if day[i].Kind == record.KindBiometric && !yield(&day[i]) {
				return
			}
		}
	}
}

func occasionOf(k measurementKind, r *record.Record) occasion {
	return occasion{k.name, r.Biometric.Device, r.Time}
}

// join adds r to the only group of its occasion.
func join(r *record.Record, leads map[occasion][]*group, is *issues) {
	path := "biometric." + r.Biometric.Metric
	p, ok := places()[r.Biometric.Metric]
	if !ok {
		is.lost(path, whyUnmapped(r.Biometric.Metric))
		return
	}
	switch at := leads[occasionOf(p.kind, r)]; len(at) {
	case 0:
		is.lost(path, "FIT has it only in one message with a "+p.kind.lead+" of the same time and device")
	case 1:
		at[0].records = append(at[0].records, r)
	default:
		is.lost(path, "several "+p.kind.lead+" records have its time and device; it is not known to which it belongs")
	}
}

// measurementToMessages returns the messages of a measurement file and the ids
// of the records that are in it; false, with an issue, where there can be no file.
func measurementToMessages(who record.Subject, g *group, is *issues) ([]message, []string, bool) {
	first := g.records[0]
	at, ok := momentOf(first, is)
	if !ok {
		lostAll(g.records[1:], "the file that it belongs to is not made", is)
		return nil, nil, false
	}
	m := message{g.kind.number, []field{{number: proto.FieldNumTimestamp, n: seconds(at.at)}}}
	var ids []string
	for i, r := range g.sorted() {
		fields, ok := fieldsOf(r, m.fields, is)
		if !ok && i == 0 {
			lostAll(g.records, "the file cannot be made without a "+g.kind.lead, is)
			return nil, nil, false
		}
		if ok {
			m.fields = append(m.fields, fields...)
			ids = append(ids, r.ID)
			lostOrigin(r.Biometric, is)
		}
	}
	return append(head(g.kind.file, who, first.ID, at.at), m), ids, true
}

// lostOrigin reports where a value came from, which no file says.
func lostOrigin(b *record.Biometric, is *issues) {
	if b.Device != "" {
		is.lost("biometric.device", "a measurement file names the app that made it, which is this one")
	}
	if b.Group != "" {
		is.lost("biometric.group", "FIT has no diary groups")
	}
}

func lostAll(records []*record.Record, reason string, is *issues) {
	for _, r := range records {
		is.lost("biometric."+r.Biometric.Metric, reason)
	}
}

// sorted returns the records in the order of the table, so that the bytes do
// not depend on the order of a day's rows, and of two values for one field the
// table's first is taken.
func (g *group) sorted() []*record.Record {
	rank := func(r *record.Record) int { return places()[r.Biometric.Metric].row }
	rest := slices.Clone(g.records[1:])
	slices.SortStableFunc(rest, func(a, b *record.Record) int { return rank(a) - rank(b) })
	return append([]*record.Record{g.records[0]}, rest...)
}

// fieldsOf returns the fields that r fills, none of which is among taken.
func fieldsOf(r *record.Record, taken []field, is *issues) ([]field, bool) {
	var fields []field
	for _, v := range valuesOf(r.Biometric) {
		path, p := "biometric."+v.key, places()[v.key]
		if slices.ContainsFunc(taken, func(f field) bool { return f.number == p.field }) {
			is.lost(path, "the file of this time and device already has a value for FIT's field")
			return nil, false
		}
		n, exact, err := steps(v.quantity, p.unit, p.scale)
		if err != nil || n > p.limit {
			is.lost(path, "it is not a value that FIT's field can hold")
			return nil, false
		}
		if !exact {
			is.lost(path, "rounded to the steps of FIT's field")
		}
		fields = append(fields, field{number: p.field, n: uint64(n)})
	}
	if len(fields) == 0 {
		is.lost("biometric."+r.Biometric.Metric, "it is a text, and FIT's field is a number")
	}
	return fields, len(fields) > 0
}

// value is one number of a biometric and its key in measurements.csv.
type value struct {
	key      string
	quantity record.Quantity
}

func valuesOf(b *record.Biometric) []value {
	switch {
	case b.BloodPressure != nil:
		return []value{
			{b.Metric + ".systolic", b.BloodPressure.Systolic},
			{b.Metric + ".diastolic", b.BloodPressure.Diastolic},
		}
	case b.Quantity != nil:
		return []value{{b.Metric, *b.Quantity}}
	}
	return nil
}
