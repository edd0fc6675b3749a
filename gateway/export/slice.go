package export

import (
	"context"
	"errors"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// How much a slice has at most, but for the last person in it: what is written
// again after a kill, and how long others wait for their turn.
const (
	sliceBytes = 16 << 20
	sliceTime  = 2 * time.Second
	// usersAtOnce is how many people are listed at a time.
	usersAtOnce = 256
	// deletedAtOnce is how many deletions a line tells of.
	deletedAtOnce = 100
)

// slice is the work on a stretch of one export.
type slice struct {
	*Engine
	job   *store.Export
	ask   *Ask
	place place
	out   *writer
	// listed are the next people, and more says that others follow.
	listed []store.User
	more   bool
	// people are those of whom something was written.
	people []string
	renew  time.Time
}

// slice writes until there is enough for one slice, or nothing is left, and
// stores that it has.
func (e *Engine) slice(ctx context.Context, job *store.Export) (err error) {
	s := slice{Engine: e, job: job, more: true, renew: e.Now().Add(leaseTime / 3)}
	if s.ask, err = AskOf(job); err != nil {
		return err
	}
	if s.place, err = placeOf(job); err != nil {
		return err
	}
	s.out, err = openWriter(e.folder(job.ID), e.holder, &s.place)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.out.close(err == nil)) }()
	over, err := s.fill(ctx)
	if err != nil {
		return err
	}
	if err := s.out.sync(); err != nil {
		return err
	}
	if over {
		job.State = store.ExportDone
	}
	return s.advance(ctx, s.place, s.people)
}

// advance stores a place.
func (s *slice) advance(ctx context.Context, p place, people []string) (err error) {
	job, now := *s.job, s.Now()
	if job.Place, err = encode(p); err != nil {
		return err
	}
	job.Expires, job.Until = now.Add(s.Keep), now.Add(leaseTime)
	return s.Store.AdvanceExport(ctx, job, people)
}

// fill writes people's resources, and reports whether the export is over.
func (s *slice) fill(ctx context.Context) (over bool, err error) {
	begun := s.Now()
	for s.out.written < sliceBytes && s.Now().Sub(begun) < sliceTime {
		if s.place.Type == len(s.ask.Types) {
			return s.turn(ctx)
		}
		typ := s.ask.Types[s.place.Type]
		u, found, err := s.next(ctx, typ)
		if err != nil {
			return false, err
		}
		if !found {
			s.place.Type, s.place.After, s.place.People = s.place.Type+1, "", 0
			s.listed, s.more = nil, true
			continue
		}
		if err := s.person(ctx, Want{Ask: s.ask, Type: typ, User: u, AsOf: s.job.AsOf}); err != nil {
			return false, err
		}
		s.place.After, s.place.People = cmpID(u), s.place.People+1
	}
	return false, nil
}

// cmpID is where to go on after a person, or after what is nobody's.
func cmpID(u store.User) string {
	if u.ID == "" {
		return shared
	}
	return u.ID
}

// shared stands for the nobody whose the resources of a shared type are.
const shared = "-"

// turn begins with the deletions once the resources are written. Where nothing
// was said of when the caller asked before, nothing is told of deletions.
func (s *slice) turn(ctx context.Context) (over bool, err error) {
	if s.place.Deleting || s.ask.Since.IsZero() {
		return true, nil
	}
	s.place.Deleting, s.place.Type, s.place.After, s.place.People = true, 0, "", 0
	return false, s.erased(ctx)
}

// next returns the person whose turn it is.
func (s *slice) next(ctx context.Context, typ Type) (u store.User, found bool, err error) {
	if typ.Shared {
		return store.User{}, s.place.After == "", nil
	}
	for {
		for len(s.listed) > 0 {
			u, s.listed = s.listed[0], s.listed[1:]
			if s.ask.wants(u, s.job.AsOf) {
				return u, true, nil
			}
		}
		if !s.more {
			return store.User{}, false, nil
		}
		if err := s.list(ctx); err != nil {
			return store.User{}, false, err
		}
	}
}

// list reads the next people, those alone that are named where some are.
func (s *slice) list(ctx context.Context) error {
	if len(s.ask.People) > 0 {
		s.more = false
		for _, id := range s.ask.People {
			if id <= s.place.After {
				continue
			}
			u, err := s.Store.User(ctx, s.job.Tenant, id)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return err
			}
			if err == nil {
				s.listed = append(s.listed, u)
			}
		}
		return nil
	}
	after := s.place.After
	users, next, err := s.Store.Users(ctx, s.job.Tenant, after, usersAtOnce)
	s.listed, s.more = users, next != ""
	return err
}

// person writes what is wanted of one person and type. What cannot be written
// for a reason that will not pass is left out as a whole, and told as an error.
func (s *slice) person(ctx context.Context, w Want) error {
	mark := s.out.mark()
	err := s.write(ctx, w)
	if err == nil || ctx.Err() != nil || s.out.failed != nil {
		return errors.Join(err, s.out.failed)
	}
	switch fault.KindOf(err) {
	case fault.NotFound: // erased since the list was read
		return s.out.rollback(mark)
	case fault.Unavailable, fault.Conflict:
		return err
	}
	s.Log.Error("exports: a person's resources are left out", "tenant", s.job.Tenant, "export", s.job.ID, "type", w.Type.Name, "user", w.User.ID, "error", err)
	if err := s.out.rollback(mark); err != nil {
		return err
	}
	text := "the resources of type " + w.Type.Name + " of Patient/" + w.User.ID + " could not be exported"
	return s.out.line(Errors, "OperationOutcome", fhir.OperationOutcome([]fhir.OutcomeIssue{{Severity: "error", Code: "exception", Diagnostics: text}}))
}

func (s *slice) write(ctx context.Context, w Want) error {
	if s.place.Deleting {
		return s.deleted(ctx, w)
	}
	wrote := false
	issues, err := s.Source.Resources(ctx, w, func(resource []byte) error {
		if !wrote {
			wrote = true
			s.note(w.User)
		}
		if err := s.out.line(Output, w.Type.Name, resource); err != nil {
			return err
		}
		return s.hold(ctx)
	})
	if err != nil {
		return err
	}
	return s.tell(issues)
}

// note remembers that the files have something of the person.
func (s *slice) note(u store.User) {
	if u.ID != "" {
		s.people = append(s.people, u.ID)
	}
}

// hold keeps the lease while a person takes long.
func (s *slice) hold(ctx context.Context) error {
	if s.out.lines%1024 != 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	now := s.Now()
	if now.Before(s.renew) {
		return nil
	}
	s.renew = now.Add(leaseTime / 3)
	p, err := placeOf(s.job)
	if err != nil {
		return err
	}
	return s.advance(ctx, p, nil)
}

// tell writes what the resources could not carry, each thing once an export.
func (s *slice) tell(issues []mapping.Issue) error {
	fresh := s.place.news(issues)
	if len(fresh) == 0 {
		return nil
	}
	return s.out.line(Errors, "OperationOutcome", fhir.OperationOutcome(fhir.FromIssues(fresh)))
}

// deleted writes what was deleted of one person and type.
func (s *slice) deleted(ctx context.Context, w Want) error {
	var some []string
	err := s.Source.Deleted(ctx, w, func(address string) error {
		if some = append(some, address); len(some) < deletedAtOnce {
			return nil
		}
		err := s.out.line(Deleted, "Bundle", deletions(some))
		some = some[:0]
		return errors.Join(err, s.hold(ctx))
	})
	if err == nil && len(some) > 0 {
		err = s.out.line(Deleted, "Bundle", deletions(some))
	}
	return err
}

// erased writes that people are gone of whom nothing may be kept; of what they
// had nobody knows any more.
func (s *slice) erased(ctx context.Context) error {
	asked := false
	for _, t := range s.ask.Types {
		asked = asked || t.Name == "Patient"
	}
	if !asked || !s.ask.everybody() {
		return nil
	}
	ids, err := s.Store.Erased(ctx, s.job.Tenant, s.ask.Since, s.job.AsOf)
	for err == nil && len(ids) > 0 {
		n := min(len(ids), deletedAtOnce)
		addresses := make([]string, n)
		for i, id := range ids[:n] {
			addresses[i] = "Patient/" + id
		}
		err = s.out.line(Deleted, "Bundle", deletions(addresses))
		ids = ids[n:]
	}
	return err
}

// deletions is a transaction that deletes what has the addresses: the form in
// which the guide tells of it (Bulk Data Access STU2, the manifest's deleted).
func deletions(addresses []string) []byte {
	b := []byte(`{"resourceType":"Bundle","type":"transaction","entry":[`)
	for i, address := range addresses {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"request":{"method":"DELETE","url":"`...), address...), `"}}`...)
	}
	return append(b, `]}`...)
}
