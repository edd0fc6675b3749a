package store

import (
	"strconv"
	"testing"

	"nutrigate/mapping/record"
)

const monday, tuesday record.Date = "2026-01-05", "2026-01-06"

func quantity(value, unit string) record.Quantity {
	return record.Quantity{Value: record.Decimal(value), Unit: unit}
}

func serving(day record.Date, food, energy string) record.Record {
	return record.Record{
		Kind: record.KindServing, Day: day, Zone: "Europe/Berlin", Time: "09:00", Origin: record.Origin{Line: 7},
		Serving: &record.Serving{Food: food, Group: "Lunch", Nutrients: record.Nutrients{
			{Key: "energy", Quantity: quantity(energy, "kcal")},
			{Key: "alcohol", Quantity: quantity("0.00", "g")},
		}},
	}
}

func total(day record.Date, nutrient, value string) record.Record {
	return record.Record{
		Kind: record.KindTotal, Day: day,
		Total: &record.Total{Nutrient: nutrient, Quantity: quantity(value, "mg")},
	}
}

func biometric(day record.Date, metric, device, value string) record.Record {
	q := quantity(value, "kg")
	return record.Record{
		Kind: record.KindBiometric, Day: day,
		Biometric: &record.Biometric{Metric: metric, Device: device, Quantity: &q},
	}
}

func target(firstSeen record.Date, nutrient, least string) record.Record {
	q := quantity(least, "g")
	return record.Record{
		Kind: record.KindTarget, Day: firstSeen,
		Target: &record.Target{Nutrient: nutrient, Min: &q},
	}
}

// encoded adds their contents to records.
func encoded(t testing.TB, records ...record.Record) []record.Encoded {
	t.Helper()
	var all []record.Encoded
	for _, r := range records {
		e, err := record.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// meals returns n different servings.
func meals(day record.Date, n int) []record.Record {
	var all []record.Record
	for i := range n {
		all = append(all, serving(day, "Food "+strconv.Itoa(i), strconv.Itoa(100+i)))
	}
	return all
}
