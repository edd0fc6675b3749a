package cronometer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

func TestDailySummary(t *testing.T) {
	check(t, []reading{
		{
			name: "gives a day and a total for each cell that is not empty",
			file: "Date,Energy (kcal),Iron (mg),Zinc (mg),Completed\n2026-01-05,2000.00,,0.00,true\n2026-01-06,,,,false\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"completed":true,"nutrients":["energy","zinc"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"energy","quantity":"2000.00 kcal"}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"zinc","quantity":"0.00 mg"}}`,
				`{"kind":"day","day":"2026-01-06","day_totals":{"completed":false,"nutrients":[]}}`,
			},
		},
		{
			name:    "leaves open what is not completed and not over",
			options: mapping.Reading{AsOf: "2026-01-06"},
			file:    "Date,Iron (mg),Completed\n2026-01-05,1.00,false\n2026-01-06,1.00,FALSE\n2026-01-07,1.00,1\n2026-01-08,1.00,\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"completed":false,"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"iron","quantity":"1.00 mg"}}`,
				`{"kind":"day","day":"2026-01-06","day_totals":{"completed":false,"open":true,"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-06","total":{"nutrient":"iron","quantity":"1.00 mg","open":true}}`,
				`{"kind":"day","day":"2026-01-07","day_totals":{"completed":true,"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-07","total":{"nutrient":"iron","quantity":"1.00 mg"}}`,
				`{"kind":"day","day":"2026-01-08","day_totals":{"open":true,"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-08","total":{"nutrient":"iron","quantity":"1.00 mg","open":true}}`,
			},
		},
		{
			name:    "with groups gives a meal for each and the totals of the row Total",
			options: mapping.Reading{AsOf: "2026-01-05"},
			file: "Date,Group,Iron (mg),Completed\n" +
				"2026-01-05,\"Breakfast\",1.00,false\n2026-01-05,\"Snack, late\",,false\n2026-01-05,\"Total\",1.00,false\n2026-01-06,\"Total\",,true\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"completed":false,"open":true,"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"iron","quantity":"1.00 mg","open":true}}`,
				`{"kind":"meal","day":"2026-01-05","meal":{"group":"Breakfast","open":true,"nutrients":{"iron":"1.00 mg"}}}`,
				`{"kind":"meal","day":"2026-01-05","meal":{"group":"Snack, late","open":true}}`,
				`{"kind":"day","day":"2026-01-06","day_totals":{"completed":true,"nutrients":[]}}`,
			},
		},
		{
			name: "knows no totals of a day without the row Total",
			file: "Date,Group,Iron (mg),Completed\n2026-01-05,Lunch,1.00,true\n",
			want: []string{
				`{"kind":"meal","day":"2026-01-05","meal":{"group":"Lunch","nutrients":{"iron":"1.00 mg"}}}`,
			},
			issues: []string{
				"lost: dailysummary column Group: a day without a row of its total: its groups are read, its totals are not known",
			},
		},
		{
			name: "takes the last rows where two exports were put together",
			file: "Date,Group,Iron (mg)\n2026-01-05,Lunch,1.00\n2026-01-05,Total,1.00\n" +
				"Date,Group,Iron (mg)\n2026-01-05,Lunch,2.00\n2026-01-05,Total,2.00\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"iron","quantity":"2.00 mg"}}`,
				`{"kind":"meal","day":"2026-01-05","meal":{"group":"Lunch","nutrients":{"iron":"2.00 mg"}}}`,
			},
			issues: []string{
				"assumed: dailysummary rows: the totals of a day are there more than once; the last ones are taken",
				"lost: dailysummary column Group: a day has two rows of one group; the last one is taken",
			},
		},
		{
			name: "keeps a group that is named like a total in another language",
			file: "Date,Group,Iron (mg)\n2026-01-05,Summe,1.00\n2026-01-05,Total,1.00\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"iron","quantity":"1.00 mg"}}`,
				`{"kind":"meal","day":"2026-01-05","meal":{"group":"Summe","nutrients":{"iron":"1.00 mg"}}}`,
			},
		},
		{
			name: "leaves out net carbohydrates below zero, which are computed",
			file: "Date,Net Carbs (g),Iron (mg)\n2026-01-05,-0.10,1.00\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"nutrients":["iron"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"iron","quantity":"1.00 mg"}}`,
			},
			issues: []string{
				"lost: dailysummary column Net Carbs (g): net carbohydrates are computed by the source, and below zero they are no amount; left out",
			},
		},
		{
			name: "is known by its nutrients where the column Completed is missing",
			file: "Date,Energy (kJ)\n2026-01-05,8368.00\n",
			want: []string{
				`{"kind":"day","day":"2026-01-05","day_totals":{"nutrients":["energy"]}}`,
				`{"kind":"total","day":"2026-01-05","total":{"nutrient":"energy","quantity":"8368.00 kJ"}}`,
			},
		},
	})
}

func TestDailySummaryKinds(t *testing.T) {
	for header, want := range map[string][]record.Kind{
		"Date,Completed\n2026-01-05,true\n":             {record.KindDay, record.KindTotal, record.KindMeal},
		"Date,Group,Completed\n2026-01-05,Total,true\n": {record.KindDay, record.KindTotal, record.KindMeal},
		"Date,Group,Completed\n2026-01-05,Lunch,true\n": {record.KindMeal},
	} {
		batches, _, err := readAll("dailysummary.csv", header, mapping.Reading{})
		if err != nil || len(batches) != 1 || !slices.Equal(batches[0].Kinds, want) {
			t.Errorf("%q: got %v, want %v (%v)", header, batches, want, err)
		}
	}
}

// A grouped export of the same days says the same of days and totals as a plain one.
func TestGroupedAndPlainAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SampledFrom([]string{"", "0.00", "1.50", "379.00", "1.2E+03"})
		groups := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z][a-z ,"]{0,8}`), 0, 4, rapid.ID[string])
		var plain, grouped strings.Builder
		plain.WriteString("Date,Energy (kcal),Iron (mg),Moonbeam (drops),Completed\n")
		grouped.WriteString("Date,Group,Energy (kcal),Iron (mg),Moonbeam (drops),Completed\n")
		for day := range rapid.IntRange(0, 5).Draw(t, "days") {
			amounts := strings.Join(rapid.SliceOfN(cells, 3, 3).Draw(t, "total"), ",")
			completed := rapid.SampledFrom([]string{"true", "false", "FALSE", ""}).Draw(t, "completed")
			fmt.Fprintf(&plain, "2026-01-%02d,%s,%s\n", day+1, amounts, completed)
			for _, g := range append(groups.Draw(t, "groups"), "Total") {
				row := amounts
				if g != "Total" {
					row = strings.Join(rapid.SliceOfN(cells, 3, 3).Draw(t, "meal"), ",")
				}
				fmt.Fprintf(&grouped, "2026-01-%02d,\"%s\",%s,%s\n", day+1, strings.ReplaceAll(g, `"`, `""`), row, completed)
			}
		}
		o := mapping.Reading{AsOf: "2026-01-03"}
		want, _, err := readAll("dailysummary.csv", plain.String(), o)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := readAll("dailysummary.csv", grouped.String(), o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(withoutMeals(t, got), withoutMeals(t, want)) {
			t.Fatalf("got\n%v\nwant\n%v", withoutMeals(t, got), withoutMeals(t, want))
		}
	})
}

// withoutMeals returns the contents of days and totals.
func withoutMeals(t *rapid.T, batches []mapping.Batch) []string {
	var all []string
	for _, b := range batches {
		for _, r := range b.Records {
			if r.Kind == record.KindMeal {
				continue
			}
			c, err := r.Content()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(c))
		}
	}
	return all
}
