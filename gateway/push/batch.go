package push

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// A batch is a stretch of the log on its way to becoming one endpoint's deliveries.
type batch struct {
	p        *Push
	ctx      context.Context //nolint:containedctx // it is that of one call
	endpoint store.Endpoint
	giveUp   bool // on what cannot be represented: it becomes a delivery that is dead

	changed []change
	made    []store.Parcel
}

// A change is what the batch says of one user and one type of data.
type change struct {
	user, typ, reference string
	days                 []record.Date
	gone                 []record.Date // those of them that have lost records
}

// parcels returns the deliveries. Days of one user and type that change between
// two other events are sent together, and each once.
func (b *batch) parcels(events []store.Logged) ([]store.Parcel, error) {
	for i := range events {
		e := &events[i]
		if e.Records {
			b.collect(e)
			continue
		}
		if err := b.flush(); err != nil {
			return nil, err
		}
		if err := b.event(e); err != nil {
			return nil, err
		}
	}
	return b.made, b.flush()
}

// wants reports whether the endpoint is sent events of the type.
func (b *batch) wants(typ string) bool {
	return len(b.endpoint.Types) == 0 || slices.Contains(b.endpoint.Types, typ)
}

// collect notes the day under each type of data that its kind of record belongs to.
func (b *batch) collect(e *store.Logged) {
	for _, typ := range terra.Types() {
		if e.Day == "" || !b.wants(typ) || !slices.Contains(terra.Kinds(typ), record.Kind(e.Kind)) {
			continue
		}
		i := slices.IndexFunc(b.changed, func(c change) bool {
			return c.user == e.User && c.typ == typ && c.reference == e.Reference
		})
		if i < 0 {
			i = len(b.changed)
			b.changed = append(b.changed, change{user: e.User, typ: typ, reference: e.Reference})
		}
		b.changed[i].days = append(b.changed[i].days, e.Day)
		if e.Gone > 0 {
			b.changed[i].gone = append(b.changed[i].gone, e.Day)
		}
	}
}

// flush makes deliveries of the changes that were collected.
func (b *batch) flush() error {
	changed := b.changed
	b.changed = nil
	for _, c := range changed {
		c.days, c.gone = each(c.days), each(c.gone)
		if err := b.orGiveUp(c.user, c.typ, c.reference, b.change(c)); err != nil {
			return err
		}
	}
	return nil
}

// each returns the days in order, each once.
func each(days []record.Date) []record.Date {
	slices.Sort(days)
	return slices.Compact(days)
}

// orGiveUp passes the error on, unless it is time to give up what it is about:
// then the delivery is dead from its beginning, for the operator to see.
func (b *batch) orGiveUp(user, typ, reference string, err error) error {
	if err == nil || !b.giveUp || b.ctx.Err() != nil || fault.KindOf(err) == fault.Unavailable {
		return err
	}
	b.p.Log.Error("deliveries: an event cannot be represented", "tenant", b.endpoint.Tenant, "endpoint", b.endpoint.ID, "type", typ, "error", err)
	b.add(store.Parcel{Delivery: store.Delivery{User: user, Type: typ, Reference: reference, State: store.Dead, Class: unrepresentable}})
	return nil
}

// unrepresentable is the class of a delivery that has no bytes.
const unrepresentable = "unrepresentable"

// change makes the deliveries of one change: the days as they are now, and
// then what is no longer there. Of a user who is not active nothing is told:
// that is what inactive means at Terra.
func (b *batch) change(c change) error {
	u, err := b.p.maker.active(b.ctx, b.endpoint.Tenant, c.user)
	if fault.KindOf(err) == fault.NotFound {
		return nil // the user has been erased, or wants no updates; what is asked for is sent
	}
	if err != nil {
		return err
	}
	objects, err := b.p.maker.objects(b.ctx, b.endpoint, u, c.typ, c.days)
	if err != nil {
		return err
	}
	before := len(b.made)
	if err := b.data(c, objects, func(part []mapping.Document) ([]byte, error) {
		return b.p.maker.dataBody(b.endpoint, c.typ, u, part)
	}); err != nil {
		return err
	}
	recent := record.DateOf(b.p.Now().Add(-history))
	whole(b.made[before:], objects)
	old(b.made[before:], objects, recent)
	if len(c.gone) == 0 {
		return nil
	}
	lost, err := b.p.maker.lost(b.ctx, b.endpoint, u, c.typ, c.gone, objects)
	if err != nil {
		return err
	}
	before = len(b.made)
	err = b.data(c, lost, func(part []mapping.Document) ([]byte, error) {
		return b.p.maker.lostBody(b.endpoint, c.typ, u, part)
	})
	old(b.made[before:], lost, recent) // what is gone does not overtake what there was
	return err
}

// data makes deliveries of objects, as many as they need.
func (b *batch) data(c change, objects []mapping.Document, body func([]mapping.Document) ([]byte, error)) error {
	if len(objects) == 0 {
		return nil
	}
	for _, part := range chunks(objects) {
		bytes, err := body(part)
		if err != nil {
			return err
		}
		b.add(store.Parcel{Delivery: store.Delivery{User: c.user, Type: c.typ, Reference: c.reference}, MediaType: mediaType(b.endpoint), Body: bytes})
	}
	return nil
}

// history is how old a day is whose data may be overtaken by what is new.
const history = 7 * 24 * time.Hour

// old marks the parcels that tell only of days before recent as history.
func old(parcels []store.Parcel, objects []mapping.Document, recent record.Date) {
	parts := chunks(objects)
	for i := range parcels {
		parcels[i].History = !slices.ContainsFunc(parts[i], func(d mapping.Document) bool { return d.Day == "" || d.Day >= recent })
	}
}

// whole marks the parcels as a batch that tells all there is of their days.
func whole(parcels []store.Parcel, objects []mapping.Document) {
	parts := chunks(objects)
	for i := range parcels {
		parcels[i].Batch = parcels[0].ID
		for _, d := range parts[i] {
			parcels[i].Days = append(parcels[i].Days, d.Day)
		}
		slices.Sort(parcels[i].Days)
		parcels[i].Days = slices.Compact(parcels[i].Days)
	}
}

// add completes a parcel and keeps it.
func (b *batch) add(parcel store.Parcel) {
	parcel.Tenant, parcel.Endpoint = b.endpoint.Tenant, b.endpoint.ID
	parcel.ID, parcel.Created = newID(), b.p.Now()
	if parcel.TraceID == "" {
		parcel.TraceID = parcel.ID
	}
	if parcel.Reference == "" {
		parcel.Reference = parcel.ID
	}
	b.made = append(b.made, parcel)
}

// newID returns the id of a delivery. Ids grow with time (RFC 9562 section 5.7).
func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // the system has no randomness
		panic(errors.Join(errors.New("push: make an id"), err))
	}
	return "msg_" + id.String()
}
