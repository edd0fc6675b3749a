package push

import (
	"net/http"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// How much a notification has where the subscriber does not say.
const (
	notifyEvents = 100
	notifyBytes  = 4 << 20
	// notifyPage is how many changed records are looked at together.
	notifyPage = 500
)

// touched is what a stretch of the log says of one user.
type touched struct {
	user     string
	days     map[store.KindDay]bool
	kinds    []record.Kind
	self     bool // the user itself
	from, to time.Time
}

// notify makes the deliveries that tell of a stretch of the log. What they tell
// depends on the log alone, so that the same stretch gives the same numbers.
func (s *subscribed) notify(events []store.Logged) error {
	for i := range s.ask.Criteria {
		q, err := s.ask.Criteria[i].parsed()
		if err != nil {
			return err
		}
		s.queries = append(s.queries, q)
	}
	for _, t := range touchedBy(events) {
		if !s.ask.Grant.Of(t.user) {
			continue
		}
		u, err := s.p.maker.active(s.ctx, s.endpoint.Tenant, t.user)
		if fault.KindOf(err) == fault.NotFound {
			continue // erased, or wants no updates
		}
		if err != nil {
			return err
		}
		if err := s.user(u, t); err != nil {
			return err
		}
	}
	return nil
}

// touchedBy gathers what the events say, by users, in their order.
func touchedBy(events []store.Logged) []*touched {
	var all []*touched
	for i := range events {
		e := &events[i]
		if !e.Records {
			continue
		}
		at := slices.IndexFunc(all, func(t *touched) bool { return t.user == e.User })
		if at < 0 {
			at = len(all)
			all = append(all, &touched{user: e.User, days: map[store.KindDay]bool{}, from: e.At})
		}
		t := all[at]
		t.from, t.to = earlier(t.from, e.At), later(t.to, e.At)
		if e.Kind == "user" {
			t.self = true
			continue
		}
		kind := record.Kind(e.Kind)
		t.days[store.KindDay{Kind: kind, Day: e.Day}] = true
		if !slices.Contains(t.kinds, kind) {
			t.kinds = append(t.kinds, kind)
		}
	}
	return all
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// user tells of what changed of one user.
func (s *subscribed) user(u store.User, t *touched) error {
	var told []fhir.Told
	if t.self {
		doc, err := fhir.EncodePatient(fhir.Patient{ID: u.ID, Active: u.Active, Version: u.Version, Updated: u.Updated})
		if err != nil {
			return err
		}
		if met, err := s.meets(u, doc); err != nil {
			return err
		} else if met {
			told = append(told, fhir.Told{At: u.Updated, Focus: "Patient/" + u.ID, Resource: doc.Body, Created: u.Version == 1})
		}
	}
	q := store.Query{Tenant: u.Tenant, User: u.ID, Since: t.from, AsOf: t.to, Deleted: true, Limit: notifyPage}
	q.Select = s.selectors(t)
	for more := len(q.Select) > 0; more; {
		page, err := s.p.maker.store.Records(s.ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Records {
			one, met, err := s.event(u, t, &page.Records[i])
			if err != nil {
				return err
			}
			if met {
				told = append(told, one)
			}
		}
		q.After, more = page.Next, page.Next != ""
		if len(told) >= notifyPage || !more {
			s.send(u, told)
			told = nil
		}
	}
	s.send(u, told)
	return nil
}

// selectors pick the kinds that changed and that any of the searches is about.
func (s *subscribed) selectors(t *touched) []store.Selector {
	var all []store.Selector
	for _, kind := range t.kinds {
		if slices.ContainsFunc(s.ask.Criteria, func(c Criterion) bool { return slices.Contains(fhir.KindsOf(c.Type), kind) }) {
			all = append(all, store.Selector{Kind: kind})
		}
	}
	return all
}

// event returns what there is to tell of one record that changed.
func (s *subscribed) event(u store.User, t *touched, r *store.Stored) (fhir.Told, bool, error) {
	day := r.Day
	if r.Kind.Undated() {
		day = ""
	}
	if !t.days[store.KindDay{Kind: r.Kind, Day: day}] {
		return fhir.Told{}, false, nil // it changed in another stretch of the log
	}
	doc, err := s.document(u, r)
	if err != nil {
		return fhir.Told{}, false, err
	}
	met, err := s.meets(u, doc)
	return fhir.Told{At: r.Updated, Focus: doc.Type + "/" + doc.ID, Resource: doc.Body, Deleted: r.Deleted, Created: r.Version == 1}, met, err
}

// document is the resource of a record; of a tombstone, what it was.
func (s *subscribed) document(u store.User, r *store.Stored) (mapping.Document, error) {
	if !r.Deleted {
		set, err := s.p.maker.Records(represent.Format{Name: "fhir", Format: fhir.Format{}}, u.Tenant, []store.Stored{*r})
		if err != nil {
			return mapping.Document{}, err
		}
		return set.Documents[0], nil
	}
	was := r.Record
	was.Deleted = false
	docs, _, err := mapping.Checked(fhir.Format{}, u.Subject(), []record.Record{was})
	if err != nil {
		return mapping.Document{}, err
	}
	return docs[0], nil
}

// meets reports whether a resource is what the subscription asks for, and what
// its maker may see.
func (s *subscribed) meets(u store.User, doc mapping.Document) (bool, error) {
	r := &search.Resource{Type: doc.Type, ID: doc.ID, Body: doc.Body, Zone: u.Zone}
	if !slices.ContainsFunc(s.queries, func(q *search.Query) bool { return q.Matches(r) }) {
		return false, nil
	}
	bounds, may := s.ask.Grant.May(grant.Search, doc.Type)
	if !may || len(bounds) == 0 {
		return may, nil
	}
	for _, bound := range bounds {
		q, err := search.Parse(doc.Type, bound)
		if err != nil {
			return false, err
		}
		if q.Matches(r) {
			return true, nil
		}
	}
	return false, nil
}

// send adds the deliveries that tell of events about one user.
func (s *subscribed) send(u store.User, told []fhir.Told) {
	if len(told) == 0 {
		return
	}
	if s.ask.Topic == "" {
		s.hook(u, told)
		return
	}
	for len(told) > 0 {
		n := s.fits(told)
		some := slices.Clone(told[:n])
		told = told[n:]
		first := s.told() + 1
		for i := range some {
			some[i].Number = first + int64(i)
			switch s.ask.Content {
			case "empty":
				some[i].Focus, some[i].Resource = "", nil
			case "id-only":
				some[i].Resource = nil
			}
		}
		status := s.ask.Status(&s.endpoint, "event-notification", s.p.Now())
		status.Told, status.Events = some, some[n-1].Number
		s.tell(store.Notification, u.ID, status)
		s.numbered(first, status.Events)
	}
}

// fits counts the events at the start that one notification may tell of.
func (s *subscribed) fits(told []fhir.Told) int {
	most, size := notifyEvents, 0
	if s.ask.MaxCount > 0 {
		most = s.ask.MaxCount
	}
	for n := range told {
		size += len(told[n].Resource)
		if n == most || (n > 0 && size > notifyBytes && s.ask.Content == "full-resource") {
			return n
		}
	}
	return len(told)
}

// told is how many events the subscription has been told of, with those of this stretch.
func (s *subscribed) told() int64 {
	if n := len(s.made); n > 0 {
		return s.made[n-1].Last
	}
	return s.endpoint.Subscription.Told
}

// numbered says which events the last delivery tells of.
func (s *subscribed) numbered(first, last int64) {
	s.made[len(s.made)-1].First, s.made[len(s.made)-1].Last = first, last
}

// hook adds R4's own deliveries (R4, subscription.html#2.46.7.1): each resource
// by PUT to its address below the endpoint's, or, where no payload is wanted, one
// POST without a body. What was deleted no longer meets a search, and is not told.
func (s *subscribed) hook(u store.User, told []fhir.Told) {
	told = slices.DeleteFunc(told, func(t fhir.Told) bool { return t.Deleted })
	if s.ask.Payload == "" && len(told) > 0 {
		first := s.told() + 1
		s.add(store.Parcel{Delivery: store.Delivery{User: u.ID, Type: store.Notification}, Body: []byte{}})
		s.numbered(first, first+int64(len(told))-1)
		return
	}
	for _, t := range told {
		number := s.told() + 1
		s.add(store.Parcel{
			Delivery:  store.Delivery{User: u.ID, Type: store.Notification, Method: http.MethodPut, Path: "/" + t.Focus},
			MediaType: s.ask.Payload, Body: t.Resource,
		})
		s.numbered(number, number)
	}
}
