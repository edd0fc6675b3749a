package cronometer

import (
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// fasts reads periods of fasting, one a row. A fast without an end is running.
type fasts struct{ name, start, end, recurrence, comments int }

func newFasts(s *sheet) (mapper, error) {
	m := fasts{
		name: s.column("Name"), start: s.column("Start"), end: s.column("End"),
		recurrence: s.column("Recurrence"), comments: s.column("Comments"),
	}
	s.leave(nil, "Name", "Start", "End", "Recurrence", "Comments")
	return mapper{kinds: []record.Kind{record.KindFast}, row: m.row}, nil
}

func (m *fasts) row(b *mapping.Batch, r *row) error {
	_, start, err := r.dayAndTime(m.start)
	if err != nil {
		return err
	}
	endDay, end, err := r.dayAndTime(m.end)
	if err != nil {
		return err
	}
	if endDay != "" && (endDay < r.day || endDay == r.day && end != "" && end.WithSeconds() < start.WithSeconds()) {
		return r.fault(m.end, "the fast ends before it begins", "correct one of the two, or "+exportAgain)
	}
	rec := r.record(record.KindFast)
	rec.Time = start
	rec.Fast = &record.Fast{
		Name: r.text(m.name), EndDay: endDay, EndTime: end,
		Recurrence: r.text(m.recurrence), Comments: r.text(m.comments),
	}
	b.Records = append(b.Records, rec)
	return nil
}

// dayAndTime reads "2006-01-02 15:04:05" and the other forms of date and time,
// the time being optional; all empty for an empty cell.
func (r *row) dayAndTime(column int) (record.Date, record.Clock, error) {
	date, time := cutTime([]byte(r.text(column)))
	if len(date) == 0 {
		return "", "", nil
	}
	place, err := r.sheet.dates.add(string(date), r.line, column)
	if err != nil {
		return "", "", err
	}
	day, err := r.sheet.dates.at(place)
	if err != nil {
		return "", "", err
	}
	clock, err := r.clockOf(column, string(time))
	return day, clock, err
}
