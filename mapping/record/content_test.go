package record_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"nutrigate/mapping/record"
)

// Content writes nutrients itself; the bytes must be those of encoding/json,
// or every stored record would seem changed.
func TestContentIsWhatEncodingJSONWrites(t *testing.T) {
	nutrients := record.Nutrients{
		{Key: "energy", Quantity: record.Quantity{Value: "5.10", Unit: "kcal"}},
		{Key: `~Moon "beam" <é>`, Quantity: record.Quantity{Value: "1.20", Unit: "{drops}"}},
	}
	for name, r := range map[string]record.Record{
		"a serving":             {Kind: record.KindServing, Serving: &record.Serving{Food: "Oats & <milk>", Category: "}}", Nutrients: nutrients}},
		"without nutrients":     {Kind: record.KindServing, Serving: &record.Serving{Food: "Water"}},
		"with an empty list":    {Kind: record.KindServing, Serving: &record.Serving{Food: "Water", Nutrients: record.Nutrients{}}},
		"a meal":                {Kind: record.KindMeal, Meal: &record.Meal{Group: "Lunch", Open: true, Nutrients: nutrients}},
		"a kind that has none":  {Kind: record.KindNote, Note: &record.Note{Text: "x"}},
		"with time and zone":    {Kind: record.KindServing, Day: "2026-01-05", Time: "09:00", Zone: "Asia/Tokyo", Serving: &record.Serving{Nutrients: nutrients}},
		"nothing of the person": {Kind: record.KindServing},
	} {
		t.Run(name, func(t *testing.T) {
			var want bytes.Buffer
			e := json.NewEncoder(&want)
			e.SetEscapeHTML(false)
			if err := e.Encode(&r); err != nil {
				t.Fatal(err)
			}
			got, err := r.Content()
			if err != nil || string(got)+"\n" != want.String() {
				t.Errorf("got  %s\nwant %s%v", got, &want, err)
			}
			if s := r.Serving; name == "a serving" && len(s.Nutrients) != 2 {
				t.Error("the record itself lost its nutrients")
			}
		})
	}
}
