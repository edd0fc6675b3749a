package ingest_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"nutrigate/gateway/ingest"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// A serving is checked without writing it as JSON. Whatever one of its fields
// holds must still come before the schema: each is damaged once, and the check
// must say what the check of the written record says.
func TestCheckSeesWhatContentHas(t *testing.T) {
	whole := record.Record{
		Kind: record.KindServing, Day: "2026-01-05", Time: "09:00", Zone: "Europe/Berlin",
		Serving: &record.Serving{
			Group: "Lunch", Food: "Oats", Category: "Cereals", Amount: &record.Amount{Text: "1.00 cup", Number: "1.00", Unit: "cup"},
			Nutrients: record.Nutrients{{Key: "energy", Quantity: record.Quantity{Value: "150.00", Unit: "kcal"}}},
		},
	}
	same(t, "as it should be", &whole)
	if err := ingest.Check(&whole); err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for _, text := range []string{"", "\x00 ", "-1"} {
		for _, field := range texts(reflect.ValueOf(&whole).Elem()) {
			kept := field.String()
			field.SetString(text)
			if r := whole; r.Kind == record.KindServing {
				same(t, text, &r)
				damaged++
			}
			field.SetString(kept)
		}
	}
	if damaged < 3*11 {
		t.Errorf("damaged %d fields only", damaged)
	}
}

// same compares the check of r with that of its content.
func same(t *testing.T, what string, r *record.Record) {
	t.Helper()
	content, err := r.Content()
	if err != nil {
		t.Fatal(err)
	}
	got, want := ingest.Check(r), schemas.Check("record/serving", content)
	if (got == nil) != (want == nil) || (got != nil && got.Error() != want.Error()) {
		t.Errorf("%q in %s: got %v, want %v", what, content, got, want)
	}
}

// texts finds every text that is part of a record's content.
func texts(v reflect.Value) []reflect.Value {
	switch v.Kind() {
	case reflect.String:
		return []reflect.Value{v}
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return texts(v.Elem())
	case reflect.Slice:
		var all []reflect.Value
		for i := range v.Len() {
			all = append(all, texts(v.Index(i))...)
		}
		return all
	case reflect.Struct:
		var all []reflect.Value
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Type() == reflect.TypeFor[record.Record]() && slices.Contains([]string{"ID", "Slot", "Version", "Updated", "Deleted", "Origin"}, name) {
				continue
			}
			all = append(all, texts(v.Field(i))...)
		}
		return all
	}
	return nil
}

func TestCheckNamesThePlaceAndNotTheValue(t *testing.T) {
	r := record.Record{Kind: record.KindTotal, Day: "2026-01-05", Total: &record.Total{
		Nutrient: "energy", Quantity: record.Quantity{Value: "-17.25", Unit: "kcal"},
	}}
	err := ingest.Check(&r)
	var invalid *schemas.Error
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "/total/quantity") || strings.Contains(err.Error(), "17.25") {
		t.Errorf("got %v", err)
	}
}
