package fit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tormoder/fit"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Check implements mapping.Format. It reads the file with a second library and
// returns an error if sums or sizes are wrong, if it is not of the document's
// type and day, or if messages that importers need are missing or contradict
// each other. The error names the place, not the value.
//
// What the records say is not known here; Encode has compared that.
func (f Format) Check(d mapping.Document) error {
	if d.MediaType != MediaType {
		return fmt.Errorf("%s: media type is not %s", d.Type, MediaType)
	}
	file, err := decode(d.Body)
	if err != nil {
		return err
	}
	if file.FileId.SerialNumber == 0 {
		return errors.New("file_id: no serial_number")
	}
	switch d.Type {
	case TypeActivity:
		a, err := file.Activity()
		if err != nil {
			return fmt.Errorf("file_id: type: %w", err)
		}
		return checkActivity(file, a, d.Day)
	case TypeWeight:
		w, err := file.Weight()
		if err != nil {
			return fmt.Errorf("file_id: type: %w", err)
		}
		return checkWeight(file, w, d.Day)
	case TypeBloodPressure:
		b, err := file.BloodPressure()
		if err != nil {
			return fmt.Errorf("file_id: type: %w", err)
		}
		return checkBloodPressure(file, b, d.Day)
	}
	return fmt.Errorf("%s: no type of FIT document", d.Type)
}

// checkActivity asks what Garmin asks of an activity file
// (developer.garmin.com/fit/file-types/activity): one activity, sessions, laps
// and records, and the four required times of a summary.
func checkActivity(file *fit.File, a *fit.ActivityFile, day record.Date) error {
	if a.Activity == nil || len(a.Sessions) != 1 || len(a.Laps) == 0 || len(a.Records) == 0 || len(a.DeviceInfos) != 1 {
		return errors.New("activity: wants one activity, session and device_info, and laps and records")
	}
	s := a.Sessions[0]
	start, end := file.FileId.TimeCreated, s.Timestamp
	length := time.Duration(s.TotalElapsedTime) * time.Millisecond
	whole := (length + time.Second - 1).Truncate(time.Second)
	west, east := offsets(a.Activity)
	return cmp.Or(
		claim(s.StartTime.Equal(start), "session.start_time: is not file_id.time_created"),
		claim(length > 0 && end.Equal(start.Add(whole)), "session.timestamp: is not the start and the elapsed time"),
		claim(s.TotalTimerTime <= s.TotalElapsedTime, "session.total_timer_time: is longer than the session"),
		claim(s.Sport != fit.SportInvalid, "session.sport: is missing"),
		checkLaps(a.Laps, s),
		claim(a.Activity.Timestamp.Equal(end) && a.Activity.TotalTimerTime == s.TotalTimerTime && a.Activity.NumSessions == 1,
			"activity: does not sum up the session"),
		checkTimer(a.Events, start, end),
		checkRecords(a.Records, s),
		checkDay(start, west, east, day),
	)
}

// checkLaps asks that laps follow each other from the session's start to its
// end, and that a single one says what the session says.
func checkLaps(laps []*fit.LapMsg, s *fit.SessionMsg) error {
	at, elapsed := s.StartTime, uint32(0)
	for _, l := range laps {
		if err := cmp.Or(
			claim(l.StartTime.Equal(at) && !l.Timestamp.Before(at), "lap.start_time: is not the end of the one before"),
			claim(l.TotalTimerTime <= l.TotalElapsedTime, "lap.total_timer_time: is longer than the lap"),
			claim(l.Sport == s.Sport && l.SubSport == s.SubSport, "lap.sport: is not the session's"),
		); err != nil {
			return err
		}
		at = l.Timestamp
		elapsed += l.TotalElapsedTime
	}
	one := laps[0]
	return cmp.Or(
		claim(at.Equal(s.Timestamp), "lap.timestamp: the last does not end with the session"),
		claim(elapsed == s.TotalElapsedTime, "lap.total_elapsed_time: together they are not the session"),
		claim(int(s.NumLaps) == len(laps), "session.num_laps: is not how many there are"),
		claim(len(laps) > 1 || one.TotalTimerTime == s.TotalTimerTime, "lap.total_timer_time: is not the session's"),
		claim(len(laps) > 1 || one.TotalCalories == s.TotalCalories, "lap.total_calories: are not the session's"),
	)
}

// checkTimer asks that the timer starts with the session and stops with it, and
// that pauses lie between.
func checkTimer(events []*fit.EventMsg, start, end time.Time) error {
	if len(events) < 2 {
		return errors.New("event: wants the timer's start and its stop")
	}
	for i, e := range events {
		running := e.EventType == fit.EventTypeStart
		if i > 0 && (e.Timestamp.Before(events[i-1].Timestamp) || (i < len(events)-1 && running == (events[i-1].EventType == fit.EventTypeStart))) {
			return errors.New("event: the timer does not start and stop in turn")
		}
	}
	on, off := events[0], events[len(events)-1]
	return cmp.Or(
		claim(on.Event == fit.EventTimer && on.EventType == fit.EventTypeStart && on.Timestamp.Equal(start),
			"event: the first is not the timer's start"),
		claim(off.Event == fit.EventTimer && off.EventType == fit.EventTypeStopAll && off.Timestamp.Equal(end),
			"event: the last is not the timer's stop"),
	)
}

func checkRecords(records []*fit.RecordMsg, s *fit.SessionMsg) error {
	first, last := records[0], records[len(records)-1]
	rising := func(compare func(a, b *fit.RecordMsg) int) bool { return slices.IsSortedFunc(records, compare) }
	return cmp.Or(
		claim(rising(func(a, b *fit.RecordMsg) int { return a.Timestamp.Compare(b.Timestamp) }),
			"record.timestamp: times do not ascend"),
		claim(rising(func(a, b *fit.RecordMsg) int { return cmp.Compare(a.Calories, b.Calories) }),
			"record.calories: energy burned so far falls"),
		claim(first.Timestamp.Equal(s.StartTime) && last.Timestamp.Equal(s.Timestamp), "record.timestamp: records do not span the session"),
		claim(last.Calories == s.TotalCalories, "record.calories: the last is not the session's total"),
	)
}

func checkWeight(file *fit.File, w *fit.WeightFile, day record.Date) error {
	if len(w.WeightScales) != 1 || len(w.DeviceInfos) != 1 {
		return errors.New("weight: wants one weight_scale and one device_info")
	}
	m := w.WeightScales[0]
	return cmp.Or(
		claim(m.Weight != fit.WeightInvalid && m.Weight != fit.WeightCalculating, "weight_scale.weight: is missing"),
		claim(m.Timestamp.Equal(file.FileId.TimeCreated), "weight_scale.timestamp: is not file_id.time_created"),
		checkDay(m.Timestamp, farWest, farEast, day),
	)
}

func checkBloodPressure(file *fit.File, b *fit.BloodPressureFile, day record.Date) error {
	if len(b.BloodPressures) != 1 || len(b.DeviceInfos) != 1 {
		return errors.New("blood_pressure: wants one blood_pressure and one device_info")
	}
	const invalid = 0xFFFF
	m := b.BloodPressures[0]
	return cmp.Or(
		claim(m.SystolicPressure != invalid, "blood_pressure.systolic_pressure: is missing"),
		claim(m.DiastolicPressure != invalid, "blood_pressure.diastolic_pressure: is missing"),
		claim(m.Timestamp.Equal(file.FileId.TimeCreated), "blood_pressure.timestamp: is not file_id.time_created"),
		checkDay(m.Timestamp, farWest, farEast, day),
	)
}

// checkDay compares the day of at with the document's, at some offset from
// Greenwich between west and east.
func checkDay(at time.Time, west, east time.Duration, day record.Date) error {
	first, last := record.DateOf(at.Add(west).UTC()), record.DateOf(at.Add(east).UTC())
	return claim(first <= day && day <= last, "file_id.time_created: is not on the document's day")
}

// The offsets of the places on earth, for files that state none.
const (
	farWest = -12 * time.Hour
	farEast = 14 * time.Hour
)

// offsets returns the offset that an activity states, or the bounds of all.
func offsets(a *fit.ActivityMsg) (west, east time.Duration) {
	if a.LocalTimestamp.Before(earliest) {
		return farWest, farEast
	}
	_, s := a.LocalTimestamp.Zone()
	stated := time.Duration(s) * time.Second
	return stated, stated
}

// claim returns an error that says what is wrong, unless ok.
func claim(ok bool, wrong string) error {
	if ok {
		return nil
	}
	return errors.New(wrong)
}
