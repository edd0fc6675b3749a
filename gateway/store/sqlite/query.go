package sqlite

import (
	"slices"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// An arm is the part of a search that one index answers in order: a kind, or
// one metric of it.
type arm struct{ store.Selector }

// arms returns what q selects, nothing twice.
func arms(q store.Query) []arm {
	var all []arm
	if len(q.Select) == 0 {
		for _, k := range record.Kinds() {
			all = append(all, arm{store.Selector{Kind: k}})
		}
		return all
	}
	for _, s := range q.Select {
		if s.Metric == "" || !slices.Contains(q.Select, store.Selector{Kind: s.Kind}) {
			all = append(all, arm{s})
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
	const order = ` ORDER BY day, kind, metric, slot LIMIT ?`
	limit := oneMore(q.Limit)
	var text strings.Builder
	var args []any
	for i, a := range arms {
		if i > 0 {
			text.WriteString(` UNION ALL `)
		}
		where, values := a.where(q, user, after)
		text.WriteString(`SELECT * FROM (SELECT ` + recordColumns + ` FROM records WHERE ` + where + order + `)`)
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
	if after != (cursor{}) {
		condition, values := a.behind(after)
		and(condition, values...)
	}
	return text, args
}

// behind is the condition that a record of the arm comes after the cursor. All
// of an arm have one kind, and that is compared with the cursor's here.
func (a arm) behind(c cursor) (string, []any) {
	switch {
	case a.Kind < c.Kind:
		return `day > ?`, []any{c.Day}
	case a.Kind > c.Kind:
		return `day >= ?`, []any{c.Day}
	default:
		return `(day, metric, slot) > (?, ?, ?)`, []any{c.Day, c.Metric, c.Slot}
	}
}
