package terra

import (
	"bytes"
	"fmt"
	"time"

	"nutrigate/mapping/record"
)

// User is a person as Terra's envelope names one.
type User struct {
	ID        string    // the person's public id: user_id
	Reference string    // the operator's own name for the person: reference_id
	Active    bool      // whether updates are wanted
	Created   time.Time // when the connection was made; zero where not known
	Webhook   time.Time // when a webhook about the connection was last sent; zero where none was, or not known
	Polled    time.Time // when the source was last asked with success; zero where it is not asked, or not known
}

// Provider is Terra's name of the source.
const Provider = "CRONOMETER"

// terraUser is TerraUser. Unlike in data, its unknown fields are null: Terra's
// own answers show them so.
type terraUser struct {
	ID          string  `json:"user_id"`
	Provider    string  `json:"provider"`
	Active      bool    `json:"active"`
	Reference   *string `json:"reference_id"`
	Scopes      *string `json:"scopes"`
	Created     *string `json:"created_at"`
	LastWebhook *string `json:"last_webhook_update"`
}

// EncodeUser returns a TerraUser object. Scopes are null: the gateway has none.
func EncodeUser(u User) []byte { return mustEncode(newTerraUser(u)) }

func newTerraUser(u User) terraUser {
	t := terraUser{ID: u.ID, Provider: Provider, Active: u.Active, Created: instant(u.Created), LastWebhook: instant(u.Webhook)}
	if u.Reference != "" {
		t.Reference = &u.Reference
	}
	return t
}

// instant writes a time as Terra does; nil for none.
func instant(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	text := at.UTC().Format("2006-01-02T15:04:05.000000Z")
	return &text
}

// EncodeUserInfo returns the TerraUser of userInfo, which says more than the
// others: when the source was last polled, and the last day of which there is
// data, as its midnight in the zone. No time and no day are null.
func EncodeUserInfo(u User, last record.Date, zone string) ([]byte, error) {
	info := struct {
		terraUser
		Polled *string `json:"last_polled_at"`
		Recent *string `json:"most_recent_data_at"`
	}{terraUser: newTerraUser(u), Polled: instant(u.Polled)}
	if last != "" {
		at, err := midnight(last, zone)
		if err != nil {
			return nil, fmt.Errorf("terra: the last day: %w", err)
		}
		text := at.String()
		info.Recent = &text
	}
	return mustEncode(info), nil
}

// EncodeAthlete returns an Athlete object. The source tells nothing of the
// person, so that it holds the id alone.
func EncodeAthlete(u User) []byte {
	return mustEncode(struct {
		ID string `json:"provider_user_id"`
	}{u.ID})
}

// mustEncode encodes strings and booleans, which always succeeds.
func mustEncode(v any) []byte {
	b, err := encode(v)
	if err != nil {
		panic(fmt.Sprintf("terra: encode: %v", err))
	}
	return b
}

// Envelope wraps documents of one type into the API's answer. User and bodies
// are JSON and copied as they are. An athlete's answer has the one body under
// "athlete" and no list.
func Envelope(typ string, user []byte, bodies [][]byte) []byte {
	var b bytes.Buffer
	if typ == "athlete" {
		b.WriteString(`{"athlete":`)
		b.Write(bytes.Join(bodies, nil))
		b.WriteString(`,"type":"athlete","user":`)
		b.Write(user)
		b.WriteString(`}`)
		return b.Bytes()
	}
	b.WriteString(`{"status":"success","type":`)
	b.Write(mustEncode(typ))
	b.WriteString(`,"user":`)
	b.Write(user)
	b.WriteString(`,"data":[`)
	b.Write(bytes.Join(bodies, []byte(",")))
	b.WriteString(`]}`)
	return b.Bytes()
}
