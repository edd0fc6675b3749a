package terra_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
	"nutrigate/schemas"
)

func TestEnvelope(t *testing.T) {
	created := time.Date(2026, 1, 5, 10, 0, 0, 0, time.FixedZone("", 3600))
	user := terra.EncodeUser(terra.User{ID: person.ID, Reference: "p <17>", Active: true, Created: created})

	t.Run("a user is what the schema says, and what is not known is null", func(t *testing.T) {
		want := `{"user_id":"6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11","provider":"CRONOMETER","active":true,"reference_id":"p <17>",` +
			`"scopes":null,"created_at":"2026-01-05T09:00:00.000000Z","last_webhook_update":null}`
		if string(user) != want {
			t.Errorf("got  %s\nwant %s", user, want)
		}
		for _, u := range []terra.User{{ID: "a"}, {ID: "a", Reference: "b", Created: created}} {
			if err := schemas.Check("terra/user", terra.EncodeUser(u)); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("documents are copied byte for byte", func(t *testing.T) {
		got := terra.Envelope("nutrition", []byte(`{"u":1}`), [][]byte{[]byte(`{"a":1.50}`), []byte(`{"b":2}`)})
		if want := `{"status":"success","type":"nutrition","user":{"u":1},"data":[{"a":1.50},{"b":2}]}`; string(got) != want {
			t.Errorf("got %s", got)
		}
	})
	t.Run("nothing in range is an empty list", func(t *testing.T) {
		got := terra.Envelope("sleep", user, nil)
		if !json.Valid(got) {
			t.Errorf("not JSON: %s", got)
		}
		if want := `"data":[]}`; string(got[len(got)-len(want):]) != want {
			t.Errorf("got %s", got)
		}
	})
	t.Run("an athlete stands alone, with nothing but the id", func(t *testing.T) {
		athlete := terra.EncodeAthlete(terra.User{ID: "a", Reference: "b"})
		if err := schemas.Check("terra/athlete", athlete); err != nil {
			t.Error(err)
		}
		got := terra.Envelope("athlete", []byte(`{"u":1}`), [][]byte{athlete})
		if want := `{"athlete":{"provider_user_id":"a"},"type":"athlete","user":{"u":1}}`; string(got) != want {
			t.Errorf("got %s", got)
		}
	})
}

func TestEncodeUserInfo(t *testing.T) {
	for _, c := range []struct {
		claim, zone  string
		last         record.Date
		sent, polled time.Time
		recent, hook string
	}{
		{claim: "nothing is known", recent: "absent", hook: "absent"},
		{claim: "the last day is its midnight", zone: "Europe/Zurich", last: day, recent: "2026-01-05T00:00:00.000000+01:00", hook: "absent"},
		{claim: "without a zone it has no offset", last: day, recent: "2026-01-05T00:00:00.000000", hook: "absent"},
		{
			claim: "a webhook was sent", sent: time.Date(2026, 1, 6, 7, 8, 9, 0, time.UTC), recent: "absent",
			hook: "2026-01-06T07:08:09.000000Z",
		},
		{
			claim: "the source was polled, which is said in UTC", recent: "absent", hook: "absent",
			polled: time.Date(2026, 1, 6, 9, 8, 9, 120_000_000, time.FixedZone("", 3600)),
		},
	} {
		t.Run(c.claim, func(t *testing.T) {
			body, err := terra.EncodeUserInfo(terra.User{ID: person.ID, Webhook: c.sent, Polled: c.polled}, c.last, c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if err := schemas.Check("terra/user_details", body); err != nil {
				t.Error(err)
			}
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			expect(t, v, "most_recent_data_at", c.recent, "last_webhook_update", c.hook, "user_id", person.ID)
			polled := `"last_polled_at":null`
			if !c.polled.IsZero() {
				polled = `"last_polled_at":"2026-01-06T08:08:09.120000Z"`
			}
			if !strings.Contains(string(body), polled) {
				t.Errorf("it has not %s: %s", polled, body)
			}
		})
	}
	if _, err := terra.EncodeUserInfo(terra.User{ID: person.ID}, day, "Europe/Nowhere"); err == nil {
		t.Error("a zone that there is not was taken")
	}
}
