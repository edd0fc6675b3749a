package demo

import (
	"math/rand/v2"
	"strings"
	"sync"
)

// An exercise is one exercise as logged.
type exercise struct {
	time            minute
	name            string
	tenthsOfMinutes int64
	centikcal       int64 // energy burned, in hundredths of kcal
}

// A habit is a row of exercises.csv.
type habit struct {
	name, device string
	least, most  int // minutes
	perMinute    int64
	weekdays     string
	hour         int // 0: no time is logged
}

var habits = sync.OnceValue(func() []habit {
	const header = "name,device,minutes_least,minutes_most,centikcal_per_minute,weekdays,hour,source"
	var all []habit
	for _, c := range readTable("exercises.csv", exercisesCSV, header) {
		all = append(all, habit{c[0], c[1], number(c[2]), number(c[3]), int64(number(c[4])), c[5], number(c[6])})
	}
	return all
})

// move draws a day's exercises.
func move(r *rand.Rand, number int) []exercise {
	var all []exercise
	today := string(rune('0' + weekday(number)))
	for _, h := range habits() {
		if !strings.Contains(h.weekdays, today) || r.IntN(3) == 0 {
			continue
		}
		e := exercise{time: noTime, name: h.name, tenthsOfMinutes: int64(between(r, h.least, h.most)) * 10}
		if h.device != "" {
			e.name += " (" + h.device + ")"
			e.tenthsOfMinutes += int64(r.IntN(10))
		}
		if h.hour > 0 {
			e.time = minute(h.hour*60 + r.IntN(60))
		}
		e.centikcal = divide(h.perMinute*e.tenthsOfMinutes, 10)
		all = append(all, e)
		if r.IntN(40) == 0 {
			all = append(all, e)
		}
	}
	return all
}

// exercises writes exercises.csv. Energy burned is negative there, and the
// group is not quoted.
func exercises(days []day, v Variant) []byte {
	timed := !v.NoTimestamps && !v.Legacy
	header := []string{"Day", "Group", "Exercise", "Minutes", "Calories Burned"}
	if timed {
		header = []string{"Day", "Time", "Group", "Exercise", "Minutes", "Calories Burned"}
	}
	s := newSheet(v, header...)
	for _, d := range days {
		for _, e := range d.exercises {
			s.date(d.date)
			if timed {
				s.plain(e.time.String())
			}
			s.plain("Uncategorized")
			s.text(e.name)
			s.double(e.tenthsOfMinutes, 1)
			s.hundredths(-e.centikcal)
			s.end()
		}
	}
	return s.b
}
