package terra

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// data answers with what a user has of one type between two days, or sends it
// to the tenant's endpoints.
func (m *Room) data(r *http.Request) (room.Answer, error) {
	ctx, typ, q := r.Context(), r.PathValue("type"), r.URL.Query()
	if !slices.Contains(dataTypes(), typ) {
		return room.Answer{}, fault.New(fault.NotFound, "invalid data type")
	}
	u, revision, err := m.user(ctx, q)
	if err != nil {
		return room.Answer{}, err
	}
	from, to, err := days(q, zoneOf(u.Zone), m.Now())
	if err != nil {
		return room.Answer{Fields: ruleOf(err)}, err
	}
	samples, err := boolean(q, "with_samples")
	if err != nil {
		return room.Answer{}, err
	}
	offer, mediaType, err := m.choose(r, typ)
	if err != nil {
		return room.Answer{}, err
	}
	offer = offer.sampled(samples)
	if webhook, err := m.wantsWebhook(ctx, q, mediaType); err != nil {
		return room.Answer{}, err
	} else if webhook {
		return m.deliver(ctx, u, request{typ, from, to})
	}
	fields, err := m.limits.take(u.Tenant, u.ID, 0)
	if err != nil {
		return room.Answer{}, err
	}
	base := m.fhirBase(r)
	name := fmt.Sprintf("terra|%s|%s|%d|%s|%s|%t|%s|%s|%s", u.Tenant, u.ID, revision, typ, mediaType, samples, from, to, base)
	page, err := m.Maker.Page(name, func() (*represent.Page, error) {
		set, err := m.set(ctx, u, typ, offer, from, to)
		if err != nil {
			return nil, err
		}
		return offer.Pack(Collection{
			Type: typ, MediaType: mediaType, User: u, Base: base, Issues: set.Issues,
			Documents: only(set.Documents, offer.Types[typ]),
		})
	})
	return room.Answer{Page: page, Fields: fields, Patient: u.ID}, err
}

// user returns the tenant's user that user_id names, and the user's revision.
func (m *Room) user(ctx context.Context, q url.Values) (store.User, int64, error) {
	id := q.Get("user_id")
	if id == "" {
		return store.User{}, 0, fault.BadParam("user_id", "user_id is required")
	}
	return m.Maker.User(ctx, room.Tenant(ctx), id)
}

// set represents the user's records of a type.
func (m *Room) set(ctx context.Context, u store.User, typ string, o Offer, from, to record.Date) (represent.Set, error) {
	kinds := terra.Kinds(typ)
	if len(kinds) == 0 {
		return represent.Set{}, nil
	}
	if !o.PerRecord {
		return m.Maker.Days(ctx, o.Format, u, kinds, from, to)
	}
	return m.perRecord(ctx, o, store.Query{Tenant: u.Tenant, User: u.ID, Select: selectors(typ), From: from, To: to, Limit: readAtOnce})
}

// readAtOnce is how many records are read at a time.
const readAtOnce = 1000

// perRecord represents what q finds, unless that is too much for one answer:
// the whole of it is in memory.
func (m *Room) perRecord(ctx context.Context, o Offer, q store.Query) (represent.Set, error) {
	var all represent.Set
	for size := 0; ; {
		page, err := m.Store.Records(ctx, q)
		if err != nil {
			return all, err
		}
		set, err := m.Maker.Records(o.Format, q.Tenant, page.Records)
		if err != nil {
			return all, err
		}
		for i := range set.Documents {
			size += len(set.Documents[i].Body)
		}
		if o.MaxBytes > 0 && size > o.MaxBytes {
			return represent.Set{}, fault.BadParam("end_date", "too much for one answer; ask for fewer days, or for pages of /fhir/Observation")
		}
		all.Documents = append(all.Documents, set.Documents...)
		for _, i := range set.Issues {
			if !slices.Contains(all.Issues, i) { // there are few
				all.Issues = append(all.Issues, i)
			}
		}
		if q.After = page.Next; q.After == "" {
			return all, nil
		}
	}
}

// selectors picks the records of a data type. Sleep is one metric among the
// measurements, and a kind of its own; body is all of them, also those that Terra has no field for.
func selectors(typ string) []store.Selector {
	if typ == "sleep" {
		return []store.Selector{{Kind: record.KindBiometric, Metric: "sleep"}, {Kind: record.KindSleep}}
	}
	var all []store.Selector
	for _, k := range terra.Kinds(typ) {
		all = append(all, store.Selector{Kind: k})
	}
	return all
}

// only keeps the documents of some types: a day has documents of others too.
func only(docs []mapping.Document, types []string) []mapping.Document {
	var kept []mapping.Document
	for i := range docs {
		if slices.Contains(types, docs[i].Type) {
			kept = append(kept, docs[i])
		}
	}
	return kept
}

// record answers with one record.
func (m *Room) record(r *http.Request) (room.Answer, error) {
	ctx, typ := r.Context(), r.PathValue("type")
	if !slices.Contains(dataTypes(), typ) {
		return room.Answer{}, fault.New(fault.NotFound, "invalid data type")
	}
	samples, err := boolean(r.URL.Query(), "with_samples")
	if err != nil {
		return room.Answer{}, err
	}
	offer, mediaType, err := m.choose(r, typ)
	if err != nil {
		return room.Answer{}, err
	}
	offer = offer.sampled(samples)
	found, err := m.Store.Record(ctx, room.Tenant(ctx), r.PathValue("id"))
	if err != nil {
		return room.Answer{}, err
	}
	if !slices.Contains(terra.Kinds(typ), found.Kind) {
		return room.Answer{}, errNoRecord
	}
	if found.Deleted {
		return room.Answer{}, fault.New(fault.Gone, "the record was deleted")
	}
	u, _, err := m.Maker.User(ctx, room.Tenant(ctx), found.User)
	if err != nil {
		return room.Answer{}, err
	}
	set, err := m.Maker.Records(offer.Format, u.Tenant, []store.Stored{found})
	if err != nil {
		return room.Answer{}, err
	}
	docs := only(set.Documents, offer.Types[typ])
	if len(docs) == 0 {
		return room.Answer{}, errNoRecord
	}
	page, err := offer.Pack(Collection{Type: typ, MediaType: mediaType, User: u, Base: m.fhirBase(r), Documents: docs, Issues: set.Issues, Single: true})
	return room.Answer{Page: page, Patient: u.ID}, err
}

var errNoRecord = fault.New(fault.NotFound, "record not found")
