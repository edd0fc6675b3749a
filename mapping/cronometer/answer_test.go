package cronometer_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

// answered reads an answer to its end and returns the contents of its records
// by day, with its days' kinds before them.
func answered(t testing.TB, name, doc string, o mapping.Reading) (map[record.Date][]string, *cronometer.Answer) {
	t.Helper()
	a, err := cronometer.OpenAnswer(name, strings.NewReader(doc), o)
	if err != nil {
		t.Fatal(err)
	}
	got := map[record.Date][]string{}
	for {
		b, err := a.Next()
		if errors.Is(err, io.EOF) {
			return got, a
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Records {
			content, err := r.Content()
			if err != nil || !slices.Contains(b.Kinds, r.Kind) {
				t.Fatalf("a %s among %v: %v", r.Kind, b.Kinds, err)
			}
			got[b.Day] = append(got[b.Day], string(content))
		}
	}
}

const oneDay = `{"day":"2026-08-16","completed":false,"food_grams":1520.3,
 "macros":{"kcal":2100},"metrics":[{"name":"Weight"}],"streak":4,
 "nutrients":{"Vitamin D":131,"Energy":2100.50,"B1 (Thiamine)":1.20,"Zinc":null,"Sodium":0.00,"Unobtainium":3},
 "foods":[{"name":"Breakfast","foods":[{"name":"Oats","serving":"1.00 cup - 81g"},{"name":"Oats","serving":"1.00 cup - 81g"}],"macros":{"kcal":307.0,"sodium":5}}]}`

func TestDiarySummary(t *testing.T) {
	got, a := answered(t, "diary_summary.json", oneDay, mapping.Reading{Zone: "Europe/Berlin", AsOf: "2026-08-16"})
	serving := `{"kind":"serving","day":"2026-08-16","zone":"Europe/Berlin","serving":{"group":"Breakfast","food":"Oats","amount":{"text":"1.00 cup - 81g","number":"1.00","unit":"cup - 81g"}}}`
	want := []string{
		serving, serving,
		`{"kind":"meal","day":"2026-08-16","zone":"Europe/Berlin","meal":{"group":"Breakfast","open":true,"nutrients":{"energy":"307.0 kcal","sodium":"5 mg"}}}`,
		`{"kind":"day","day":"2026-08-16","zone":"Europe/Berlin","day_totals":{"completed":false,"open":true,"nutrients":["energy","thiamin","vitamin_d","sodium"]}}`,
		`{"kind":"total","day":"2026-08-16","zone":"Europe/Berlin","total":{"nutrient":"energy","quantity":"2100.50 kcal","open":true}}`,
		`{"kind":"total","day":"2026-08-16","zone":"Europe/Berlin","total":{"nutrient":"thiamin","quantity":"1.20 mg","open":true}}`,
		`{"kind":"total","day":"2026-08-16","zone":"Europe/Berlin","total":{"nutrient":"vitamin_d","quantity":"131 [iU]","open":true}}`,
		`{"kind":"total","day":"2026-08-16","zone":"Europe/Berlin","total":{"nutrient":"sodium","quantity":"0.00 mg","open":true}}`,
	}
	if !slices.Equal(got["2026-08-16"], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got["2026-08-16"], "\n"), strings.Join(want, "\n"))
	}
	var issues []string
	for _, i := range a.Issues() {
		issues = append(issues, string(i.Sort)+" "+i.Path)
	}
	slices.Sort(issues)
	wantIssues := []string{
		"lost diary_summary foods", "lost diary_summary member food_grams", "lost diary_summary member metrics",
		"lost diary_summary member streak", "unknown diary_summary nutrient Unobtainium",
	}
	if !slices.Equal(issues, wantIssues) {
		t.Errorf("issues: got %q", issues)
	}
}

func TestShapesOfDiarySummary(t *testing.T) {
	one := `{"day":"2026-08-16","nutrients":{"Energy":1}}`
	two := `{"day":"2026-08-15","nutrients":{"Energy":2},"foods":[]}`
	for shape, doc := range map[string]string{
		"by date": `{"2026-08-16":` + one + `,"2026-08-15":` + two + `}`,
		"a list":  `[` + one + `,` + two + `]`,
	} {
		t.Run(shape, func(t *testing.T) {
			got, a := answered(t, "x.json", doc, mapping.Reading{})
			if len(got) != 2 || len(got["2026-08-15"]) != 2 || a.Kind() != cronometer.DiarySummary {
				t.Errorf("got %v of %s", got, a.Kind())
			}
		})
	}
	t.Run("without foods nothing is said of them", func(t *testing.T) {
		a, err := cronometer.OpenAnswer("x.json", strings.NewReader(one), mapping.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := a.Next(); err != nil || !slices.Equal(b.Kinds, []record.Kind{record.KindDay, record.KindTotal}) {
			t.Errorf("got %v, %v", b.Kinds, err)
		}
	})
	t.Run("nothing at all is known by the name", func(t *testing.T) {
		if got, a := answered(t, "diary_summary 2026-08.json", `{}`, mapping.Reading{}); len(got) != 0 || a.Kind() != cronometer.DiarySummary || len(a.Kinds()) != 4 {
			t.Errorf("got %v", got)
		}
	})
}

func TestTargetsOfTheAPI(t *testing.T) {
	got, _ := answered(t, "targets.json", `{"Protein":{"min":90.0,"max":null,"unit":"g"},"Energy":{"min":1900,"max":2300,"unit":"kcal"},"Fiber":{"unit":"g"}}`,
		mapping.Reading{AsOf: "2026-08-16"})
	want := []string{
		`{"kind":"target","day":"","target":{"nutrient":"energy","min":"1900 kcal","max":"2300 kcal"}}`,
		`{"kind":"target","day":"","target":{"nutrient":"protein","min":"90.0 g"}}`,
		`{"kind":"plan","day":"","plan":{"targets":[{"nutrient":"energy","min":"1900 kcal","max":"2300 kcal"},{"nutrient":"protein","min":"90.0 g"}]}}`,
	}
	if !slices.Equal(got[""], want) {
		t.Errorf("got\n%s", strings.Join(got[""], "\n"))
	}
}

func TestFastsOfTheAPI(t *testing.T) {
	for name, c := range map[string]struct{ fast, zone, want string }{
		"over":           {`{"name":"Overnight","start":"2026-08-14 20:15:00","finish":"2026-08-15 12:00:00","comments":"tea"}`, "", `{"kind":"fast","day":"2026-08-14","time":"20:15:00","fast":{"name":"Overnight","end_day":"2026-08-15","end_time":"12:00:00","comments":"tea"}}`},
		"running":        {`{"name":"","start":"2026-08-14T20:15:00","finish":null}`, "", `{"kind":"fast","day":"2026-08-14","time":"20:15:00","fast":{}}`},
		"without a time": {`{"start":"2026-08-14"}`, "", `{"kind":"fast","day":"2026-08-14","fast":{}}`},
		"with an offset it is taken to the diary's zone": {`{"start":"2026-08-14T20:15:00Z"}`, "Asia/Tokyo", `{"kind":"fast","day":"2026-08-15","time":"05:15:00","zone":"Asia/Tokyo","fast":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := answered(t, "x.json", `{"fasts":[`+c.fast+`]}`, mapping.Reading{Zone: c.zone})
			for _, all := range got {
				if len(all) != 1 || all[0] != c.want {
					t.Errorf("got %q", all)
				}
			}
			if len(got) != 1 {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestBiometricsOfTheAPI(t *testing.T) {
	for name, c := range map[string]struct{ measured, want string }{
		"one set of names":  {`{"name":"Weight (Apple Health)","day":"2026-08-14","time":"9:05 AM","value":72.350,"unit":"kg"}`, `{"kind":"biometric","day":"2026-08-14","time":"09:05","biometric":{"metric":"weight","device":"Apple Health","quantity":"72.350 kg"}}`},
		"another":           {`{"type":"Weight","date":"2026-08-14","amount":"150.2","units":"lbs"}`, `{"kind":"biometric","day":"2026-08-14","biometric":{"metric":"weight","quantity":"150.2 [lb_av]"}}`},
		"blood pressure":    {`{"name":"Blood Pressure","day":"2026-08-14","value":"120/80","unit":"mmHg"}`, `{"kind":"biometric","day":"2026-08-14","biometric":{"metric":"blood_pressure","blood_pressure":{"systolic":"120 mm[Hg]","diastolic":"80 mm[Hg]"}}}`},
		"an unknown metric": {`{"name":"Grip","day":"2026-08-14","value":-1,"unit":"kg"}`, `{"kind":"biometric","day":"2026-08-14","biometric":{"metric":"~Grip","quantity":"-1 kg"}}`},
		"a text":            {`{"name":"Mood","day":"2026-08-14","value":"good","unit":""}`, `{"kind":"biometric","day":"2026-08-14","biometric":{"metric":"mood","text":"good"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := answered(t, "x.json", `{"biometrics":[`+c.measured+`]}`, mapping.Reading{})
			if all := got["2026-08-14"]; len(all) != 1 || all[0] != c.want {
				t.Errorf("got %q", all)
			}
		})
	}
}

// A broken answer names the place, and nothing that somebody logged.
func TestBrokenAnswers(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"breaks off":              {`{"fasts":[`, "breaks off"},
		"a member has a new name": {`{"day":"2026-08-16","foods":[],"nutrient_list":{"Energy":7371}}`, "not what diary_summary is known to hold"},
		"below zero":              {`{"day":"2026-08-16","nutrients":{"Energy":-7371}}`, `"2026-08-16 Energy": a number below zero`},
		"an end before the start": {`{"fasts":[{"start":"2026-08-16 10:00","finish":"2026-08-16 09:00","comments":"7371"}]}`, "ends before it begins"},
		"a target upside down":    {`{"Energy":{"min":7371,"max":1,"unit":"kcal"}}`, "below the minimum"},
		"no time of day":          {`{"fasts":[{"start":"2026-08-16 7371"}]}`, "not a time of day"},
		"one day twice":           {`[{"day":"2026-08-16","nutrients":{}},{"day":"2026-08-16","nutrients":{}}]`, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cronometer.OpenAnswer("x.json", strings.NewReader(c.doc), mapping.Reading{})
			e, ok := errors.AsType[*mapping.ReadError](err)
			if !ok || e.Foreign || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "7371") || e.Advice == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	for name, doc := range map[string]string{"text": "Day,Food\n", "nothing": "", "XML": "<a/>", "other JSON": `{"resourceType":"Patient"}`, "a list": `[1,2]`, "no object": `{}`} {
		t.Run(name+" is left to others", func(t *testing.T) {
			_, err := cronometer.OpenAnswer("x.json", strings.NewReader(doc), mapping.Reading{})
			if e, ok := errors.AsType[*mapping.ReadError](err); !ok || !e.Foreign {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	for _, doc := range []string{
		oneDay, `{"2026-08-16":{"day":"2026-08-16","nutrients":{}}}`, `{"Energy":{"min":1,"max":2,"unit":"kcal"}}`,
		`{"fasts":[{"start":"2026-08-14T20:15:00Z","finish":null}]}`, `{"biometrics":[{"name":"Mood","day":"2026-08-14","value":"x"}]}`,
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		a, err := cronometer.OpenAnswer("x.json", strings.NewReader(doc), mapping.Reading{AsOf: "2026-08-16"})
		if _, ok := errors.AsType[*mapping.ReadError](err); err != nil && !ok {
			t.Fatal(err)
		}
		for err == nil {
			_, err = a.Next()
		}
	})
}
