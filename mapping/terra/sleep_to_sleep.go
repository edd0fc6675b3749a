package terra

import (
	"encoding/json"

	"nutrigate/mapping/record"
)

// nights makes one sleep of each that has a start and an end.
func (e *encoder) nights() error {
	for _, r := range e.of(record.KindSleep) {
		if err := e.night(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) night(r *record.Record) error {
	start, err := e.at(r)
	if err != nil {
		return err
	}
	end, err := e.over(r, start)
	if err != nil {
		return err
	}
	var o object
	o.put("metadata", sleepMetadata{
		Start: start.String(), End: end.String(), Localization: localTime,
		SummaryID: r.ID, UploadType: sleepUploadType(r.Sleep.Device),
	})
	for _, d := range []struct {
		path   string
		stages []string
	}{
		{"asleep.duration_asleep_state_seconds", record.Asleep()},
		{"asleep.duration_deep_sleep_state_seconds", []string{record.StageDeep}},
		{"asleep.duration_light_sleep_state_seconds", []string{record.StageCore}},
		{"asleep.duration_REM_sleep_state_seconds", []string{record.StageREM}},
		{"awake.duration_awake_state_seconds", []string{record.StageAwake}},
		{"other.duration_in_bed_seconds", []string{record.StageInBed}},
	} {
		if sum := r.Sleep.Sum(d.stages...); !sum.IsZero() {
			o.put("sleep_durations_data."+d.path, json.Number(sum.Value))
		}
	}
	e.hypnogram(&o, start, r.Sleep)
	if d := newDevice(r.Sleep.Device); d != nil {
		o.put("device_data", d)
	}
	return e.add("sleep", r.ID, r.Day, o, []string{r.ID})
}

// levels are Terra's SleepLevel of each stage. A time in bed is none.
var levels = map[string]int{
	record.StageAwake: 1, record.StageAsleep: 2, record.StageCore: 4, record.StageDeep: 5, record.StageREM: 6,
}

// hypnogram adds when each stage began, for whoever asked for samples.
func (e *encoder) hypnogram(o *object, start moment, s *record.Sleep) {
	if !e.format.Samples {
		e.issues.lost("sleep.stages", "when each stage began is in the answer to with_samples=true")
		return
	}
	for _, stage := range s.Stages {
		level, known := levels[stage.Stage]
		if at, timed := start.after(stage.At); known && timed {
			o.push("sleep_durations_data.hypnogram_samples", &object{{"timestamp", at.String()}, {"level", level}})
		}
	}
}

// over is when a record was over, where its source says so; otherwise its start.
func (e *encoder) over(r *record.Record, start moment) (moment, error) {
	day, clock, known := r.Over()
	if !known {
		return start, nil
	}
	ended := record.Record{Kind: r.Kind, Day: day, Time: clock, Zone: r.Zone}
	end, err := e.at(&ended)
	if err == nil && end.t.Before(start.t) {
		return start, nil
	}
	return end, err
}
