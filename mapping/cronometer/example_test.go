package cronometer_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
)

func ExampleOpen() {
	const file = "Day,Group,Food Name,Amount,Energy (kcal),Iron (mg),Category\n" +
		"2026-01-05,\"Lunch\",\"Rice\",\"1.00 cup\",205.00,,\"Grains\"\n" +
		"2026-01-06,\"Lunch\",\"Tea\",\"1.00 cup\",0.00,0.05,\"\"\n"
	export, err := cronometer.Open("servings.csv", strings.NewReader(file), mapping.Reading{Zone: "Europe/Helsinki"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		batch, err := export.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, r := range batch.Records {
			fmt.Println(batch.Day, r.Kind, r.Serving.Food, r.Serving.Nutrients)
		}
	}
	fmt.Println(export.Rows(), "rows of", export.Kind())
	// Output:
	// 2026-01-05 serving Rice [205.00 kcal]
	// 2026-01-06 serving Tea [0.00 kcal 0.05 mg]
	// 2 rows of servings
}
