package fhir

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// readPatient answers with the Patient of a user.
func (m *Room) readPatient(r *http.Request) (room.Answer, error) {
	mediaType, err := mediaType(r, r.URL.Query())
	if err != nil {
		return room.Answer{}, err
	}
	u, err := m.Store.User(r.Context(), room.Tenant(r.Context()), r.PathValue("id"))
	if err != nil {
		return room.Answer{}, err
	}
	doc, err := encodePatient(u)
	if err != nil {
		return room.Answer{}, err
	}
	return room.Answer{Page: represent.NewVersion(fhir.MediaType, doc.Body, u.Version, u.Updated), MediaType: mediaType}, nil
}

func encodePatient(u store.User) (mapping.Document, error) {
	return fhir.EncodePatient(fhir.Patient{ID: u.ID, Active: u.Active, Version: u.Version, Updated: u.Updated})
}

// findPatients finds users: the few that the search names, or a page of all.
func (m *Room) findPatients(ctx context.Context, s *search) (result, error) {
	var found result
	users, err := m.candidates(ctx, s)
	if err != nil {
		return found, err
	}
	for ; len(users) > 0; users = users[1:] {
		u := users[0]
		if s.users != nil && !s.users(u) {
			continue
		}
		if s.count > 0 && len(found.docs) == s.count {
			found.next = found.docs[s.count-1].ID
			break
		}
		doc, err := encodePatient(u)
		if err != nil {
			return found, err
		}
		found.add(result{docs: []mapping.Document{doc}, total: 1})
	}
	return found, nil
}

// candidates returns the users after the cursor, sorted by id, that the search
// may mean. Users of a tenant are few beside their records, so that all of
// them are looked through.
func (m *Room) candidates(ctx context.Context, s *search) ([]store.User, error) {
	var users []store.User
	switch {
	case s.ids != nil:
		return m.usersOf(ctx, s)
	default:
		for after := s.after; ; {
			some, next, err := m.Store.Users(ctx, s.tenant, after, maxCount)
			if err != nil {
				return nil, err
			}
			users = append(users, some...)
			if after = next; next == "" || (s.users == nil && s.count > 0 && len(users) > s.count) {
				return users, nil
			}
		}
	}
}

// usersOf returns the users whose ids are asked for; others' ids find nothing.
func (m *Room) usersOf(ctx context.Context, s *search) ([]store.User, error) {
	var users []store.User
	for _, id := range slices.Sorted(slices.Values(s.ids)) {
		if id <= s.after {
			continue
		}
		u, err := m.Store.User(ctx, s.tenant, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// byIdentifier reads system|value. The system is ours or left out; the value
// is the person's id or the tenant's own name.
func byIdentifier(_ context.Context, s *search, value string) error {
	system, id, piped := strings.Cut(value, "|")
	if !piped {
		system, id = "", value
	}
	if system != "" && system != fhir.SystemPatient {
		s.none = true
	}
	s.where(func(u store.User) bool { return u.ID == id || (u.Reference == id && id != "") })
	return nil
}

func byActive(_ context.Context, s *search, value string) error {
	if _, code, piped := strings.Cut(value, "|"); piped {
		value = code
	}
	if value != "true" && value != "false" {
		return errors.New("true or false")
	}
	s.where(func(u store.User) bool { return u.Active == (value == "true") })
	return nil
}

// where adds a condition on users.
func (s *search) where(holds func(store.User) bool) {
	before := s.users
	s.users = func(u store.User) bool { return (before == nil || before(u)) && holds(u) }
}
