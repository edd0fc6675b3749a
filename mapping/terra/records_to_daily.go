package terra

import (
	"slices"

	"nutrigate/mapping/record"
)

// tag is Terra's TagEntry.
type tag struct {
	Timestamp string `json:"timestamp"`
	Name      string `json:"tag_name"`
	Notes     string `json:"notes"`
}

// daily makes the day's summary of its exercises, of the measurements that
// hold for a day (steps, resting heart rate, sleep score) and of its notes.
func (e *encoder) daily() error {
	var o object
	measured, err := e.measured(&o, "daily")
	if err != nil {
		return err
	}
	exercises, notes := e.of(record.KindExercise), e.of(record.KindNote)
	used := slices.Concat(exercises, measured, notes)
	if len(used) == 0 {
		return nil
	}
	if s := e.activeSeconds(exercises); s != nil {
		o.put("active_durations_data", s)
	}
	if c := e.burned(exercises); c != nil {
		o.put("calories_data", c)
	}
	if len(notes) > 0 {
		tags, err := e.tags(notes)
		if err != nil {
			return err
		}
		o.put("tag_data.tags", tags)
	}
	if recorded := slices.Concat(exercises, measured); len(recorded) > 0 {
		if d := e.device(recorded); d != nil {
			o.put("device_data", d)
		}
	}
	day := used[0].Day
	metadata, err := newDayMetadata(day, zone(used))
	if err != nil {
		return err
	}
	metadata.UploadType = uploadType(allAutomatic(used))
	o.put("metadata", metadata)
	return e.add("daily", "", day, o, idsOf(used))
}

func (e *encoder) tags(notes []*record.Record) ([]tag, error) {
	tags := make([]tag, len(notes))
	for i, r := range notes {
		at, err := e.at(r)
		if err != nil {
			return nil, err
		}
		if r.Note.Group != "" {
			e.issues.lost("note.group", "Terra has diary groups for food only")
		}
		tags[i] = tag{Timestamp: at.String(), Name: "note", Notes: r.Note.Text}
	}
	return tags, nil
}
