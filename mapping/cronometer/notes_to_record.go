package cronometer

import (
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// notes reads diary notes, one a row; a note may run over many lines.
type notes struct{ time, group, note int }

func newNotes(s *sheet) (mapper, error) {
	m := notes{time: s.column("Time"), group: s.column("Group"), note: s.column("Note")}
	s.leave(nil, "Day", "Time", "Group", "Note")
	return mapper{kinds: []record.Kind{record.KindNote}, row: m.row}, nil
}

// row leaves out a note without text.
func (m *notes) row(b *mapping.Batch, r *row) error {
	text := r.text(m.note)
	if strings.TrimSpace(text) == "" {
		r.sheet.issues.add(mapping.Lost, r.sheet.path(m.note), "rows without a text are left out")
		return nil
	}
	clock, err := r.clock(m.time)
	if err != nil {
		return err
	}
	rec := r.record(record.KindNote)
	rec.Time = clock
	rec.Note = &record.Note{Group: r.text(m.group), Text: text}
	b.Records = append(b.Records, rec)
	return nil
}
