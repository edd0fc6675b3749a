package sqlite

import (
	"slices"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// An arm is the part of a search that one index answers in order: a kind, or
// one metric of it.
type arm struct {
	store.Selector
	// before is the arm of records that have changed since the instant which is
	// asked for, as they were then. There are few of them, or none.
	before bool
}

func (a arm) table() string {
	if a.before {
		return `record_versions`
	}
	return `records`
}

// arms returns what q selects, nothing twice.
func arms(q store.Query) []arm {
	var all []arm
	if len(q.Select) == 0 {
		for _, k := range record.Kinds() {
			all = append(all, arm{Selector: store.Selector{Kind: k}})
		}
		return all
	}
	for _, s := range q.Select {
		if s.Metric == "" || !slices.Contains(q.Select, store.Selector{Kind: s.Kind}) {
			all = append(all, arm{Selector: s})
		}
	}
	slices.SortFunc(all, func(a, b arm) int {
		return strings.Compare(string(a.Kind)+a.Metric, string(b.Kind)+b.Metric)
	})
	return slices.Compact(all)
}

// statement joins the arms. Each is limited on its own, so that what is read
// does not grow with what is stored: as many rows as the page has, an arm.
func statement(arms []arm, q store.Query, user string, after cursor) (string, []any) {
	order := ` ORDER BY day, kind, metric, slot LIMIT ?`
	if q.Backward {
		order = ` ORDER BY day DESC, kind DESC, metric DESC, slot DESC LIMIT ?`
	}
	if !q.AsOf.IsZero() {
		for _, a := range arms {
			a.before = true
			arms = append(arms, a)
		}
	}
	limit := oneMore(q.Limit)
	var text strings.Builder
	var args []any
	for i, a := range arms {
		if i > 0 {
			text.WriteString(` UNION ALL `)
		}
		where, values := a.where(q, user, after)
		text.WriteString(`SELECT * FROM (SELECT ` + recordColumns + ` FROM ` + a.table() + ` WHERE ` + where + order + `)`)
		args = append(append(args, values...), limit)
	}
	if len(arms) > 1 {
		text.WriteString(order)
		args = append(args, limit)
	}
	return text.String(), args
}

// placeholders is a list of n values.
func placeholders(n int) string { return `(?` + strings.Repeat(`, ?`, n-1) + `)` }

// where is the arm's condition. The metric is compared with the empty text as
// well: without it SQLite would not take the index that leaves those out.
func (a arm) where(q store.Query, user string, after cursor) (string, []any) {
	text, args := `tenant = ? AND user_id = ? AND kind = ?`, []any{q.Tenant, user, a.Kind}
	and := func(condition string, values ...any) {
		text += ` AND ` + condition
		args = append(args, values...)
	}
	if a.Metric != "" {
		and(`metric = ? AND metric <> ''`, a.Metric)
	}
	if !q.Deleted {
		and(`NOT deleted`)
	}
	if !a.Kind.Undated() {
		if q.From != "" {
			and(`day >= ?`, q.From)
		}
		if q.To != "" {
			and(`day <= ?`, q.To)
		}
	}
	if !q.Since.IsZero() {
		and(`updated >= ?`, q.Since.UnixMilli())
	}
	switch {
	case q.AsOf.IsZero():
	case a.before: // the last version that is no newer, of what has a newer one
		and(`(id, version) IN (SELECT r.id, (SELECT max(w.version) FROM record_versions w
				WHERE w.tenant = r.tenant AND w.user_id = r.user_id AND w.id = r.id AND w.updated <= ?)
			FROM records r WHERE r.tenant = ? AND r.user_id = ? AND r.updated > ?)`, q.AsOf.UnixMilli(), q.Tenant, user, q.AsOf.UnixMilli())
	default:
		and(`updated <= ?`, q.AsOf.UnixMilli())
	}
	if after != (cursor{}) {
		condition, values := a.behind(after, q.Backward)
		and(condition, values...)
	}
	return text, args
}

// behind is the condition that a record of the arm comes after the cursor. All
// of an arm have one kind, and that is compared with the cursor's here.
func (a arm) behind(c cursor, backward bool) (string, []any) {
	switch {
	case backward && a.Kind > c.Kind:
		return `day < ?`, []any{c.Day}
	case backward && a.Kind < c.Kind:
		return `day <= ?`, []any{c.Day}
	case backward:
		return `(day, metric, slot) < (?, ?, ?)`, []any{c.Day, c.Metric, c.Slot}
	case a.Kind < c.Kind:
		return `day > ?`, []any{c.Day}
	case a.Kind > c.Kind:
		return `day >= ?`, []any{c.Day}
	default:
		return `(day, metric, slot) > (?, ?, ?)`, []any{c.Day, c.Metric, c.Slot}
	}
}
