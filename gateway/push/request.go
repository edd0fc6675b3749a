package push

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// As Terra: data that is asked for and spans a month is announced, and sent in
// chunks of so many objects or bytes (docs.tryterra.co, event types).
const (
	chunkObjects = 10
	chunkBytes   = 10 << 20
)

// request is the Detail of an event by which somebody asks for data.
type request struct {
	Type string      `json:"type"`
	From record.Date `json:"from"`
	To   record.Date `json:"to"`
}

// large reports whether Terra would announce what the request asks for.
func (r request) large() bool {
	from, err := time.Parse(time.DateOnly, string(r.From))
	return err == nil && string(r.To) >= from.AddDate(0, 1, 0).Format(time.DateOnly)
}

// beforeLarge counts the events before the first large request that the endpoint
// wants and that was not announced yet: what is to be made of it takes time, and
// whoever asked is told before that begins.
func (b *batch) beforeLarge(events []store.Logged, announced int64) int {
	for i := range events {
		var r request
		if events[i].Kind == "request" && events[i].Seq > announced &&
			json.Unmarshal(events[i].Detail, &r) == nil && r.large() && b.wants(r.Type) {
			return i
		}
	}
	return len(events)
}

// announce makes the delivery that comes before those of a large request.
func (b *batch) announce(e *store.Logged) ([]store.Parcel, error) {
	err := b.event(&store.Logged{User: e.User, Kind: "large_request_processing", Reference: e.Reference})
	return b.made, err
}

// request makes the deliveries of an answer that goes to webhooks. All have the
// request's reference. An answer without data is a delivery without objects, so
// that whoever waits for it knows.
func (b *batch) request(e *store.Logged) error {
	var r request
	if err := json.Unmarshal(e.Detail, &r); err != nil {
		return fmt.Errorf("request for data: %w", err)
	}
	if !b.wants(r.Type) {
		return nil
	}
	u, objects, err := b.p.maker.between(b.ctx, b.endpoint, e.User, r)
	if fault.KindOf(err) == fault.NotFound {
		return nil // the user has been erased since
	}
	if err != nil {
		return err
	}
	parts := [][]mapping.Document{objects}
	if r.large() || size(objects) > chunkBytes {
		parts = chunks(objects)
	}
	if r.large() {
		if err := b.sending(e, len(parts)); err != nil {
			return err
		}
	}
	about := cmp.Or(e.Reference, newID())
	for i, part := range parts {
		body, err := b.p.maker.dataBody(b.endpoint, r.Type, u, part)
		if err != nil {
			return err
		}
		parcel := store.Parcel{Delivery: store.Delivery{User: e.User, Type: r.Type, Reference: about}, MediaType: mediaType(b.endpoint), Body: body}
		if len(parts) > 1 {
			parcel.TraceID = fmt.Sprintf("%s:chunk:%d", about, i+1)
		}
		b.add(parcel)
	}
	return nil
}

// sending makes the delivery that says how many carry the data.
func (b *batch) sending(e *store.Logged, payloads int) error {
	return b.event(&store.Logged{
		User: e.User, Kind: "large_request_sending", Reference: e.Reference, Detail: fmt.Appendf(nil, `{"expected_payloads":%d}`, payloads),
	})
}

// chunks divides objects into lists that are small enough. One that alone is
// too large is sent alone.
func chunks(objects []mapping.Document) [][]mapping.Document {
	var all [][]mapping.Document
	first, bytes := 0, 0
	for i := range objects {
		if i > first && (i-first == chunkObjects || bytes+len(objects[i].Body) > chunkBytes) {
			all = append(all, objects[first:i])
			first, bytes = i, 0
		}
		bytes += len(objects[i].Body)
	}
	return append(all, objects[first:])
}

func size(objects []mapping.Document) (bytes int) {
	for i := range objects {
		bytes += len(objects[i].Body)
	}
	return bytes
}
