package fhir_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

func TestGroups(t *testing.T) {
	for _, d := range fhir.Groups() {
		if err := (fhir.Format{}).Check(d); err != nil {
			t.Error(err)
		}
	}
}

func TestNotification(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	status := fhir.SubscriptionStatus{
		Base: "https://example.org/fhir", ID: "s1", Topic: "https://example.org/topic", Status: "active", Type: "event-notification", Events: 3,
		Told: []fhir.Told{
			{Number: 1, At: at, Focus: "Observation/a", Resource: []byte(`{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"dataAbsentReason":{"text":"y"}}`)},
			{Number: 2, At: at, Focus: "Observation/b", Deleted: true},
			{Number: 3, At: at},
		},
	}
	for name, change := range map[string]func(s *fhir.SubscriptionStatus){
		"with everything": func(*fhir.SubscriptionStatus) {},
		"without a base":  func(s *fhir.SubscriptionStatus) { s.Base = "" },
		"of a failure":    func(s *fhir.SubscriptionStatus) { s.Status, s.Error = "error", `it "broke"` },
		"that greets": func(s *fhir.SubscriptionStatus) {
			s.Status, s.Type, s.Events, s.Told = "requested", "handshake", 0, nil
		},
		"without resources": func(s *fhir.SubscriptionStatus) { s.Told[0].Resource = nil },
	} {
		t.Run("one "+name+" is what R4 allows", func(t *testing.T) {
			s := status
			s.Told = append([]fhir.Told(nil), status.Told...)
			change(&s)
			if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: s.Notification(at)}); err != nil {
				t.Errorf("%v in %s", err, s.Notification(at))
			}
			if err := (fhir.Format{}).Check(mapping.Document{Type: "Parameters", Body: s.Parameters()}); err != nil {
				t.Errorf("%v in %s", err, s.Parameters())
			}
		})
	}
	t.Run("says what was done to each resource", func(t *testing.T) {
		var bundle struct {
			Entry []struct {
				FullURL  string `json:"fullUrl"`
				Resource json.RawMessage
				Request  struct{ Method, URL string }
			}
		}
		if err := json.Unmarshal(status.Notification(at), &bundle); err != nil || len(bundle.Entry) != 3 {
			t.Fatalf("%d entries (%v)", len(bundle.Entry), err)
		}
		first, put, gone := bundle.Entry[0], bundle.Entry[1], bundle.Entry[2]
		if first.Request.URL != "https://example.org/fhir/Subscription/s1/$status" || !strings.Contains(string(first.Resource), `"valueString":"3"`) {
			t.Errorf("the status: %+v", first)
		}
		if put.Request.Method != "PUT" || put.FullURL != "https://example.org/fhir/Observation/a" || len(put.Resource) == 0 {
			t.Errorf("what is there: %+v", put)
		}
		if gone.Request.Method != "DELETE" || gone.Request.URL != "Observation/b" || len(gone.Resource) > 0 {
			t.Errorf("what is gone: %+v", gone)
		}
	})
}

// What was told is read back as it was told, and anything else is an error.
func FuzzToldIn(f *testing.F) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	s := fhir.SubscriptionStatus{ID: "s", Status: "active", Type: "event-notification", Events: 7, Told: []fhir.Told{{Number: 7, At: at, Focus: "Goal/1", Deleted: true}}}
	f.Add(s.Notification(at))
	f.Add([]byte(`{"entry":[{"resource":{"parameter":[{"name":"notification-event","part":[{"name":"event-number","valueString":"x"}]}]}}]}`))
	f.Fuzz(func(t *testing.T, notification []byte) {
		told, err := fhir.ToldIn(notification, "")
		if err != nil {
			return
		}
		again := fhir.SubscriptionStatus{ID: "s", Status: "active", Type: "event-notification", Told: told}
		back, err := fhir.ToldIn(again.Notification(at), "")
		if err != nil || len(back) != len(told) {
			t.Errorf("%d events became %d (%v)", len(told), len(back), err)
		}
	})
}
