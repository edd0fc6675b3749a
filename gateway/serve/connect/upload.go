package connect

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
)

// ask shows the page.
func (m *Room) ask(r *http.Request) (room.Answer, error) {
	s, err := m.session(r, false)
	if err != nil {
		return over(err)
	}
	return m.asked(s, nil)
}

// connect takes in what the person uploads. The session is used up, the user
// connected and everybody told in the transaction that stores the records; files
// that cannot be read change nothing, and the person may try again.
func (m *Room) connect(r *http.Request) (room.Answer, error) {
	if err := m.origins.Check(r); err != nil {
		return over(fault.Wrap(fault.Forbidden, err, "The form was sent from another site."))
	}
	s, err := m.session(r, false)
	if err != nil {
		return m.failed(r, s, err)
	}
	form, err := m.Spool.Form(r, "zone")
	defer upload.Remove(form.Files)
	if err == nil && len(form.Files) == 0 {
		err = fault.New(fault.Invalid, "No file was chosen.")
	}
	if err != nil {
		return m.failed(r, s, err)
	}
	u, report, err := m.take(r.Context(), s, form)
	if fault.KindOf(err) == fault.Conflict { // somebody took the reference meanwhile: it is that user
		u, report, err = m.take(r.Context(), s, form)
	}
	if err != nil {
		return m.failed(r, s, m.report(r.Context(), u, err))
	}
	if wantsJSON(r) {
		page, err := room.JSON(terra.MediaType, result{"success", u.ID, report})
		return room.Answer{Page: page}, err
	}
	return shown(view{
		State: "done", Report: report, Issues: issuesOf(report), Host: host(s.Success),
		Next: next(s.Success, u.ID, u.Reference),
	}, nil)
}

// result is what an app is told that uploads for its user.
type result struct {
	Status string        `json:"status"`
	User   string        `json:"user_id"`
	Report ingest.Report `json:"report"`
}

func (m *Room) take(ctx context.Context, s store.Session, form upload.Form) (store.User, ingest.Report, error) {
	u, err := m.person(ctx, s)
	if err != nil {
		return u, ingest.Report{}, err
	}
	options, err := upload.Options(u, form.Fields["zone"], "", m.Now())
	if err != nil {
		return u, ingest.Report{}, err
	}
	events, err := eventsOf(s, u)
	if err != nil {
		return u, ingest.Report{}, err
	}
	options.Begun = func(ctx context.Context, im store.Import) error { return im.Connect(ctx, s.ID, events) }
	return m.Import(ctx, u, form.Files, options)
}

// eventsOf returns what a connection is announced by, with Terra's fields: a
// user who was connected before is announced twice, as at Terra, where such a
// user gets a new id. Here the id stays.
func eventsOf(s store.Session, u store.User) ([]store.Event, error) {
	var events []store.Event
	if !u.Connected.IsZero() {
		old := terra.EncodeUser(terra.User{ID: u.ID, Reference: u.Reference, Active: u.Active, Created: u.Created})
		detail, err := room.Marshal(map[string]any{"status": "warning", "message": "The user connected again", "old_user": json.RawMessage(old)})
		if err != nil {
			return nil, err
		}
		events = append(events, store.Event{Type: "user_reauth", Detail: detail})
	}
	detail, err := room.Marshal(map[string]string{"status": "success", "widget_session_id": s.ID})
	return append(events, store.Event{Type: "auth", Detail: detail}), err
}

// report tells the tenant that what a known user sent cannot be read, and returns
// the error: the person has to export again, and may not come back by themselves.
func (m *Room) report(ctx context.Context, u store.User, err error) error {
	if fault.KindOf(err) != fault.Unreadable || u.ID == "" {
		return err
	}
	return errors.Join(err, m.Store.Fail(ctx, store.Event{
		Tenant: u.Tenant, User: u.ID, Type: "connection_error",
		Detail: []byte(`{"reason":"unreadable","message":"The user sent an export that cannot be read, and has to export again"}`),
	}))
}

// failed shows the form again with what went wrong, or nothing but that where
// the session is over. An app gets a problem.
func (m *Room) failed(r *http.Request, s store.Session, err error) (room.Answer, error) {
	if wantsJSON(r) {
		return room.Answer{}, err
	}
	if kind := fault.KindOf(err); s.ID == "" || kind == fault.Gone || kind == fault.NotFound {
		return over(err)
	}
	return m.asked(s, err)
}

// asked shows the ways to connect, with what went wrong, if something did.
func (m *Room) asked(s store.Session, err error) (room.Answer, error) {
	v := view{State: "ask", Session: s.ID, Host: host(s.Success), Web: m.Linker != nil, Partner: m.Linker != nil && m.Linker.Offered()}
	v.Kept = v.Web && m.Linker.Keeps()
	if err != nil {
		v.Problem = told(err)
	}
	return shown(v, err)
}

// over shows that there is nothing to be done with the link.
func over(err error) (room.Answer, error) { return shown(view{State: "over", Problem: told(err)}, err) }

func wantsJSON(r *http.Request) bool {
	chosen, _ := negotiate.Media(r.Header.Values("Accept"), "text/html", terra.MediaType)
	return chosen == terra.MediaType
}
