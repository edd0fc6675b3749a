package cronometer_test

import (
	"testing"

	"nutrigate/mapping"
)

func TestServings(t *testing.T) {
	check(t, []reading{
		{
			name: "with times, groups, nutrients and categories",
			file: "Day,Time,Group,Food Name,Amount,Energy (kcal),Sodium (mg),Category\n" +
				`2026-01-05,9:00 AM,"Breakfast","Black Pepper, Ground","1.00 tsp",5.10,0.00,"Spices and Herbs"` + "\n" +
				`2026-01-05,,"My ""own"" group","Oats","81.50 g",,1.50,""` + "\n",
			options: mapping.Reading{Zone: "Europe/Helsinki"},
			want: []string{
				`{"kind":"serving","day":"2026-01-05","time":"09:00","zone":"Europe/Helsinki","serving":{"group":"Breakfast","food":"Black Pepper, Ground","amount":{"text":"1.00 tsp","number":"1.00","unit":"tsp"},"category":"Spices and Herbs","nutrients":{"energy":"5.10 kcal","sodium":"0.00 mg"}}}`,
				`{"kind":"serving","day":"2026-01-05","zone":"Europe/Helsinki","serving":{"group":"My \"own\" group","food":"Oats","amount":{"text":"81.50 g","number":"81.50","unit":"g"},"nutrients":{"sodium":"1.50 mg"}}}`,
			},
		},
		{
			name: "without times, as before and in free accounts",
			file: "Day,Group,Food Name,Amount,Energy (kcal),Category\n2024-03-01,\"Lunch\",\"Rice\",\"1.00 cup\",205.00,\"Grains\"\n",
			want: []string{
				`{"kind":"serving","day":"2024-03-01","serving":{"group":"Lunch","food":"Rice","amount":{"text":"1.00 cup","number":"1.00","unit":"cup"},"category":"Grains","nutrients":{"energy":"205.00 kcal"}}}`,
			},
		},
		{
			name: "of 2016, with dates without zeros and vitamin A in two units",
			file: "Day,Food Name,Amount,Energy (kcal),Vitamin A (IU),Retinol Activity Equivalent (µg)\n2016-9-26,\"Egg\",\"1.00 each\",72.00,260.00,74.50\n",
			want: []string{
				`{"kind":"serving","day":"2016-09-26","serving":{"food":"Egg","amount":{"text":"1.00 each","number":"1.00","unit":"each"},"nutrients":{"energy":"72.00 kcal","vitamin_a":"74.50 ug","vitamin_a_iu":"260.00 [iU]"}}}`,
			},
		},
		{
			name: "without nutrients, the short variant",
			file: "Day,Time,Group,Food Name,Amount,Category\n2026-08-16,12:30 PM,\"Lunch\",\"Soup\",\"0.50 full recipe\",\"\"\n",
			want: []string{
				`{"kind":"serving","day":"2026-08-16","time":"12:30","serving":{"group":"Lunch","food":"Soup","amount":{"text":"0.50 full recipe","number":"0.50","unit":"full recipe"}}}`,
			},
			issues: []string{"lost: servings: the file has no nutrients, as some accounts get it; foods are without them, also those that an earlier file had with them"},
		},
		{
			name: "with columns in another order and blanks around their names",
			file: "Category, Food Name ,Energy (kJ),Amount,Day\nFruit,Apple,218.00,1.00 small,2026-01-05\n",
			want: []string{
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Apple","amount":{"text":"1.00 small","number":"1.00","unit":"small"},"category":"Fruit","nutrients":{"energy":"218.00 kJ"}}}`,
			},
		},
		{
			name: "with the columns of another year, in one order for all",
			file: "Day,Food Name,Fiber (g),Moonbeam (mg),Carbs (g),Net Carbs (g)\n2026-01-05,Tea,1.00,4.00,2.00,3.00\n",
			want: []string{
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","nutrients":{"net_carbohydrates":"3.00 g","carbohydrates":"2.00 g","fiber":"1.00 g","~Moonbeam":"4.00 mg"}}}`,
			},
			issues: []string{"unknown: servings column Moonbeam (mg): the vocabulary lacks this nutrient; it is carried under its own name"},
		},
		{
			name: "with nutrients that nobody knows, carried and reported",
			file: "Day,Food Name,Moonbeam (drops),Vitamin D (µg),Calcium (g),Note to self,Private (text)\n" +
				"2026-01-05,Tea,1.20,3.00,0.12,,\n2026-01-05,Tea,1.30,,,yes,words\n",
			want: []string{
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","nutrients":{"calcium":"0.12 g","~Moonbeam":"1.20 {drops}","~Vitamin D (µg)":"3.00 ug"}}}`,
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","nutrients":{"~Moonbeam":"1.30 {drops}"}}}`,
			},
			issues: []string{
				"unknown: servings column Moonbeam (drops): the vocabulary lacks this nutrient; it is carried under its own name",
				"unknown: servings column Vitamin D (µg): the vocabulary lacks this nutrient; it is carried under its own name",
				"lost: servings column Note to self: records have no place for this column; its cells are left out",
				"lost: servings column Private (text): the vocabulary lacks this column, and cells that are no amount are left out",
			},
		},
		{
			name: "with energy in two units, of which the first is read",
			file: "Day,Food Name,Energy (kcal),Energy (kJ)\n2026-01-05,Tea,1.00,4.18\n",
			want: []string{
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","nutrients":{"energy":"1.00 kcal"}}}`,
			},
			issues: []string{
				"lost: servings column Energy (kJ): another column has the same nutrient; this one's cells are left out",
			},
		},
		{
			name: "with the Greek letter mu for micro",
			file: "Day,Food Name,Folate (μg)\n2026-01-05,Tea,1.00\n",
			want: []string{
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","nutrients":{"folate":"1.00 ug"}}}`,
			},
		},
		{
			name: "with numbers as spreadsheets write them",
			file: "Day,Food Name,Energy (kcal),Fat (g),Iron (mg),Zinc (mg)\n2026-01-05,Tea,1.2E+05,.5, 3 ,-0.00\n",
			want: []string{
				`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","nutrients":{"energy":"120000 kcal","iron":"3 mg","zinc":"0.00 mg","fat":"0.5 g"}}}`,
			},
		},
	})
}

func TestAmount(t *testing.T) {
	for cell, want := range map[string]string{
		"1.00 tsp":                     `{"text":"1.00 tsp","number":"1.00","unit":"tsp"}`,
		"1.00  capsule":                `{"text":"1.00  capsule","number":"1.00","unit":" capsule"}`,
		"2.00 x 2.0 slices":            `{"text":"2.00 x 2.0 slices","number":"2.00","unit":"x 2.0 slices"}`,
		"1.00 - each 5.3 oz":           `{"text":"1.00 - each 5.3 oz","number":"1.00","unit":"- each 5.3 oz"}`,
		"1.00 1000mcg tablet":          `{"text":"1.00 1000mcg tablet","number":"1.00","unit":"1000mcg tablet"}`,
		`1.00 medium - 7"" to 7 7/8""`: `{"text":"1.00 medium - 7\" to 7 7/8\"","number":"1.00","unit":"medium - 7\" to 7 7/8\""}`,
		"full recipe":                  `{"text":"full recipe"}`,
		"1.2.3 g":                      `{"text":"1.2.3 g"}`,
		"1.00":                         `{"text":"1.00"}`,
		"1.00g":                        `{"text":"1.00g"}`,
		"-1.00 g":                      `{"text":"-1.00 g"}`,
		"1.00 two\nlines":              `{"text":"1.00 two\nlines"}`,
	} {
		reading{
			file: "Day,Food Name,Amount,Iron (mg)\n2026-01-05,Tea,\"" + cell + "\",\n",
			want: []string{`{"kind":"serving","day":"2026-01-05","serving":{"food":"Tea","amount":` + want + `}}`},
		}.check(t)
	}
}
