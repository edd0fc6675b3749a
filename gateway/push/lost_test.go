package push_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// did makes the exercises and measurements all that the person has of the day.
func (w *world) did(day record.Date, records ...record.Record) {
	w.Helper()
	im, err := w.Begin(w.Context(), w.user.Tenant, w.user.ID)
	if err != nil {
		w.Fatal(err)
	}
	defer im.Rollback()
	var all []record.Encoded
	for i, r := range records {
		r.Day, r.Zone, r.Origin = day, "Europe/Berlin", record.Origin{Line: i + 2}
		e, err := record.Encode(r)
		if err != nil {
			w.Fatal(err)
		}
		all = append(all, e)
	}
	if _, err = im.Replace(w.Context(), "", "document", []record.Kind{record.KindExercise, record.KindBiometric}, day, all); err == nil {
		err = im.Commit()
	}
	if err != nil {
		w.Fatal(err)
	}
}

func ran(name string) record.Record {
	return record.Record{Kind: record.KindExercise, Time: "18:00", Exercise: &record.Exercise{
		Name: name, Energy: &record.Quantity{Value: "100", Unit: "kcal"}, Duration: &record.Quantity{Value: "30", Unit: "min"},
	}}
}

func weighed(kilograms record.Decimal) record.Record {
	return record.Record{Kind: record.KindBiometric, Biometric: &record.Biometric{
		Metric: "weight", Quantity: &record.Quantity{Value: kilograms, Unit: "kg"},
	}}
}

// told returns what the receiver's deliveries of the type have in their lists
// that has the word in it.
func (to *receiver) told(t *testing.T, typ, word string) (found []string) {
	for _, r := range to.all() {
		e := r.envelope(t)
		if e.Type != typ {
			continue
		}
		for _, item := range append(e.Data, e.Entry...) {
			text, err := json.Marshal(item)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), word) {
				found = append(found, string(text))
			}
		}
	}
	return found
}

func TestADayThatLosesItsLastRecordIsSentWithoutContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	eventually(t, "the day", func() bool { return to.count() == 1 })
	w.eat("2026-02-01")
	eventually(t, "that it is gone", func() bool { return to.count() == 2 })
	got := to.all()[1]
	e := got.envelope(t)
	if e.Type != "nutrition" || len(e.Data) != 1 || len(e.Data[0]) != 1 || e.Data[0]["metadata"] == nil {
		t.Errorf("got %s", got.body)
	}
	before, after := to.all()[0].envelope(t).Data[0]["metadata"].(map[string]any), e.Data[0]["metadata"].(map[string]any)
	if before["start_time"] != after["start_time"] {
		t.Errorf("it is of %v, the day was sent as %v", after["start_time"], before["start_time"])
	}
	if err := schemas.Check("event/nutrition", got.body); err != nil {
		t.Error(err)
	}
	w.eat("2026-02-01", "Bread")
	eventually(t, "the day again", func() bool { return to.count() == 3 })
	if last := string(to.all()[2].body); !strings.Contains(last, "Bread") || strings.Contains(last, "Apple") {
		t.Errorf("got %s", last)
	}
}

func TestWhatIsGoneDoesNotOvertakeWhatThereWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Concurrency: 1, State: store.Paused})
	w.run(w.Store)
	w.eat("2020-02-01", "Apple")
	eventually(t, "the day", func() bool { return len(w.deliveries()) == 1 })
	w.clock.forward(time.Second)
	w.eat("2020-02-01")
	eventually(t, "that it is gone", func() bool { return len(w.deliveries()) == 2 })
	w.set(e, store.Enabled)
	eventually(t, "both", func() bool { return to.count() == 2 })
	if first := string(to.all()[0].body); !strings.Contains(first, "Apple") {
		t.Errorf("first came %s", first)
	}
}

func TestAnActivityThatIsRemovedIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL, Types: []string{"activity"}})
	w.run(w.Store)
	w.did("2026-02-01", ran("Running"), ran("Rowing"))
	eventually(t, "both", func() bool { return len(to.told(t, "activity", "Rowing")) == 1 })
	w.did("2026-02-01", ran("Running"))
	eventually(t, "that one is gone", func() bool { return len(to.told(t, "activity", `"upload_type":4`)) == 1 })
	gone := to.told(t, "activity", `"upload_type":4`)[0]
	if strings.Contains(gone, "calories") || strings.Contains(gone, "Rowing") {
		t.Errorf("it still says %s", gone)
	}
	var object struct {
		Metadata struct {
			ID string `json:"summary_id"`
		}
	}
	if err := json.Unmarshal([]byte(gone), &object); err != nil || len(to.told(t, "activity", object.Metadata.ID)) != 2 {
		t.Errorf("it has another id: %s, %v", gone, err)
	}
}

func TestOnlyWhatWasThereIsToldToBeGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.did("2026-02-01", ran("Running"), weighed("70.5"))
	w.run(w.Store)
	eventually(t, "what there is", func() bool { return to.count() == 3 })
	w.did("2026-02-01", ran("Running"))
	eventually(t, "body without content, and daily, which does not change", func() bool { return to.count() == 5 })
	quiet()
	if to.count() != 5 || len(to.told(t, "body", `"end_time"`)) != 2 || len(to.told(t, "daily", `"upload_type":4`)) != 0 || len(to.told(t, "sleep", "")) != 0 {
		for _, r := range to.all() {
			t.Errorf("%s", r.body)
		}
	}
}

func TestWhatIsGoneInOtherForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	thin, full := newReceiver(t, nil), newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: thin.URL, Payload: "thin"})
	w.endpoint(store.Endpoint{URL: full.URL, Format: "fhir"})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple", "Bread")
	w.eat("2026-02-01", "Apple")
	w.eat("2026-02-01")
	t.Run("a thin endpoint is told ids that are gone", func(t *testing.T) {
		eventually(t, "it", func() bool { return len(thin.told(t, "nutrition", `"deleted":true`)) > 0 })
		for _, r := range thin.all() {
			if err := schemas.Check("event/thin", r.body); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("a FHIR endpoint gets a history of deletions", func(t *testing.T) {
		eventually(t, "both", func() bool { return len(full.told(t, "history", `"DELETE"`)) >= 2 })
		for _, text := range full.told(t, "history", `"DELETE"`) {
			if strings.Contains(text, `"resource":`) || !strings.Contains(text, `"url":"Observation/`) {
				t.Errorf("got %s", text)
			}
		}
		if len(full.told(t, "history", `"Patient"`)) == 0 {
			t.Error("it does not say whose")
		}
	})
}

func TestAPartOfAHistoryThatIsTooLargeSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	to.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if len(to.all()[n-1].envelope(t).Entry) > 2 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}
	w.endpoint(store.Endpoint{URL: to.URL, Format: "fhir"})
	w.eat("2026-02-01", "Apple", "Bread")
	w.eat("2026-02-01")
	w.run(w.Store)
	eventually(t, "the parts", func() bool { return w.states()[store.Delivered] == 2 })
	if got := to.told(t, "history", `"Patient"`); len(got) != 3 {
		t.Errorf("the person is named %d times", len(got))
	}
}
