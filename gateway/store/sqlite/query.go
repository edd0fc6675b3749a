package sqlite

import (
	"slices"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// An arm is the part of a search that one index answers in order: a kind, or
// one metric of it. Of many metrics of one kind the kind's index is walked.
type arm struct {
	kind    record.Kind
	metrics []string // none: all
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

// manyMetrics is from how many metrics on a kind is walked whole: SQLite takes
// 500 arms at most, and so many would pass over little.
const manyMetrics = 32

// arms returns what q selects, nothing twice.
func arms(q store.Query) []arm {
	var all []arm
	for _, a := range byKind(q) {
		if len(a.metrics) == 0 || len(a.metrics) >= manyMetrics {
			all = append(all, a)
			continue
		}
		for _, m := range a.metrics {
			all = append(all, arm{kind: a.kind, metrics: []string{m}})
		}
	}
	if q.AsOf.IsZero() {
		return all
	}
	for _, a := range byKind(q) {
		a.before = true
		all = append(all, a)
	}
	return all
}

// byKind returns what q selects as one arm for each kind, sorted.
func byKind(q store.Query) []arm {
	var all []arm
	for _, k := range record.Kinds() {
		a, selected := arm{kind: k}, len(q.Select) == 0
		for _, s := range q.Select {
			if s.Kind == k {
				selected = true
				a.metrics = append(a.metrics, s.Metric)
			}
		}
		slices.Sort(a.metrics)
		if a.metrics = slices.Compact(a.metrics); slices.Contains(a.metrics, "") {
			a.metrics = nil
		}
		if selected {
			all = append(all, a)
		}
	}
	return all
}

// statement joins the arms. SQLite merges them row by row, each walked along its
// index in the order of the answer, so that what is read does not grow with what
// is stored: the rows of the page, and one more an arm.
func statement(arms []arm, q store.Query, user string, after cursor) (string, []any) {
	order := ` ORDER BY day, kind, metric, slot LIMIT ?`
	if q.Backward {
		order = ` ORDER BY day DESC, kind DESC, metric DESC, slot DESC LIMIT ?`
	}
	limit := oneMore(q.Limit)
	var text strings.Builder
	var args []any
	for i, a := range arms {
		if i > 0 {
			text.WriteString(` UNION ALL `)
		}
		where, values := a.where(q, user, after)
		text.WriteString(`SELECT ` + recordColumns + ` FROM ` + a.table() + ` WHERE ` + where)
		args = append(args, values...)
	}
	text.WriteString(order)
	return text.String(), append(args, limit)
}

// counting is the statement that counts what the arms find together.
func counting(arms []arm, q store.Query, user string) (string, []any) {
	var text strings.Builder
	var args []any
	for i, a := range arms {
		if i > 0 {
			text.WriteString(` + `)
		}
		where, values := a.where(q, user, cursor{})
		text.WriteString(`(SELECT count(*) FROM ` + a.table() + ` WHERE ` + where + `)`)
		args = append(args, values...)
	}
	return `SELECT ` + text.String(), args
}

// placeholders is a list of n values.
func placeholders(n int) string { return `(?` + strings.Repeat(`, ?`, n-1) + `)` }

// where is the arm's condition. The metric is compared with the empty text as
// well: without it SQLite would not take the index that leaves those out.
func (a arm) where(q store.Query, user string, after cursor) (string, []any) {
	text, args := `tenant = ? AND user_id = ? AND kind = ?`, []any{q.Tenant, user, a.kind}
	and := func(condition string, values ...any) {
		text += ` AND ` + condition
		args = append(args, values...)
	}
	switch len(a.metrics) {
	case 0:
	case 1:
		and(`metric = ? AND metric <> ''`, a.metrics[0])
	default: // the plus keeps SQLite from walking their index, which is not in the order of days
		var values []any
		for _, m := range a.metrics {
			values = append(values, m)
		}
		and(`+metric IN `+placeholders(len(values)), values...)
	}
	if !q.Deleted {
		and(`NOT deleted`)
	}
	if !a.kind.Undated() {
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
	default: // the plus keeps SQLite from its index by the time, which is not in the order of the answer
		and(`+updated <= ?`, q.AsOf.UnixMilli())
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
	case backward && a.kind > c.Kind:
		return `day < ?`, []any{c.Day}
	case backward && a.kind < c.Kind:
		return `day <= ?`, []any{c.Day}
	case backward:
		return `(day, metric, slot) < (?, ?, ?)`, []any{c.Day, c.Metric, c.Slot}
	case a.kind < c.Kind:
		return `day > ?`, []any{c.Day}
	case a.kind > c.Kind:
		return `day >= ?`, []any{c.Day}
	default:
		return `(day, metric, slot) > (?, ?, ?)`, []any{c.Day, c.Metric, c.Slot}
	}
}
