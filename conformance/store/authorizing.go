package store

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Authorizations is the part of an engine that keeps who may read by SMART on FHIR.
type Authorizations interface {
	CreateClient(ctx context.Context, c store.Client) (made store.Client, secret string, err error)
	Client(ctx context.Context, id string) (store.Client, error)
	Clients(ctx context.Context, tenant string) ([]store.Client, error)
	ClientBySecret(ctx context.Context, id, secret string) (store.Client, error)
	DeleteClient(ctx context.Context, tenant, id string) error
	UseAssertion(ctx context.Context, tenant, client, id string, expires time.Time) error
	AddLaunch(ctx context.Context, l store.Launch) error
	LaunchBySecret(ctx context.Context, secret string) (store.Launch, error)
	Authorize(ctx context.Context, a store.Authorization, launch string, tokens ...store.Token) (store.Authorization, error)
	Token(ctx context.Context, secret string) (store.Token, store.Authorization, error)
	Exchange(ctx context.Context, tenant, secret string, tokens ...store.Token) error
	EndAuthorization(ctx context.Context, tenant, id string) error
	EndToken(ctx context.Context, tenant, secret string) error
	SigningKey(ctx context.Context, make func() ([]byte, error)) ([]byte, error)
}

func (w *world) client(secret bool) (store.Client, string) {
	w.Helper()
	c, key, err := w.CreateClient(w.Context(), store.Client{
		Tenant: "clinic", Name: "App", Kind: store.ConfidentialApp, Redirects: []string{"https://app.example/back"}, Launch: "https://app.example/",
		HasSecret: secret, Scopes: "patient/*.rs",
	})
	if err != nil {
		w.Fatal(err)
	}
	return c, key
}

func clients(t *testing.T, w *world) {
	ctx := t.Context()
	c, secret := w.client(true)
	keyed, none := w.client(false)
	if secret == "" || none != "" || c.ID == keyed.ID {
		t.Fatalf("got %q and %q", secret, none)
	}
	if got, err := w.Client(ctx, c.ID); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("got %+v, %v; want %+v", got, err, c)
	}
	if got, err := w.Clients(ctx, "clinic"); err != nil || len(got) != 2 || got[0].ID != c.ID {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := w.Clients(ctx, "other"); err != nil || len(got) != 0 {
		t.Errorf("another tenant's: %+v, %v", got, err)
	}
	if got, err := w.ClientBySecret(ctx, c.ID, secret); err != nil || got.ID != c.ID {
		t.Errorf("by its secret: %+v, %v", got, err)
	}
	for id, key := range map[string]string{c.ID: "wrong", keyed.ID: "", "nobody": secret} {
		_, err := w.ClientBySecret(ctx, id, key)
		is(t, "a wrong secret", err, fault.Unauthorized)
	}
	_, _, err := w.CreateClient(ctx, store.Client{Tenant: "nobody", Name: "x", Kind: store.Backend})
	is(t, "a client of no tenant", err, fault.NotFound)
	is(t, "deleting another tenant's", w.DeleteClient(ctx, "other", c.ID), fault.NotFound)

	until := w.clock.Add(time.Minute)
	if err := w.UseAssertion(ctx, "clinic", c.ID, "1", until); err != nil {
		t.Fatal(err)
	}
	is(t, "the assertion again", w.UseAssertion(ctx, "clinic", c.ID, "1", until), fault.Conflict)
	is(t, "and in another process", w.view().UseAssertion(ctx, "clinic", c.ID, "1", until), fault.Conflict)
	if err := w.UseAssertion(ctx, "clinic", keyed.ID, "1", until); err != nil {
		t.Errorf("another client's with the same id: %v", err)
	}

	if err := w.DeleteClient(ctx, "clinic", c.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Client(ctx, c.ID)
	is(t, "a deleted client", err, fault.NotFound)
}

func authorizing(t *testing.T, w *world) {
	ctx := t.Context()
	c, _ := w.client(true)
	at := w.clock.Truncate(time.Millisecond).UTC()
	launch := store.Launch{Tenant: "clinic", ID: "l", Secret: "launch-secret", Client: c.ID, User: w.user.ID, Expires: at.Add(time.Minute)}
	if err := w.AddLaunch(ctx, launch); err != nil {
		t.Fatal(err)
	}
	if got, err := w.LaunchBySecret(ctx, "launch-secret"); err != nil || got != launch {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err := w.LaunchBySecret(ctx, "l")
	is(t, "a launch by its id", err, fault.NotFound)
	is(t, "a launch for nobody", w.AddLaunch(ctx, store.Launch{Tenant: "clinic", ID: "m", Secret: "m", User: "nobody"}), fault.NotFound)

	token := func(secret, kind string) store.Token {
		return store.Token{Secret: secret, Kind: kind, Expires: at.Add(time.Hour)}
	}
	want := store.Authorization{
		Tenant: "clinic", Client: c.ID, Patient: w.user.ID, Practitioner: "Ada", Scopes: "patient/*.rs", Redirect: "https://app.example/back",
		Challenge: "x", Nonce: "n", Expires: at.Add(time.Hour),
	}
	a, err := w.Authorize(ctx, want, "l", token("code", store.CodeToken))
	if err != nil {
		t.Fatal(err)
	}
	want.ID, want.Created = a.ID, at
	if got, of, err := w.Token(ctx, "code"); err != nil || of != want || got != token("code", store.CodeToken) {
		t.Errorf("got %+v of %+v, %v; want %+v", got, of, err, want)
	}
	_, err = w.Authorize(ctx, want, "l", token("again", store.CodeToken))
	is(t, "a launch that was used", err, fault.Gone)
	_, _, err = w.Token(ctx, "again")
	is(t, "its code", err, fault.NotFound)

	is(t, "another tenant's code", w.Exchange(ctx, "other", "code"), fault.NotFound)
	if err := w.Exchange(ctx, "clinic", "code", token("access", store.AccessToken), token("refresh", store.RefreshToken)); err != nil {
		t.Fatal(err)
	}
	if err := w.Exchange(ctx, "clinic", "refresh", token("access-2", store.AccessToken), token("refresh-2", store.RefreshToken)); err != nil {
		t.Fatal(err)
	}
	if got, _, err := w.Token(ctx, "refresh"); err != nil || !got.Used {
		t.Errorf("a used token: %+v, %v", got, err)
	}
	if err := w.EndToken(ctx, "clinic", "access"); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.Token(ctx, "access")
	is(t, "an ended token", err, fault.NotFound)
	is(t, "a token that was used", w.Exchange(ctx, "clinic", "refresh", token("stolen", store.AccessToken)), fault.Gone)
	for _, secret := range []string{"code", "refresh", "access-2", "refresh-2", "stolen"} {
		_, _, err := w.Token(ctx, secret)
		is(t, "what came of it: "+secret, err, fault.NotFound)
	}
	is(t, "ending what has ended", w.EndAuthorization(ctx, "clinic", a.ID), fault.NotFound)
	for _, end := range []struct {
		what string
		do   func() error
	}{
		{"the person", func() error {
			return w.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth", Detail: []byte("{}")})
		}},
		{"the client", func() error { return w.DeleteClient(ctx, "clinic", c.ID) }},
	} {
		one := want
		if end.what == "the client" {
			one.Patient = ""
		}
		if _, err := w.Authorize(ctx, one, "", token(end.what, store.AccessToken)); err != nil {
			t.Fatal(err)
		}
		if err := end.do(); err != nil {
			t.Fatal(err)
		}
		_, _, err := w.Token(ctx, end.what)
		is(t, "a token once "+end.what+" is gone", err, fault.NotFound)
	}
}

func signingKeys(t *testing.T, w *world) {
	first, err := w.SigningKey(t.Context(), func() ([]byte, error) { return []byte("one"), nil })
	if err != nil || string(first) != "one" {
		t.Fatalf("got %q, %v", first, err)
	}
	again, err := w.view().SigningKey(t.Context(), func() ([]byte, error) { return []byte("two"), nil })
	if err != nil || !bytes.Equal(again, first) {
		t.Errorf("got %q, %v", again, err)
	}
}
