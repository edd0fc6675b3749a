package fit

import (
	"slices"
	"time"

	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/profile/untyped/fieldnum"

	"nutrigate/mapping/record"
)

// A stretch is a time between two whole seconds.
type stretch struct{ from, to time.Time }

// pausesOf returns when the timer stood: from each pause to the next that goes
// on, or to the end.
func pausesOf(x *record.Exercise, start time.Time, length time.Duration, is *issues) []stretch {
	var all []stretch
	running := true
	for _, v := range inOrder(x.Events, start, is) {
		inside := v.at.After(start) && v.at.Before(start.Add(length))
		switch {
		case v.Type == record.EventPause && running && inside:
			all, running = append(all, stretch{from: v.at}), false
		case v.Type == record.EventResume && !running && inside:
			all[len(all)-1].to, running = v.at, true
		case v.Type == record.EventSegment, v.Type == record.EventMarker:
			is.lost("exercise.events", "an activity file has pauses and laps; segments and markers are left out")
		}
	}
	return all
}

// lapsOf returns the laps of an activity, which follow each other without a gap,
// as FIT wants them: they end where laps were logged to begin or end.
func lapsOf(x *record.Exercise, start, end time.Time, is *issues) []stretch {
	bounds := []time.Time{start, end}
	for _, v := range inOrder(x.Events, start, is) {
		if v.Type != record.EventLap {
			continue
		}
		length, err := time.ParseDuration(string(v.Length) + "s")
		if v.Length == "" || err != nil {
			length = 0
		}
		bounds = append(bounds, v.at, v.at.Add(length).Truncate(time.Second))
	}
	bounds = slices.DeleteFunc(bounds, func(at time.Time) bool { return at.Before(start) || at.After(end) })
	slices.SortFunc(bounds, time.Time.Compare)
	bounds = slices.CompactFunc(bounds, time.Time.Equal)
	var laps []stretch
	for i := range bounds[1:] {
		laps = append(laps, stretch{bounds[i], bounds[i+1]})
	}
	return laps
}

type timedEvent struct {
	record.Event
	at time.Time // in whole seconds
}

// inOrder returns events by their time.
func inOrder(events []record.Event, start time.Time, is *issues) []timedEvent {
	var all []timedEvent
	for _, v := range events {
		d, err := time.ParseDuration(string(v.At) + "s")
		if err != nil {
			is.lost("exercise.events", "an event has no time that FIT can hold; it is left out")
			continue
		}
		all = append(all, timedEvent{v, start.Add(d).Truncate(time.Second)})
	}
	slices.SortStableFunc(all, func(a, b timedEvent) int { return a.at.Compare(b.at) })
	return all
}

// lapMessages returns a message for each lap. What is known of the activity as a
// whole stands in the lap only where there is one.
func (a *activity) lapMessages() []message {
	all := make([]message, len(a.laps))
	for i, l := range a.laps {
		elapsed := l.to.Sub(l.from)
		if i == len(a.laps)-1 {
			elapsed = a.length - l.from.Sub(a.start.at)
		}
		all[i] = a.lapMessage(i, l, elapsed, max(elapsed-a.paused(l), 0))
	}
	return all
}

// paused is how long the timer stood in a stretch.
func (a *activity) paused(in stretch) time.Duration {
	var sum time.Duration
	for _, p := range a.pauses {
		from, to := p.from, p.to
		if to.IsZero() {
			to = a.end()
		}
		if from.Before(in.from) {
			from = in.from
		}
		if to.After(in.to) {
			to = in.to
		}
		sum += max(to.Sub(from), 0)
	}
	return sum
}

func (a *activity) lapMessage(i int, l stretch, elapsed, timer time.Duration) message {
	if len(a.laps) == 1 {
		timer = a.timer
	}
	fields := []field{
		{number: fieldnum.LapMessageIndex, n: uint64(i)},
		{number: fieldnum.LapTimestamp, n: seconds(l.to)},
		{number: fieldnum.LapStartTime, n: seconds(l.from)},
		{number: fieldnum.LapTotalElapsedTime, n: uint64(elapsed.Milliseconds())},
		{number: fieldnum.LapTotalTimerTime, n: uint64(timer.Milliseconds())},
		{number: fieldnum.LapEvent, n: uint64(typedef.EventLap)},
		{number: fieldnum.LapEventType, n: uint64(typedef.EventTypeStop)},
	}
	if i == len(a.laps)-1 {
		fields = append(fields, field{number: fieldnum.LapLapTrigger, n: uint64(typedef.LapTriggerSessionEnd)})
	}
	fields = append(
		fields,
		field{number: fieldnum.LapSport, n: uint64(a.sport.sport)},
		field{number: fieldnum.LapSubSport, n: uint64(a.sport.sub)},
	)
	if len(a.laps) > 1 {
		return message{typedef.MesgNumLap, fields}
	}
	return message{typedef.MesgNumLap, a.energetic(fieldnum.LapTotalCalories, fields)}
}

// course returns the record messages and, between them at their times, the
// timer's events and the laps but for the last, as a device writes them.
func (a *activity) course() []message {
	var list []message
	between := a.between()
	for _, second := range a.times() {
		at := a.start.at.Add(time.Duration(second) * time.Second)
		for len(between) > 0 && !between[0].at.After(at) {
			list = append(list, between[0].message)
			between = between[1:]
		}
		list = append(list, a.recordMessage(at, a.samples[second]))
	}
	return list
}

type timedMessage struct {
	message
	at time.Time
}

// between are what comes between records, by time.
func (a *activity) between() []timedMessage {
	var all []timedMessage
	for _, p := range a.pauses {
		all = append(all, timedMessage{event(p.from, typedef.EventTypeStopAll), p.from})
		if !p.to.IsZero() {
			all = append(all, timedMessage{event(p.to, typedef.EventTypeStart), p.to})
		}
	}
	for i, m := range a.lapMessages() {
		if i < len(a.laps)-1 {
			all = append(all, timedMessage{m, a.laps[i].to})
		}
	}
	slices.SortStableFunc(all, func(a, b timedMessage) int { return a.at.Compare(b.at) })
	return all
}
