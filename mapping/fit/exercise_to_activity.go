package fit

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/profile/untyped/fieldnum"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

const (
	// A string field has one byte for its length, and a NUL ends it.
	maxName = 254
	// Records of a very long exercise move apart, so that a file keeps a size
	// that readers take.
	maxRecords = 100_000
	maxEnergy  = math.MaxUint16 - 1 // the highest number means "invalid"
)

// activity is what an activity file says.
type activity struct {
	name   string
	sport  sport
	start  moment
	length time.Duration // from start to end, whole milliseconds, above zero
	timer  time.Duration // length without pauses
	energy int64         // kcal; -1 where none is known
	every  time.Duration // between records
	dist   uint64        // centimetres; 0 where none is known
	rates  []field       // of the session: what the source says of the heart rate

	samples samples
	pauses  []stretch
	laps    []stretch
}

// exerciseToActivity returns the messages of r's activity file; false, with an
// issue, where there can be none.
func exerciseToActivity(who record.Subject, r *record.Record, spacing Spacing, is *issues) ([]message, bool) {
	start, ok := momentOf(r, is)
	if !ok {
		return nil, false
	}
	length, timer, ok := lengthsOf(r, start, is)
	if !ok {
		return nil, false
	}
	if start.at.Add(length).After(latest) {
		is.lost("exercise.duration", "it ends after FIT's last date; no file is made")
		return nil, false
	}
	a := activity{
		name: nameOf(r.Exercise, is), sport: sportOf(r.Exercise, is),
		start: start, length: length, timer: timer, energy: energyOf(r.Exercise, is),
		dist: distanceOf(r.Exercise, is), rates: ratesOf(r.Exercise, is),
	}
	a.every = a.spacing(spacing)
	a.samples = samplesOf(r.Exercise, length.Truncate(time.Second), is)
	a.pauses = pausesOf(r.Exercise, start.at, length, is)
	a.laps = lapsOf(r.Exercise, start.at, a.end(), is)
	if r.Exercise.Device != "" {
		is.lost("exercise.device", "an activity file names the app that made it, which is this one")
	}
	if r.Exercise.Group != "" {
		is.lost("exercise.group", "FIT has no diary groups")
	}
	return append(head(typedef.FileActivity, who, r.ID, start.at), a.messages()...), true
}

// lengthsOf returns how long it took from start to end, and without pauses. The
// end is known from some sources alone; a duration is at most as long.
func lengthsOf(r *record.Record, start moment, is *issues) (length, timer time.Duration, ok bool) {
	day, clock, known := r.Over()
	over, _, err := record.WallClock(day, clock, r.Zone)
	if !known || err != nil || !over.After(start.at) {
		timer, ok = lengthOf(r.Exercise, is)
		return timer, timer, ok
	}
	length = over.Sub(start.at)
	if length.Milliseconds() >= math.MaxUint32 {
		is.lost("exercise.end_day", "FIT has durations from one millisecond to 49 days; no file is made")
		return 0, 0, false
	}
	if r.Exercise.Duration == nil || r.Exercise.Duration.Value.Zero() {
		return length, length, true
	}
	timer, ok = lengthOf(r.Exercise, is)
	return max(length, timer), timer, ok
}

// distanceOf returns centimetres, or 0 where none are known.
func distanceOf(e *record.Exercise, is *issues) uint64 {
	const path = "exercise.distance"
	if e.Distance == nil {
		return 0
	}
	n, exact, err := steps(*e.Distance, "m", 100)
	if err != nil || n >= math.MaxUint32 {
		is.lost(path, "it is not a distance that FIT can hold; left out")
		return 0
	}
	if !exact {
		is.lost(path, "rounded to a centimetre")
	}
	return uint64(n)
}

// ratesOf returns the session's fields of what the source says of the heart rate.
func ratesOf(e *record.Exercise, is *issues) []field {
	const path = "exercise.heart_rate"
	if e.HeartRate == nil {
		return nil
	}
	var fields []field
	for _, v := range []struct {
		number byte
		q      *record.Quantity
	}{
		{fieldnum.SessionAvgHeartRate, e.HeartRate.Average},
		{fieldnum.SessionMaxHeartRate, e.HeartRate.Max},
		{fieldnum.SessionMinHeartRate, e.HeartRate.Min},
	} {
		if v.q == nil {
			continue
		}
		n, exact, err := steps(*v.q, "/min", 1)
		if err != nil || n >= math.MaxUint8 {
			is.lost(path, "FIT has heart rates up to 254; left out")
			continue
		}
		if !exact {
			is.lost(path, "FIT has whole beats; rounded")
		}
		fields = append(fields, field{number: v.number, n: uint64(n)})
	}
	return fields
}

// lengthOf returns the duration in whole milliseconds, rounded half to even.
// An activity of no length is one that services refuse or show as an error, so
// it gets no file.
func lengthOf(e *record.Exercise, is *issues) (time.Duration, bool) {
	const path = "exercise.duration"
	if e.Duration == nil || e.Duration.Value.Zero() {
		is.lost(path, "an exercise without a duration is no activity in FIT; no file is made")
		return 0, false
	}
	ms, exact, err := steps(*e.Duration, "ms", 1)
	if err != nil || ms >= math.MaxUint32 || ms == 0 {
		is.lost(path, "FIT has durations from one millisecond to 49 days; no file is made")
		return 0, false
	}
	if !exact {
		is.lost(path, "rounded to a millisecond")
	}
	return time.Duration(ms) * time.Millisecond, true
}

// energyOf returns whole kilocalories, or -1 where none are known.
func energyOf(e *record.Exercise, is *issues) int64 {
	const path = "exercise.energy"
	if e.Energy == nil {
		return -1
	}
	kcal, exact, err := steps(*e.Energy, "kcal", 1)
	switch {
	case err != nil:
		is.lost(path, "it is not an energy that FIT can hold; left out")
		return -1
	case kcal > maxEnergy:
		is.lost(path, "FIT has at most 65534 kcal; written as that")
		return maxEnergy
	case !exact:
		is.lost(path, "FIT has whole kilocalories; rounded")
	}
	return kcal
}

// nameOf returns the name as a FIT string can hold it.
func nameOf(e *record.Exercise, is *issues) string {
	const path = "exercise.name"
	name := e.Name
	if clean := strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "\x00", ""); clean != name {
		is.lost(path, "a FIT text ends at a zero byte and is UTF-8; other bytes are left out")
		name = clean
	}
	if len(name) <= maxName {
		return name
	}
	is.lost(path, "a FIT text has at most 254 bytes; cut")
	end := maxName
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

func sportOf(e *record.Exercise, is *issues) sport {
	key := vocab.ExerciseKey(e.Name)
	if key == vocab.OtherExercise {
		is.unknown("exercise.name", "no sport is known by this name; the sport is generic, the name stays")
	}
	return sports()[key]
}

// spacing returns the time between records, never so short that there are too many.
func (a *activity) spacing(s Spacing) time.Duration {
	switch s {
	case EveryMinute:
		s = Spacing(time.Minute)
	case EndsOnly:
		return a.end().Sub(a.start.at)
	}
	widest := (a.length/maxRecords + time.Second).Truncate(time.Second)
	return max(time.Duration(s).Truncate(time.Second), widest)
}

// end is the whole second in which the exercise was over: messages have no
// fractions, total_elapsed_time has.
func (a *activity) end() time.Time {
	return a.start.at.Add((a.length + time.Second - 1).Truncate(time.Second))
}

// messages returns everything after the head, in the order in which a device
// would have written it: timestamps ascend, and the summaries come last.
func (a *activity) messages() []message {
	list := []message{a.sportMessage(), event(a.start.at, typedef.EventTypeStart)}
	list = append(list, a.course()...)
	laps := a.lapMessages()
	return append(
		list, event(a.end(), typedef.EventTypeStopAll),
		laps[len(laps)-1], a.sessionMessage(), a.activityMessage(),
	)
}

func (a *activity) sportMessage() message {
	fields := []field{
		{number: fieldnum.SportSport, n: uint64(a.sport.sport)},
		{number: fieldnum.SportSubSport, n: uint64(a.sport.sub)},
	}
	return message{typedef.MesgNumSport, a.named(fieldnum.SportName, fields)}
}

func event(at time.Time, kind typedef.EventType) message {
	return message{typedef.MesgNumEvent, []field{
		{number: fieldnum.EventTimestamp, n: seconds(at)},
		{number: fieldnum.EventEvent, n: uint64(typedef.EventTimer)},
		{number: fieldnum.EventEventType, n: uint64(kind)},
	}}
}

// recordMessage tells what was measured, and the energy burned so far, in
// proportion to the time. Without it some readers take a record for empty.
func (a *activity) recordMessage(at time.Time, measured []field) message {
	fields := append(make([]field, 0, 2+len(measured)), field{number: fieldnum.RecordTimestamp, n: seconds(at)})
	fields = append(fields, measured...)
	if a.energy >= 0 {
		burned := a.energy * int64(at.Sub(a.start.at)/time.Second) / int64(a.end().Sub(a.start.at)/time.Second)
		fields = append(fields, field{number: fieldnum.RecordCalories, n: uint64(burned)})
	}
	return message{typedef.MesgNumRecord, fields}
}

func (a *activity) sessionMessage() message {
	fields := []field{
		{number: fieldnum.SessionMessageIndex, n: 0},
		{number: fieldnum.SessionTimestamp, n: seconds(a.end())},
		{number: fieldnum.SessionStartTime, n: seconds(a.start.at)},
		{number: fieldnum.SessionTotalElapsedTime, n: uint64(a.length.Milliseconds())},
		{number: fieldnum.SessionTotalTimerTime, n: uint64(a.timer.Milliseconds())},
		{number: fieldnum.SessionEvent, n: uint64(typedef.EventSession)},
		{number: fieldnum.SessionEventType, n: uint64(typedef.EventTypeStop)},
		{number: fieldnum.SessionTrigger, n: uint64(typedef.SessionTriggerActivityEnd)},
		{number: fieldnum.SessionFirstLapIndex, n: 0},
		{number: fieldnum.SessionNumLaps, n: uint64(len(a.laps))},
		{number: fieldnum.SessionSport, n: uint64(a.sport.sport)},
		{number: fieldnum.SessionSubSport, n: uint64(a.sport.sub)},
	}
	fields = a.energetic(fieldnum.SessionTotalCalories, fields)
	if a.dist > 0 {
		fields = append(fields, field{number: fieldnum.SessionTotalDistance, n: a.dist})
	}
	fields = append(fields, a.rates...)
	return message{typedef.MesgNumSession, a.named(fieldnum.SessionSportProfileName, fields)}
}

// activityMessage ends the file. It is of the type manual: a person logged it.
// The local time has the offset of the start, also where the clocks changed
// since: readers shift the start by it, and the start's time is what was logged.
func (a *activity) activityMessage() message {
	fields := []field{
		{number: fieldnum.ActivityTimestamp, n: seconds(a.end())},
		{number: fieldnum.ActivityTotalTimerTime, n: uint64(a.timer.Milliseconds())},
		{number: fieldnum.ActivityNumSessions, n: 1},
		{number: fieldnum.ActivityType, n: uint64(typedef.ActivityManual)},
		{number: fieldnum.ActivityEvent, n: uint64(typedef.EventActivity)},
		{number: fieldnum.ActivityEventType, n: uint64(typedef.EventTypeStop)},
	}
	if a.start.zoned {
		_, offset := a.start.at.Zone()
		local := a.end().Add(time.Duration(offset) * time.Second)
		fields = append(fields, field{number: fieldnum.ActivityLocalTimestamp, n: seconds(local)})
	}
	return message{typedef.MesgNumActivity, fields}
}

// named adds the name, unless the exercise has none.
func (a *activity) named(number byte, fields []field) []field {
	if a.name == "" {
		return fields
	}
	return append(fields, field{number: number, text: a.name})
}

// energetic adds the energy, unless none is known.
func (a *activity) energetic(number byte, fields []field) []field {
	if a.energy < 0 {
		return fields
	}
	return append(fields, field{number: number, n: uint64(a.energy)})
}
