package shelf

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// A datePlace is where a record stands among all of a search, sorted by date:
// its day, its moment in that day, and its id where those are the same.
type datePlace struct {
	Day  record.Date `json:"d"`
	At   int64       `json:"t"` // seconds since 1970; 0 without a time of day
	User string      `json:"u"`
	ID   string      `json:"i"`
}

func datePlaceOf(r *store.Stored) datePlace {
	p := datePlace{Day: r.Day, User: r.User, ID: r.ID}
	if at, _, timed := r.Instant(); timed {
		p.At = at.Unix()
	}
	return p
}

func (p datePlace) compare(o datePlace, down bool) int {
	c := cmp.Or(cmp.Compare(p.Day, o.Day), cmp.Compare(p.At, o.At))
	if down {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(p.User, o.User), cmp.Compare(p.ID, o.ID))
}

func (p datePlace) String() string {
	doc, err := json.Marshal(p)
	if err != nil { // texts and numbers always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

func parseDatePlace(text string) (p datePlace, err error) {
	if text == "" {
		return p, nil
	}
	doc, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(doc, &p)
	}
	if err != nil {
		return p, errPlace
	}
	return p, nil
}

// firstRead is how many records of each person are read at first; where one day
// has more, more are.
const firstRead = 60

// ScanDated reads every person's days from the end that is asked for. The store
// has them in the order of days; those of one day are sorted here, so only whole
// days are taken.
func (s *records) ScanDated(ctx context.Context, scan Scan, down bool) (Batch, error) {
	n := s.narrow(scan)
	after, err := parseDatePlace(scan.After)
	if n.none || err != nil {
		return Batch{}, err
	}
	n.query.Backward = down
	if after.Day != "" && down && (n.query.To == "" || after.Day < n.query.To) {
		n.query.To = after.Day
	}
	if after.Day != "" && !down {
		n.query.From = max(n.query.From, after.Day)
	}
	users, err := s.people(ctx, &n.query)
	if err != nil {
		return Batch{}, err
	}
	behind := func(r *store.Stored) bool {
		return after.Day == "" || datePlaceOf(r).compare(after, down) > 0
	}
	for limit := max(scan.Limit+1, firstRead); ; limit *= 4 {
		found, whole, err := s.wholeDays(ctx, n.query, users, limit, down)
		if err != nil {
			return Batch{}, err
		}
		found = slices.DeleteFunc(found, func(r store.Stored) bool { return !behind(&r) })
		if !whole && len(found) <= scan.Limit {
			continue
		}
		slices.SortFunc(found, func(a, b store.Stored) int { return datePlaceOf(&a).compare(datePlaceOf(&b), down) })
		return s.datedBatch(scan, &n, found, whole)
	}
}

// datedBatch cuts what was found.
func (s *records) datedBatch(scan Scan, n *narrowed, found []store.Stored, whole bool) (b Batch, err error) {
	b.Rest = n.rest
	if scan.Limit > 0 && len(found) > scan.Limit {
		found, whole = found[:scan.Limit], false
	}
	if b.Resources, err = s.settled(n, found); err != nil {
		return b, err
	}
	for _, r := range b.Resources {
		i := slices.IndexFunc(found, func(f store.Stored) bool { return f.ID == r.ID })
		r.place = datePlaceOf(&found[i]).String
	}
	if !whole {
		b.Next = datePlaceOf(&found[len(found)-1]).String()
	}
	return b, nil
}

// people returns whose records a query asks for.
func (s *records) people(ctx context.Context, q *store.Query) ([]string, error) {
	if q.User != "" {
		return []string{q.User}, nil
	}
	if q.Users != nil {
		return q.Users, nil
	}
	all, _, err := s.Store.Users(ctx, q.Tenant, "", 0)
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids, err
}

// wholeDays reads up to limit records of each person and returns those of the
// days of which nobody's can be missing. whole: there are no more.
func (s *records) wholeDays(ctx context.Context, q store.Query, users []string, limit int, down bool) (found []store.Stored, whole bool, err error) {
	whole = true
	var frontier record.Date // the first day of which some may be missing
	for _, user := range users {
		q.User, q.Users, q.Limit = user, nil, limit
		page, err := s.Store.Records(ctx, q)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		found = append(found, page.Records...)
		if page.Next == "" {
			continue
		}
		last := page.Records[len(page.Records)-1].Day
		if whole || (down && last > frontier) || (!down && last < frontier) {
			frontier = last
		}
		whole = false
	}
	if whole {
		return found, true, nil
	}
	return slices.DeleteFunc(found, func(r store.Stored) bool {
		return (down && r.Day <= frontier) || (!down && r.Day >= frontier)
	}), false, nil
}
