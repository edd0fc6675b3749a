package shelf

import (
	"context"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// devices is the shelf of Device: the gateway itself, and the apps and devices
// that delivered a person's values to the source.
func devices(d Deps) Shelf {
	return newDerived(derived{
		Deps: d, name: "Device", shared: gatewayDevice(d.Version),
		make: func(ctx context.Context, u store.User, _ int64) ([]*Resource, error) { return d.devicesOf(ctx, u) },
	})
}

func gatewayDevice(version string) []*Resource {
	doc, err := fhir.EncodeGateway(version)
	if err != nil { // texts always encode
		return nil
	}
	return []*Resource{{Type: doc.Type, ID: doc.ID, Version: 1, doc: &doc}}
}

// devicesOf finds the names of devices in what they delivered. A device is there
// since the first record that names it.
func (d *Deps) devicesOf(ctx context.Context, u store.User) ([]*Resource, error) {
	page, err := d.Store.Records(ctx, store.Query{
		Tenant: u.Tenant, User: u.ID, Select: []store.Selector{{Kind: record.KindBiometric}, {Kind: record.KindExercise}},
	})
	if err != nil {
		return nil, err
	}
	since := map[string]time.Time{}
	for i := range page.Records {
		r := &page.Records[i]
		name := deviceOf(&r.Record)
		if at, seen := since[name]; name != "" && (!seen || r.Updated.Before(at)) {
			since[name] = r.Updated
		}
	}
	var all []*Resource
	for name, at := range since {
		doc, err := fhir.EncodeDevice(fhir.SourceDevice{User: u.ID, Name: name, Updated: at})
		if err != nil {
			return nil, err
		}
		r, err := finished(u, doc, fhir.State{Version: 1, Updated: at})
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func deviceOf(r *record.Record) string {
	switch {
	case r.Biometric != nil:
		return r.Biometric.Device
	case r.Exercise != nil:
		return r.Exercise.Device
	}
	return ""
}
