package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Accesses is the part of an engine that keeps who has read what.
type Accesses interface {
	AddAccesses(ctx context.Context, all []store.Access) error
	Access(ctx context.Context, tenant, id string) (store.Access, error)
	Accesses(ctx context.Context, q store.AccessQuery) ([]store.Access, error)
	PruneAccesses(ctx context.Context, before time.Time, limit int) (int, error)
}

// accessID begins with the time, as ids of accesses do.
func accessID(at time.Time, n string) string {
	hex := "0123456789abcdef"
	ms, id := at.UnixMilli(), []byte("00000000-0000-7000-8000-00000000000"+n)
	for i, at := range []int{12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1, 0} {
		id[at] = hex[ms>>(4*i)&0xf]
	}
	return string(id)
}

func accessing(t *testing.T, w *world) {
	ctx := t.Context()
	ben := w.person("clinic", "ben")
	w.person("other", "cleo")
	at := w.clock.Truncate(time.Millisecond).UTC()
	access := func(tenant string, at time.Time, n, user string) store.Access {
		return store.Access{
			Tenant: tenant, ID: accessID(at, n), At: at, Interaction: "read", Client: "c", Address: "192.0.2.1", User: user,
			Resource: "Observation/1", Query: "Observation?code", Outcome: store.AccessOK, Reason: "r",
		}
	}
	a, b := access("clinic", at, "1", w.user.ID), access("clinic", at.Add(time.Hour), "2", ben.ID)
	c, d := access("clinic", at.Add(2*time.Hour), "3", ""), access("other", at, "4", "")
	if err := w.AddAccesses(ctx, []store.Access{b, a, c, d}); err != nil {
		t.Fatal(err)
	}
	if err := w.AddAccesses(ctx, []store.Access{a}); err != nil {
		t.Errorf("the same again: %v", err)
	}
	for name, tt := range map[string]struct {
		query store.AccessQuery
		want  []store.Access
	}{
		"all of a tenant, in their order": {store.AccessQuery{Tenant: "clinic"}, []store.Access{a, b, c}},
		"those of some people":            {store.AccessQuery{Tenant: "clinic", Users: []string{ben.ID, "nobody"}}, []store.Access{b}},
		"those of nobody":                 {store.AccessQuery{Tenant: "clinic", Users: []string{}}, nil},
		"from then on":                    {store.AccessQuery{Tenant: "clinic", From: b.At}, []store.Access{b, c}},
		"until then, excluded":            {store.AccessQuery{Tenant: "clinic", To: b.At}, []store.Access{a}},
		"a page":                          {store.AccessQuery{Tenant: "clinic", After: a.ID, Limit: 1}, []store.Access{b}},
		"nothing of no tenant":            {store.AccessQuery{}, nil},
	} {
		if got, err := w.Accesses(ctx, tt.query); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, tt.want)
		}
	}
	if got, err := w.Access(ctx, "clinic", a.ID); err != nil || got != a {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err := w.Access(ctx, "other", a.ID)
	is(t, "another tenant's access", err, fault.NotFound)

	if err := w.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: ben.ID, Type: "deauth", Detail: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	b.Resource, b.Query = "", ""
	if got, err := w.Access(ctx, "clinic", b.ID); err != nil || got != b {
		t.Errorf("of one who went: %+v, %v", got, err)
	}
	if n, err := w.PruneAccesses(ctx, c.At, 2); err != nil || n != 2 {
		t.Errorf("deleted %d, %v", n, err)
	}
	if n, err := w.PruneAccesses(ctx, c.At, 2); err != nil || n != 1 {
		t.Errorf("then deleted %d, %v", n, err)
	}
	if got, err := w.Accesses(ctx, store.AccessQuery{Tenant: "clinic"}); err != nil || len(got) != 1 {
		t.Errorf("left %+v, %v", got, err)
	}
}
