package terra_test

import (
	"bytes"
	"slices"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

func TestEncode(t *testing.T) {
	records := aDay(t)
	docs, issues := encoded(t, records)

	t.Run("a day has one document of each type and one for each exercise and sleep", func(t *testing.T) {
		var got []string
		for _, d := range docs {
			got = append(got, d.Type)
		}
		if want := []string{"nutrition", "body", "activity", "sleep", "daily"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("the same records give the same bytes", func(t *testing.T) {
		again, _ := encoded(t, aDay(t))
		for i := range docs {
			if !bytes.Equal(docs[i].Body, again[i].Body) || docs[i].ID != again[i].ID {
				t.Errorf("%s differs", docs[i].Type)
			}
		}
	})
	t.Run("the input stays as it was", func(t *testing.T) {
		for i, want := range aDay(t) {
			a, err := records[i].Content()
			if err != nil {
				t.Fatal(err)
			}
			if b, err := want.Content(); err != nil || !bytes.Equal(a, b) {
				t.Errorf("record %d changed", i)
			}
		}
	})
	t.Run("an activity and a sleep have the id of their record, a day an id of its own", func(t *testing.T) {
		ids := map[string]string{}
		for _, d := range docs {
			ids[d.Type] = d.ID
		}
		if ids["activity"] != records[4].ID || ids["sleep"] != records[6].ID {
			t.Errorf("got %v", ids)
		}
		if want := record.NewID(person.ID, "terra-body", day, ""); ids["body"] != want || ids["body"] == ids["daily"] {
			t.Errorf("body: got %s, want %s", ids["body"], want)
		}
	})
	t.Run("a document names the records that it was made of", func(t *testing.T) {
		want := map[string][]int{"nutrition": {3, 0, 1}, "body": {5}, "activity": {4}, "sleep": {6}, "daily": {4, 7, 8}}
		for _, d := range docs {
			var ids []string
			for _, i := range want[d.Type] {
				ids = append(ids, records[i].ID)
			}
			if !slices.Equal(d.Records, ids) {
				t.Errorf("%s: got %v, want %v", d.Type, d.Records, ids)
			}
		}
	})
	t.Run("text is not escaped for HTML", func(t *testing.T) {
		for _, d := range docs {
			if bytes.Contains(d.Body, []byte(`\u003c`)) || bytes.Contains(d.Body, []byte(`\u0026`)) {
				t.Errorf("%s: %s", d.Type, d.Body)
			}
		}
	})
	t.Run("what Terra has no place for is reported", func(t *testing.T) {
		for _, path := range []string{"fast", "target", "plan", "day.completed"} {
			reported(t, issues, mapping.Lost, path)
		}
	})
	t.Run("no records, no documents", func(t *testing.T) {
		if docs, issues := encoded(t, nil); len(docs) != 0 || len(issues) != 0 {
			t.Errorf("got %v %v", docs, issues)
		}
	})
	t.Run("a zone that does not exist is an error", func(t *testing.T) {
		wrong := stored(day, "Europe/Atlantis", total(t, "energy", "1.00 kcal"))
		if _, _, err := (terra.Format{}).Encode(person, wrong); err == nil {
			t.Error("no error")
		}
	})
}

func TestKinds(t *testing.T) {
	for _, typ := range terra.Types() {
		if got := terra.Kinds(typ); (len(got) == 0) != (typ == "athlete") {
			t.Errorf("%s: got %v", typ, got)
		}
	}
	if got := terra.Kinds("menstruation"); got != nil {
		t.Errorf("got %v for a type that there is not", got)
	}
}
