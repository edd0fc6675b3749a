package cronometer_test

import (
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// headers are those of every variant of every kind.
var headers = map[cronometer.Kind][]string{
	cronometer.Servings: {
		"Day,Time,Group,Food Name,Amount,Energy (kcal),Vitamin D (IU),Moonbeam (drops),Category\n",
		"Day,Group,Food Name,Amount,Energy (kJ),Category\n", "Day,Time,Group,Food Name,Amount,Category\n",
		"Day,Food Name,Amount,Vitamin A (IU)\n", "Day;Food Name;Iron (mg)\n",
	},
	cronometer.DailySummary: {"Date,Energy (kcal),Iron (mg),Completed\n", "Date,Group,Energy (kcal),Iron (mg),Completed\n"},
	cronometer.Exercises:    {"Day,Time,Group,Exercise,Minutes,Calories Burned\n", "Day,Group,Exercise,Minutes,Calories Burned\n"},
	cronometer.Biometrics: {
		"Day,Time,Group,Metric,Unit,Amount\n", "Day,Group,Metric,Unit,Amount\n", "Day,Time,Metric,Unit,Amount\n", "Day,Metric,Unit,Amount\n",
	},
	cronometer.Notes:   {"Day,Time,Group,Note\n", "Day,Note\n"},
	cronometer.Fasts:   {"Name,Start,End,Recurrence,Comments\n"},
	cronometer.Targets: {"Nutrient,Min,Max,Unit\n"},
}

// fuzz reads any rows under each header of a kind. Whatever is read is what the
// schemas of records allow, comes by day, each day once, and is all that
// encoding/csv finds; whatever is not is an error of the document.
func fuzz(f *testing.F, kind cronometer.Kind, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		for _, header := range headers[kind] {
			batches, _, err := readAll("fuzz.csv", header+rows, mapping.Reading{AsOf: "2026-01-05", Zone: "Europe/Helsinki"})
			if _, ok := errors.AsType[*mapping.ReadError](err); err != nil && !ok {
				t.Fatalf("not an error of the document: %v", err)
			}
			if got, want := rowsRead(header+rows), rowsAlone(header+rows); err == nil && got != want {
				t.Fatalf("read %d rows, encoding/csv finds %d", got, want)
			}
			seen := map[record.Date]bool{}
			for _, b := range batches {
				if seen[b.Day] {
					t.Fatalf("%s comes twice", b.Day)
				}
				seen[b.Day] = true
				sound(t, b)
			}
		}
	})
}

// rowsRead returns how many rows are read up to the end or the first error.
func rowsRead(text string) int {
	e, err := cronometer.Open("fuzz.csv", strings.NewReader(text), mapping.Reading{})
	for err == nil {
		_, err = e.Next()
	}
	if e == nil {
		return 0
	}
	return e.Rows()
}

// rowsAlone returns how many rows encoding/csv finds that are neither blank nor
// the header again.
func rowsAlone(text string) int {
	r := csv.NewReader(strings.NewReader(text))
	if strings.HasPrefix(text, "Day;") {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return -1
	}
	rows := 0
	for _, cells := range all {
		cells[0] = strings.TrimPrefix(cells[0], "\ufeff")
		blank := strings.Trim(strings.Join(cells, ""), ",; ") == ""
		if !blank && !slices.Equal(cells, all[0]) {
			rows++
		}
	}
	return rows
}

// sound checks the records of a batch.
func sound(t *testing.T, b mapping.Batch) {
	t.Helper()
	for i := range b.Records {
		r := &b.Records[i]
		if !r.Kind.Undated() && r.Day != b.Day {
			t.Errorf("a record of %s among those of %s", r.Day, b.Day)
		}
		if r.Origin.Line < 1 {
			t.Errorf("origin line %d", r.Origin.Line)
		}
		content, err := r.Content()
		if err != nil {
			t.Fatal(err)
		}
		if err := schemas.Check("record/"+string(r.Kind), content); err != nil {
			t.Errorf("%v\n%s", err, content)
		}
	}
}

func FuzzServings(f *testing.F) {
	fuzz(f, cronometer.Servings,
		"2026-01-05,9:00 AM,\"Breakfast\",\"Black Pepper, Ground\",\"1.00 tsp\",5.10,1.00,2.00,\"Spices\"\n",
		"1/27/2026,Lunch,Rice,1.00 cup,1.2E+03,Grains\n1/28/2026,Lunch,Rice,1.00 cup,,Grains\n",
		"2016-9-26,Egg,1.00 each,0.00\n\n2016-9-25,Egg,\"7\"\" long\",.5\r\n2016-9-26,Egg,,-0\n",
		"27.1.2026;Tea;1,50\n")
}

func FuzzDailySummary(f *testing.F) {
	fuzz(f, cronometer.DailySummary,
		"2026-01-05,2000.00,1.00,true\n2026-01-06,,,false\n2026-01-05,1.00,1.00,FALSE\n",
		"2026-01-05,\"Lunch\",2000.00,1.00,true\n2026-01-05,\"Total\",2000.00,1.00,true\n")
}

func FuzzExercises(f *testing.F) {
	fuzz(f, cronometer.Exercises,
		"2026-01-05,6:05 AM,,\"Cycling (Garmin)\",30.0,-150.25\n",
		"2026-01-05,Uncategorized,\"Yoga\",12.5,\n2026-01-05,,\"Yoga\",,0\n")
}

func FuzzBiometrics(f *testing.F) {
	fuzz(f, cronometer.Biometrics,
		"2026-01-05,,Uncategorized,\"Sleep (Garmin)\",hours,7.51667\n",
		"2026-01-05,,\"Blood Pressure\",mmHg,120/80\n2026-01-05,,Weight,lbs,150.0\n",
		"2026-01-05,12:00 AM,Mood,,good\n", "2026-01-05,Grip,{x y},-1.0\n")
}

func FuzzNotes(f *testing.F) {
	fuzz(f, cronometer.Notes, "2026-01-05,9:00 PM,\"Dinner\",\"Late, but \"\"good\"\"\n\n=1+1\"\n", "2026-01-05,x\n")
}

func FuzzFasts(f *testing.F) {
	fuzz(f, cronometer.Fasts,
		"\"16:8\",2026-08-14 20:15:00,2026-08-15 12:15:00,Daily,\"fine\"\n,8/17/2026 8:15 PM,,,\n",
		",12/9/2026 20:00,13/9/2026 12:00,None,\n")
}

func FuzzTargets(f *testing.F) {
	fuzz(f, cronometer.Targets,
		"Energy,1800,2200.50,kcal\nSodium,,2.3,g\nVitamin D (IU),600,,\nMoonbeam,1,,drops\n",
		"Folate,400,,mcg\nFolate,400,,ug\n",
		"Moonbeam,1,,drops)\n")
}
