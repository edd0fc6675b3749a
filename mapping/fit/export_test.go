package fit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/muktihari/fit/profile/factory"
	"github.com/muktihari/fit/profile/typedef"

	"nutrigate/mapping/record"
)

// Falsified writes the files of a day, then changes each field of what was
// meant in turn, and returns the names of all fields and the names of those
// whose change reading back did not notice.
func Falsified(who record.Subject, day []record.Record) (all, unnoticed []string, err error) {
	var is issues
	found := groupMeasurements(day, &is)
	for i := range day {
		var meant []message
		if r := &day[i]; r.Kind == record.KindExercise {
			meant, _ = exerciseToActivity(who, r, EveryMinute, &is)
		} else if g := found[r]; g != nil {
			meant, _, _ = measurementToMessages(who, g, &is)
		} else {
			continue
		}
		body, err := encode(meant)
		if err != nil {
			return nil, nil, err
		}
		for j, m := range meant {
			for k, f := range m.fields {
				name := fmt.Sprintf("%s.%s", m.number, factory.CreateField(m.number, f.number).Name)
				all = append(all, name)
				if sameAs(body, falsify(meant, j, k)) == nil {
					unnoticed = append(unnoticed, name)
				}
			}
		}
	}
	return all, unnoticed, nil
}

func falsify(meant []message, i, j int) []message {
	changed := slices.Clone(meant)
	changed[i].fields = slices.Clone(meant[i].fields)
	changed[i].fields[j].n++
	changed[i].fields[j].text += "!"
	return changed
}

// Missing writes an activity file without its last message and returns what
// reading back says of it; and the same with a record too many.
func Missing(who record.Subject, r record.Record) (without, tooMany error) {
	var is issues
	meant, _ := exerciseToActivity(who, &r, EveryMinute, &is)
	body, _ := encode(meant[:len(meant)-1])
	without = sameAs(body, meant)
	i := slices.IndexFunc(meant, func(m message) bool { return m.number == typedef.MesgNumRecord })
	body, _ = encode(slices.Insert(slices.Clone(meant), i, meant[i]))
	return without, sameAs(body, meant)
}

// Row is a line of measurements.csv as loaded.
type Row struct {
	Unit  string
	Scale int64
}

// Places returns measurements.csv as loaded.
func Places() map[string]Row {
	all := map[string]Row{}
	for key, p := range places() {
		all[key] = Row{p.unit, p.scale}
	}
	return all
}

// Sports returns sports.csv as loaded.
func Sports() map[string][2]uint8 {
	all := map[string][2]uint8{}
	for key, s := range sports() {
		all[key] = [2]uint8{s.sport, s.sub}
	}
	return all
}

// Unmapped returns a copy of unmapped.csv as loaded.
func Unmapped() map[string]string { return maps.Clone(unmapped()) }
