package demo_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"nutrigate/gateway/source/demo"
	"nutrigate/mapping"
	"nutrigate/mapping/applehealth"
	"nutrigate/mapping/record"
)

// healthDays reads an export of the Health app: what it says of each day.
func healthDays(t *testing.T, o demo.HealthOptions) (map[record.Date][]record.Record, []mapping.Issue) {
	t.Helper()
	var b bytes.Buffer
	if err := demo.WriteHealth(&b, o); err != nil {
		t.Fatal(err)
	}
	e, err := applehealth.Open("export.xml", bytes.NewReader(b.Bytes()), mapping.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	days := map[record.Date][]record.Record{}
	for {
		day, err := e.Next()
		if errors.Is(err, io.EOF) {
			return days, e.Issues()
		}
		if err != nil {
			t.Fatal(err)
		}
		days[day.Day] = day.Records
	}
}

func TestHealth(t *testing.T) {
	o := demo.HealthOptions{Seed: 3, Days: 20, End: "2026-04-05", HeartRate: time.Hour} // over the start of summer time
	days, issues := healthDays(t, o)
	t.Run("it has every kind of record that the app's export gives", func(t *testing.T) {
		kinds := map[record.Kind]int{}
		for _, list := range days {
			for i := range list {
				kinds[list[i].Kind]++
			}
		}
		for _, k := range []record.Kind{record.KindServing, record.KindExercise, record.KindBiometric, record.KindSleep} {
			if kinds[k] == 0 {
				t.Errorf("no %s", k)
			}
		}
		if kinds[record.KindServing] != 20*4 {
			t.Errorf("%d servings: what a correlation has again was counted twice", kinds[record.KindServing])
		}
	})
	t.Run("nothing in it is unknown", func(t *testing.T) {
		for _, i := range issues {
			if i.Sort == mapping.Unknown {
				t.Error(i)
			}
		}
	})
	t.Run("a later export says the same of the days that both have", func(t *testing.T) {
		o.Days, o.End = o.Days+5, o.End.AddDays(5)
		later, _ := healthDays(t, o)
		for day, list := range days {
			if day == "2026-04-05" {
				continue // its night begins a day later
			}
			changes, err := record.Replace("6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11", nil, list)
			if err != nil {
				t.Fatal(err)
			}
			var have []record.Record
			for _, r := range changes.Added {
				have = append(have, r.Record)
			}
			if c, err := record.Replace("6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11", have, later[day]); err != nil || !c.None() {
				t.Errorf("%s: %d added, %d changed, %d gone, %v", day, len(c.Added), len(c.Changed), len(c.Gone), err)
			}
		}
	})
	t.Run("of no days there is none", func(t *testing.T) {
		if err := demo.WriteHealth(io.Discard, demo.HealthOptions{End: "2026-04-05"}); err == nil {
			t.Error("it was written")
		}
	})
}
