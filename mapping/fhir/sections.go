package fhir

import (
	"fmt"

	"nutrigate/mapping/digest"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// socialHistory says how much alcohol and caffeine the person logged. It is no
// count of drinks, and nothing is said of a person who logged none of either.
func (d *draft) socialHistory() error {
	o := &d.overview
	var rows [][]string
	for _, key := range []string{"alcohol", "caffeine"} {
		if a, ok := o.Long.Average(key); ok && d.emitsNutrient(key) && !a.High.Value.Zero() {
			n, _ := vocab.NutrientByKey(key)
			rows = append(rows, []string{n.Name, amountText(a.Mean), amountText(a.High), fmt.Sprintf("%d of %d", a.Days, o.Long.Days)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	refs, err := d.list(totalsOf(o.Totals, "alcohol", "caffeine")...)
	if err != nil {
		return err
	}
	var n narrative
	n.paragraph("Amounts in what was eaten and drunk. " + coverage(&o.Long))
	n.table([]string{"Nutrient", "Mean per day", "Highest day", "Days with a total"}, rows)
	n.paragraph(selfReported)
	d.add("social_history", &n, refs)
	return nil
}

func totalsOf(totals []record.Record, keys ...string) []record.Record {
	var some []record.Record
	for _, r := range totals {
		for _, k := range keys {
			if r.Total.Nutrient == k {
				some = append(some, r)
			}
		}
	}
	return some
}

// planOfCare has the targets, which the person set.
func (d *draft) planOfCare() error {
	o := &d.overview
	if len(o.Targets)+len(o.Plans) == 0 {
		return nil
	}
	refs, err := d.list(append(append([]record.Record{}, o.Plans...), o.Targets...)...)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, r := range o.Targets {
		rows = append(rows, []string{nutrientName(r.Target.Nutrient), targetText(r.Target)})
	}
	var n narrative
	n.paragraph("Daily targets that the person set; not a clinician's order.")
	n.table([]string{"Nutrient", "Target per day"}, rows)
	d.add("plan_of_care", &n, refs)
	return nil
}

func nutrientName(key string) string {
	if n, known := vocab.NutrientByKey(key); known {
		return n.Name
	}
	if name, ok := record.UnknownName(key); ok {
		return name
	}
	return key
}

// targetText says the bounds of a target: "2000 to 2200 kcal".
func targetText(t *record.Target) string {
	one, same := bound(t)
	switch {
	case t.Min == nil && t.Max == nil:
		return ""
	case t.Max == nil:
		return "at least " + amountText(one)
	case t.Min == nil:
		return "at most " + amountText(one)
	case same:
		return amountText(one)
	case t.Min.Unit == t.Max.Unit:
		return string(t.Min.Value) + " to " + amountText(*t.Max)
	}
	return amountText(*t.Min) + " to " + amountText(*t.Max)
}

// diet has what the days came to beside the targets. Its entries are the totals
// of the last day: numbers that were logged, from which the means are made.
func (d *draft) diet() error {
	o := &d.overview
	var n narrative
	if o.Last == "" {
		n.paragraph("No day was logged.")
		d.add("diet", &n, nil)
		return nil
	}
	var last []record.Record
	for _, r := range o.Totals {
		if nutrients()[r.Total.Nutrient].core {
			last = append(last, r)
		}
	}
	refs, err := d.list(last...)
	if err != nil {
		return err
	}
	n.paragraph("Last 7 days: " + coverage(&o.Short))
	n.paragraph("Last 30 days: " + coverage(&o.Long))
	n.table(dietHeadings, DietRows(o))
	n.paragraph(selfReported + " The entries are the totals of " + string(o.Last) + ", the last day logged.")
	d.add("diet", &n, refs)
	return nil
}

var dietHeadings = []string{
	"Nutrient", "Mean per day, last 7 days", "Days with a total", "Mean per day, last 30 days", "Days with a total", "Target per day",
}

// DietRows are the core nutrients with their means over both spans, each with
// the number of days that it is made of, and their targets.
func DietRows(o *digest.Overview) [][]string {
	var rows [][]string
	for _, long := range o.Long.Averages {
		if !nutrients()[long.Nutrient].core {
			continue
		}
		row := []string{nutrientName(long.Nutrient), "", "", amountText(long.Mean), fmt.Sprintf("%d of %d", long.Days, o.Long.Days), ""}
		if short, ok := o.Short.Average(long.Nutrient); ok {
			row[1], row[2] = amountText(short.Mean), fmt.Sprintf("%d of %d", short.Days, o.Short.Days)
		}
		if t, ok := o.Target(long.Nutrient); ok {
			row[5] = targetText(t)
		}
		rows = append(rows, row)
	}
	return rows
}
