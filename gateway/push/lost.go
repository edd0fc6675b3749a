package push

import (
	"context"
	"fmt"
	"slices"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
	"nutrigate/schemas"
)

// lost returns what a receiver may have of some days and is no longer there: the
// documents that the days' deleted records made, but for those that other records
// still make. In Terra's format each is as it overwrites the receiver's.
func (r *representer) lost(ctx context.Context, e store.Endpoint, u store.User, typ string, days []record.Date, living []mapping.Document) ([]mapping.Document, error) {
	there := map[string]bool{}
	for i := range living {
		there[living[i].ID] = true
	}
	var all []mapping.Document
	for _, day := range days {
		were, err := r.were(ctx, e, u, typ, day)
		if err != nil {
			return nil, err
		}
		for _, d := range were {
			if there[d.ID] {
				continue
			}
			if e.Format != "fhir" {
				if d, err = terra.Removed(d); err != nil {
					return nil, err
				}
			}
			all = append(all, d)
		}
	}
	return all, nil
}

// were returns the documents that the deleted records of a day made.
func (r *representer) were(ctx context.Context, e store.Endpoint, u store.User, typ string, day record.Date) ([]mapping.Document, error) {
	page, err := r.store.Records(ctx, store.Query{Tenant: u.Tenant, User: u.ID, Select: selectors(typ), From: day, To: day, Deleted: true})
	if err != nil {
		return nil, err
	}
	var deleted []record.Record
	for i := range page.Records {
		if t := page.Records[i].Record; t.Deleted {
			t.Deleted = false
			deleted = append(deleted, t)
		}
	}
	format := mapping.Format(terra.Format{})
	if e.Format == "fhir" {
		format = r.fhir
	}
	docs, _, err := format.Encode(u.Subject(), deleted)
	if err != nil {
		return nil, fmt.Errorf("what deleted records were: %w", err)
	}
	if e.Format == "fhir" {
		return docs, nil
	}
	return slices.DeleteFunc(docs, func(d mapping.Document) bool { return d.Type != typ }), nil
}

// lostBody returns the bytes of a delivery that tells what is no longer there.
func (r *representer) lostBody(e store.Endpoint, typ string, u store.User, lost []mapping.Document) ([]byte, error) {
	if mediaType(e) == fhir.MediaType {
		return r.deletions(u, lost)
	}
	if e.Payload != "thin" {
		return r.dataBody(e, typ, u, lost)
	}
	items := make([][]byte, len(lost))
	for i := range lost {
		items[i] = fmt.Appendf(nil, `{"id":%q,"day":%q,"deleted":true}`, lost[i].ID, lost[i].Day)
	}
	body := envelope(typ, person(u), items)
	if err := schemas.Check("event/thin", body); err != nil {
		return nil, fmt.Errorf("event %s: %w", typ, err)
	}
	return body, nil
}

// deletions is a history: the Patient, and what was deleted.
func (r *representer) deletions(u store.User, lost []mapping.Document) ([]byte, error) {
	first, err := r.patient(u)
	if err != nil {
		return nil, err
	}
	first.Change = &fhir.Change{Method: "PUT", URL: "Patient/" + u.ID}
	entries := []fhir.Entry{first}
	for i := range lost {
		gone := fhir.Change{Method: "DELETE", URL: lost[i].Type + "/" + lost[i].ID}
		entries = append(entries, fhir.Entry{FullURL: r.address(lost[i]), Change: &gone})
	}
	return bundle("history", entries)
}
