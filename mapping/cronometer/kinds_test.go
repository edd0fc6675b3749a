package cronometer_test

import (
	"fmt"
	"strings"
	"testing"

	"nutrigate/mapping"
)

func TestExercises(t *testing.T) {
	check(t, []reading{
		{
			name: "without times, burned energy written below zero",
			file: "Day,Group,Exercise,Minutes,Calories Burned\n2026-01-05,Uncategorized,\"walking - total time (Google Fit)\",30.0,-150.25\n",
			want: []string{
				`{"kind":"exercise","day":"2026-01-05","exercise":{"name":"walking - total time","device":"Google Fit","group":"Uncategorized","duration":"30.0 min","energy":"150.25 kcal"}}`,
			},
		},
		{
			name: "with times, without a duration, and a parenthesis that is no device",
			file: "Day,Time,Group,Exercise,Minutes,Calories Burned\n2026-01-05,6:05 AM,,\"Cycling (fast)\",,0.00\n2026-01-05,,,\"Yoga\",12.5,\n",
			want: []string{
				`{"kind":"exercise","day":"2026-01-05","time":"06:05","exercise":{"name":"Cycling (fast)","energy":"0.00 kcal"}}`,
				`{"kind":"exercise","day":"2026-01-05","exercise":{"name":"Yoga","duration":"12.5 min"}}`,
			},
		},
		{
			name: "twice the same, which are two",
			file: "Day,Exercise,Minutes\n2026-01-05,Run,1.0\n2026-01-05,Run,1.0\n",
			want: []string{
				`{"kind":"exercise","day":"2026-01-05","exercise":{"name":"Run","duration":"1.0 min"}}`,
				`{"kind":"exercise","day":"2026-01-05","exercise":{"name":"Run","duration":"1.0 min"}}`,
			},
		},
		{
			name: "with a column that no record has a place for",
			file: "Day,Exercise,Minutes,Distance,Mood\n2026-01-05,Run,1.0,3 km,\n2026-01-05,Run,1.0,3 km,\n",
			want: []string{
				`{"kind":"exercise","day":"2026-01-05","exercise":{"name":"Run","duration":"1.0 min"}}`,
				`{"kind":"exercise","day":"2026-01-05","exercise":{"name":"Run","duration":"1.0 min"}}`,
			},
			issues: []string{"lost: exercises column Distance: records have no place for this column; its cells are left out"},
		},
	})
}

func TestBiometrics(t *testing.T) {
	check(t, []reading{
		{
			name: "with times and groups, each row in its own unit",
			file: "Day,Time,Group,Metric,Unit,Amount\n" +
				"2026-01-05,,Uncategorized,\"Sleep (Garmin)\",hours,7.51667\n" +
				"2026-01-05,12:00 AM,Uncategorized,\"Weight\",lbs,150.211\n" +
				"2026-01-05,7:00 PM,,\"Heart Rate Variability (HRV) (Apple Health)\",ms,41.0\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"sleep","device":"Garmin","group":"Uncategorized","quantity":"7.51667 h"}}`,
				`{"kind":"biometric","day":"2026-01-05","time":"00:00","biometric":{"metric":"weight","group":"Uncategorized","quantity":"150.211 [lb_av]"}}`,
				`{"kind":"biometric","day":"2026-01-05","time":"19:00","biometric":{"metric":"heart_rate_variability","device":"Apple Health","quantity":"41.0 ms"}}`,
			},
		},
		{
			name: "without times",
			file: "Day,Group,Metric,Unit,Amount\n2026-01-05,Uncategorized,\"Weight\",kg,68.0389\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"weight","group":"Uncategorized","quantity":"68.0389 kg"}}`,
			},
		},
		{
			name: "without groups",
			file: "Day,Time,Metric,Unit,Amount\n2026-01-05,8:15 AM,\"Blood Glucose\",mmol/L,5.1\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","time":"08:15","biometric":{"metric":"blood_glucose","quantity":"5.1 mmol/L"}}`,
			},
		},
		{
			name: "without times and groups",
			file: "Day,Metric,Unit,Amount\n2026-01-05,Insulin,units,4.0\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"insulin","quantity":"4.0 [iU]"}}`,
			},
		},
		{
			name: "with two numbers in the one cell of a blood pressure",
			file: "Day,Metric,Unit,Amount\n2026-01-05,Blood Pressure,mmHg,120/80\n2026-01-05,Blood Pressure,,120.5/80\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"blood_pressure","blood_pressure":{"systolic":"120 mm[Hg]","diastolic":"80 mm[Hg]"}}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"blood_pressure","blood_pressure":{"systolic":"120.5 mm[Hg]","diastolic":"80 mm[Hg]"}}}`,
			},
		},
		{
			name: "with values that are no number",
			file: "Day,Metric,Unit,Amount\n2026-01-05,Blood Pressure,mmHg,120\n2026-01-05,Blood Pressure,kPa,16/10\n2026-01-05,Mood,,good\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"blood_pressure","text":"120 mmHg"}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"blood_pressure","text":"16/10 kPa"}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"mood","text":"good"}}`,
			},
			issues: []string{
				"unknown: biometrics column Amount: a value that is no number is carried as text",
				"unknown: biometrics unit kPa: not a unit of the vocabulary; it is carried as it is written",
			},
		},
		{
			name: "with metrics, units and devices that nobody knows",
			file: "Day,Metric,Unit,Amount\n2026-01-05,Grip Strength (Squeezer 3),firm handshakes,-3.0\n2026-01-05,Mood,/10,7.0\n" +
				"2026-01-05,Mood,,7.0\n2026-01-05,Visceral Fat,,9.0\n2026-01-05,Weight,,-0.0\n2026-01-05,Weight,kg,\n",
			want: []string{
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"~Grip Strength (Squeezer 3)","quantity":"-3.0 {firm_handshakes}"}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"mood","quantity":"7.0 {/10}"}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"mood","quantity":"7.0 {score}"}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"visceral_fat","quantity":"9.0 1"}}`,
				`{"kind":"biometric","day":"2026-01-05","biometric":{"metric":"weight","quantity":"0.0 1"}}`,
			},
			issues: []string{
				"unknown: biometrics metric Grip Strength (Squeezer 3): the vocabulary lacks this metric; it is carried under its own name",
				"unknown: biometrics unit firm handshakes: not a unit of the vocabulary; it is carried as it is written",
				"unknown: biometrics unit /10: not a unit of the vocabulary; it is carried as it is written",
				"unknown: biometrics metric Weight: a value without a unit; it is carried as a bare number",
				"lost: biometrics column Amount: rows without a value are left out",
			},
		},
	})
}

func TestIssuesEnd(t *testing.T) {
	var file strings.Builder
	file.WriteString("Day,Metric,Unit,Amount\n")
	for i := range 3000 {
		fmt.Fprintf(&file, "2026-01-05,Metric %d,kg,1.0\n", i)
	}
	batches, issues, err := readAll("biometrics.csv", file.String(), mapping.Reading{})
	if err != nil || len(batches) != 1 || len(batches[0].Records) != 3000 {
		t.Fatalf("got %d batches (%v), want all records", len(batches), err)
	}
	last := mapping.Issue{Sort: mapping.Unknown, Path: "biometrics", Reason: "there are more issues than are listed"}
	if len(issues) != 1001 || issues[1000] != last {
		t.Errorf("got %d issues, the last %v", len(issues), issues[len(issues)-1])
	}
}

func TestNotes(t *testing.T) {
	check(t, []reading{
		{
			name: "with time and group",
			file: "Day,Time,Group,Note\n2026-01-05,9:00 PM,\"Dinner\",\"Late, but \"\"good\"\"\n\n=1+1\"\n2026-01-06,,,\"\"\n",
			want: []string{
				`{"kind":"note","day":"2026-01-05","time":"21:00","note":{"group":"Dinner","text":"Late, but \"good\"\n\n=1+1"}}`,
			},
			issues: []string{"lost: notes column Note: rows without a text are left out"},
		},
		{
			name: "with time alone",
			file: "Day,Time,Note\n2026-01-05,21:00:30,Late\n",
			want: []string{`{"kind":"note","day":"2026-01-05","time":"21:00:30","note":{"text":"Late"}}`},
		},
		{
			name: "with neither",
			file: "Day,Note\n2026-01-05,Late\n",
			want: []string{`{"kind":"note","day":"2026-01-05","note":{"text":"Late"}}`},
		},
	})
}

func TestFasts(t *testing.T) {
	check(t, []reading{
		{
			name: "with seconds, minutes, halves of the day or no time, and one that is running",
			file: "Name,Start,End,Recurrence,Comments\n" +
				"\"16:8\",2026-08-14 20:15:00,2026-08-15 12:15:00,Daily,\"fine\"\n" +
				",2026-08-16 20:15,2026-08-17T12:15,None,\n" +
				",8/17/2026 8:15 PM,8/18/2026,,\n" +
				"\"16:8\",2026-08-18 20:15:00,,Daily,\n",
			want: []string{
				`{"kind":"fast","day":"2026-08-14","time":"20:15:00","fast":{"name":"16:8","end_day":"2026-08-15","end_time":"12:15:00","recurrence":"Daily","comments":"fine"}}`,
				`{"kind":"fast","day":"2026-08-16","time":"20:15","fast":{"end_day":"2026-08-17","end_time":"12:15","recurrence":"None"}}`,
				`{"kind":"fast","day":"2026-08-17","time":"20:15","fast":{"end_day":"2026-08-18"}}`,
				`{"kind":"fast","day":"2026-08-18","time":"20:15:00","fast":{"name":"16:8","recurrence":"Daily"}}`,
			},
		},
		{
			name: "with an order of day and month that only an end settles",
			file: "Name,Start,End,Recurrence,Comments\nFast,12/9/2026 20:00,13/9/2026 12:00,None,\n",
			want: []string{
				`{"kind":"fast","day":"2026-09-12","time":"20:00","fast":{"name":"Fast","end_day":"2026-09-13","end_time":"12:00","recurrence":"None"}}`,
			},
		},
	})
}

func TestTargets(t *testing.T) {
	check(t, []reading{
		{
			name:    "one record for each and one for the set",
			options: mapping.Reading{AsOf: "2026-01-05", Zone: "Europe/Helsinki"},
			file:    "Nutrient,Min,Max,Unit\nEnergy,1800,2200.50,kcal\nSodium,,2.3,g\nVitamin D,600,,IU\nFolate (µg),400,,\nVitamin A,900,,mcg\n",
			want: []string{
				`{"kind":"target","day":"","zone":"Europe/Helsinki","target":{"nutrient":"energy","min":"1800 kcal","max":"2200.50 kcal"}}`,
				`{"kind":"target","day":"","zone":"Europe/Helsinki","target":{"nutrient":"sodium","max":"2.3 g"}}`,
				`{"kind":"target","day":"","zone":"Europe/Helsinki","target":{"nutrient":"vitamin_d","min":"600 [iU]"}}`,
				`{"kind":"target","day":"","zone":"Europe/Helsinki","target":{"nutrient":"folate","min":"400 ug"}}`,
				`{"kind":"target","day":"","zone":"Europe/Helsinki","target":{"nutrient":"vitamin_a","min":"900 ug"}}`,
				`{"kind":"plan","day":"","zone":"Europe/Helsinki","plan":{"targets":[{"nutrient":"energy","min":"1800 kcal","max":"2200.50 kcal"},{"nutrient":"sodium","max":"2.3 g"},{"nutrient":"vitamin_d","min":"600 [iU]"},{"nutrient":"folate","min":"400 ug"},{"nutrient":"vitamin_a","min":"900 ug"}]}}`,
			},
		},
		{
			name: "with a nutrient that nobody knows, and a name with parentheses of its own",
			file: "Unit,Max,Nutrient\ndrops,3,Moonbeam\nmg,3,B1 (Thiamine)\nIU,3000,Vitamin A\n",
			want: []string{
				`{"kind":"target","day":"","target":{"nutrient":"~Moonbeam","max":"3 {drops}"}}`,
				`{"kind":"target","day":"","target":{"nutrient":"thiamin","max":"3 mg"}}`,
				`{"kind":"target","day":"","target":{"nutrient":"vitamin_a_iu","max":"3000 [iU]"}}`,
				`{"kind":"plan","day":"","plan":{"targets":[{"nutrient":"~Moonbeam","max":"3 {drops}"},{"nutrient":"thiamin","max":"3 mg"},{"nutrient":"vitamin_a_iu","max":"3000 [iU]"}]}}`,
			},
			issues: []string{"unknown: targets nutrient Moonbeam: the vocabulary lacks this nutrient; it is carried under its own name"},
		},
	})
}
