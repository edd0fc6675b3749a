package push

import (
	"bytes"
	"encoding/json"
	"fmt"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/terra"
	"nutrigate/schemas"
)

// version is that of Terra's webhooks (docs.tryterra.co, event types).
const version = "2022-03-16"

// mediaType is that of data in the endpoint's format; all else is JSON.
func mediaType(e store.Endpoint) string {
	if e.Format == "fhir" && e.Payload != "thin" {
		return fhir.MediaType
	}
	return terra.MediaType
}

// dataBody returns the bytes of a delivery of data, checked. The list of objects
// stands at its end.
func (r *representer) dataBody(e store.Endpoint, typ string, u store.User, objects []mapping.Document) ([]byte, error) {
	if mediaType(e) == fhir.MediaType {
		return r.collection(u, objects)
	}
	items := make([][]byte, len(objects))
	schema := "event/" + typ
	for i := range objects {
		items[i] = objects[i].Body
	}
	if e.Payload == "thin" {
		schema = "event/thin"
		for i := range objects {
			items[i] = fmt.Appendf(nil, `{"id":%q,"day":%q}`, objects[i].ID, objects[i].Day)
		}
	}
	// The objects passed their schemas when they were made, so that what is
	// around them is all that is left to check.
	body, around := envelope(typ, person(u), items), envelope(typ, person(u), nil)
	if typ == "athlete" && e.Payload != "thin" {
		body, around = athlete(u), athlete(u)
	}
	if err := schemas.Check(schema, around); err != nil {
		return nil, fmt.Errorf("event %s: %w", typ, err)
	}
	return body, nil
}

// envelope is Terra's for data. The user and the items are copied as they are.
func envelope(typ string, user []byte, items [][]byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"type":%q,"version":%q,"user":%s,"data":[`, typ, version, user)
	b.Write(bytes.Join(items, []byte(",")))
	b.WriteString(`]}`)
	return b.Bytes()
}

func athlete(u store.User) []byte {
	return fmt.Appendf(nil, `{"type":"athlete","version":%q,"user":%s,"athlete":%s}`, version, person(u), terra.EncodeAthlete(terra.User{ID: u.ID}))
}

// collection is a Bundle of the Patient and the resources.
func (r *representer) collection(u store.User, resources []mapping.Document) ([]byte, error) {
	first, err := r.patient(u)
	if err != nil {
		return nil, err
	}
	entries := []fhir.Entry{first}
	for i := range resources {
		entries = append(entries, fhir.Entry{FullURL: r.address(resources[i]), Resource: resources[i].Body})
	}
	return bundle("collection", entries)
}

// patient is the first entry of every Bundle that is sent.
func (r *representer) patient(u store.User) (fhir.Entry, error) {
	p, err := fhir.EncodePatient(fhir.Patient{ID: u.ID, Active: u.Active, Version: u.Version, Updated: u.Updated})
	return fhir.Entry{FullURL: r.address(p), Resource: p.Body}, err
}

func bundle(kind string, entries []fhir.Entry) ([]byte, error) {
	body := fhir.Bundle(kind, entries, nil, -1)
	if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: body}); err != nil {
		return nil, fmt.Errorf("event as a Bundle: %w", err)
	}
	return body, nil
}

// address is where a resource can be read, or its id as a URN where the gateway
// does not know by which address it is reached. Both are what resources refer
// to one another by (R4, bundle.html#references).
func (r *representer) address(d mapping.Document) string {
	if r.base == "" {
		return "urn:uuid:" + d.ID
	}
	return r.base + "/fhir/" + d.Type + "/" + d.ID
}

// notice is the body of an event that is not data: the members that any of
// Terra's has, by their names. What is known otherwise does not come from the
// event's Detail.
type notice struct {
	Type      string `json:"type"`
	Status    string `json:"status,omitempty"`
	Version   string `json:"version"`
	Message   string `json:"message,omitempty"`
	Reference string `json:"reference,omitempty"`

	Reason        string `json:"reason,omitempty"`
	Provider      string `json:"provider,omitempty"`
	ReferenceID   string `json:"reference_id,omitempty"`
	FlowID        string `json:"flow_id,omitempty"`
	WidgetSession string `json:"widget_session_id,omitempty"`

	ScopesAdded   *string `json:"scopes_added,omitempty"`
	ScopesRemoved *string `json:"scopes_removed,omitempty"`

	RetryAfter *int `json:"retry_after_seconds,omitempty"`
	Payloads   *int `json:"expected_payloads,omitempty"`

	CreationTimestamp string       `json:"creation_timestamp,omitempty"`
	Trend             *json.Number `json:"trend_percentage,omitempty"`
	SentLastHour      *int         `json:"sent_webhooks_last_hour,omitempty"`

	User    json.RawMessage `json:"user,omitempty"`
	NewUser json.RawMessage `json:"new_user,omitempty"`
	OldUser json.RawMessage `json:"old_user,omitempty"`
}

// said is what a notice says where its event does not.
type said struct{ status, message string }

// notices are the events that are not data.
var notices = map[string]said{
	"auth":                     {"success", "User has successfully authenticated"},
	"auth_cancelled":           {"error", ""},
	"deauth":                   {"success", "User has deauthenticated"},
	"user_reauth":              {"warning", "User has reauthenticated and the old ID is no longer in use"},
	"access_revoked":           {"warning", "User revoked access"},
	"connection_error":         {"warning", "The source failed; the user may need to connect again"},
	"permission_change":        {"warning", "User permissions have been modified"},
	"processing":               {"success", "The request is being processed"},
	"large_request_processing": {"processing", "Large request is being processed; payloads will be delivered when ready"},
	"large_request_sending":    {"", "Large request payloads are being sent"},
	"healthcheck":              {"", ""},
}
